import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, onTestFinished } from "vitest";
import { launch, type Visit, type VisitOptions, visit } from "./chromium.ts";
import { startWorld, type World } from "./world.ts";

/**
 * A world and a browser for the tests of one file, opened before them and closed after.
 * @param ready is given the world as soon as there is one
 * @returns opens a page, signed in as asked, for the test that runs
 */
export function openedWorld(ready: (world: World) => void): (options: VisitOptions) => Promise<Visit> {
  let world: World;
  let browser: Browser;
  beforeAll(async () => {
    [world, browser] = await Promise.all([startWorld(), launch()]);
    ready(world);
  }, 240_000);
  afterAll(async () => {
    await browser?.close();
    await world?.close();
  });
  return async (options) => {
    const opened = await visit(browser, world, options);
    onTestFinished(() => opened.context.close());
    return opened;
  };
}

/** Presses Tab until the focused element has the text; fails when the whole page was walked. */
export async function tabTo(page: Page, text: string): Promise<void> {
  for (let step = 0; step < 300; step++) {
    await page.keyboard.press("Tab");
    if ((await page.evaluate("document.activeElement.textContent.trim()")) === text.trim()) return;
  }
  throw new Error(`the keyboard does not reach "${text}"`);
}

/** The first chart of the page as it is drawn; Plot numbers its clip paths through the life of a page. */
export async function drawing(page: Page): Promise<string> {
  return (await page.locator("svg.plot").first().innerHTML()).replace(/plot-clip-\d+/g, "plot-clip");
}
