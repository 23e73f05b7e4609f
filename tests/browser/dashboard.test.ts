import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { describe, expect, it } from "vitest";
import { open } from "./chromium.ts";
import { drawing, openedWorld, tabTo } from "./opened.ts";
import { REVIEW_ANALYTE, REVIEW_SITE } from "./review.ts";
import type { World } from "./world.ts";

let world: World;
const signedIn = openedWorld((opened) => {
  world = opened;
});

const seriesPath = (analyte = world.analyte) => `/sites/${world.siteId}/series/${analyte}`;
const COMPARE = ["/compare", "/compare?view=ratios", "/compare?view=regions&analyte=mdma", "/compare?view=public&analyte=mdma"];
const OPERATIONS = ["/operations", "/operations?view=webhooks", "/operations?view=keys", "/operations?view=audit"];
const reviewPath = `/sites/${REVIEW_SITE.siteId}/series/${REVIEW_ANALYTE}?window=all`;

describe("signing in", () => {
  it("a wrong key is refused in words, a right one opens the page that was asked for", async () => {
    const { page } = await signedIn({});
    await page.goto("/anomalies");
    await page.fill("input[name=key]", "st_wrong");
    await page.click("button[type=submit]");
    expect(await page.locator("[role=alert]").textContent()).toContain("not known");
    await page.fill("input[name=key]", world.client.keys.analyst);
    await page.click("button[type=submit]");
    await page.waitForSelector("h1:has-text('Anomalies')");
    expect(new URL(page.url()).pathname).toBe("/anomalies");
  });

  it("a lead without the right says so and shows nothing of it", async () => {
    const { page } = await signedIn({ role: "analyst" });
    await open(page, `/leads/${world.lead.leadId}`);
    expect(await page.locator("[role=alert]").textContent()).toContain("does not open this page");
    expect(await page.locator("main").textContent()).not.toContain(world.lead.posterior!.candidates[0]!.node);
  });
});

describe("the analyst", () => {
  it("sees the plant with the dump first, and goes from there to its series", async () => {
    const { page, complaints } = await signedIn({ role: "analyst" });
    await open(page, `/?analyte=${world.analyte}`);
    const first = page.locator(".ranking tbody tr").first();
    expect(await first.locator(".percentile").textContent()).toMatch(/highest|9\dth/);
    await first.locator("a").first().click();
    await page.waitForSelector(".plot");
    expect(new URL(page.url()).pathname).toBe(seriesPath());
    expect(complaints).toEqual([]);
  });

  it("an address shows the same chart again", async () => {
    const { page } = await signedIn({ role: "analyst" });
    await open(page, seriesPath());
    await page.getByText("Linear", { exact: true }).click();
    await page.getByText("3 months", { exact: true }).click();
    await page.waitForURL(/scale=linear.*window=3m/);
    await page.waitForLoadState("networkidle");
    const drawn = await drawing(page);
    await open(page, new URL(page.url()).pathname + new URL(page.url()).search);
    expect(await drawing(page)).toBe(drawn);
  });

  it("the table holds what the chart draws: a value below the limit as its limit", async () => {
    const { page } = await signedIn({ role: "analyst" });
    await open(page, `${reviewPath}&measure=concentration&view=table`);
    const cells = await page.locator(".scroll td:nth-child(2)").allTextContents();
    const below = cells.filter((cell) => cell.startsWith("<"));
    expect(cells.length).toBe(218);
    expect(below.length / cells.length).toBeGreaterThan(0.5);
    expect(below.length / cells.length).toBeLessThan(0.7);
    expect(new Set(below)).toEqual(new Set(["< 12", "< 8"]));
  });

  it("the arrow keys speak the values one by one", async () => {
    const { page } = await signedIn({ role: "analyst" });
    await open(page, seriesPath());
    const slider = page.getByRole("slider").first();
    await slider.focus();
    const last = await slider.getAttribute("aria-valuetext");
    await page.keyboard.press("ArrowLeft");
    const before = await slider.getAttribute("aria-valuetext");
    expect(await page.locator(".plot g[aria-label=tip] text").textContent()).toContain(before!.split("\n")[1]);
    expect(last).toMatch(/g\/day/);
    expect(before).not.toBe(last);
  });

  it("acknowledges an anomaly, and the queue no longer holds it", async () => {
    const { page } = await signedIn({ role: "analyst" });
    await open(page, "/anomalies");
    const link = page.locator(".ranking tbody a").last();
    const address = await link.getAttribute("href");
    await link.click();
    await page.getByRole("button", { name: "Acknowledge" }).click();
    await page.waitForSelector(".badge.state-acknowledged");
    const facts = await page.locator("dl.facts").first().textContent();
    expect(facts).toMatch(/Share of chance.*% of anomalies this strong.*Known since\d+ \w+ \d{4}.*Like series/s);
    await open(page, "/anomalies");
    expect(await page.locator(`a[href="${address}"]`).count()).toBe(0);
  });
});

describe("the investigator", () => {
  it("reads where to sample next, chooses it and finds it in the address", async () => {
    const { page, complaints } = await signedIn({ role: "investigator" });
    await open(page, `/leads/${world.lead.leadId}`);
    const { node } = world.lead.posterior!.next[0]!;
    await page.locator(".next button").first().click();
    await page.waitForURL(new RegExp(`node=${node}`));
    expect(await page.locator(".next li.chosen").count()).toBe(1);
    expect(await page.locator("canvas").count()).toBeGreaterThan(0);
    expect(complaints).toEqual([]);
  });

  it("in Chinese, by keyboard alone: from sign-in to a lead moved with its reason", async () => {
    const { page } = await signedIn({ language: "zh" });
    await page.keyboard.press("Tab");
    await page.keyboard.type(world.client.keys.investigator);
    await page.keyboard.press("Enter");
    await page.waitForSelector("h1:has-text('总览')");
    await tabTo(page, "线索");
    await page.keyboard.press("Enter");
    await page.waitForSelector(".leads a");
    await tabTo(page, (await page.locator(".leads a").first().textContent())!);
    await page.keyboard.press("Enter");
    await page.waitForSelector("h2:has-text('日志')");
    await tabTo(page, "已定位");
    await page.keyboard.press("Enter");
    await page.keyboard.press("Tab");
    while ((await page.evaluate("document.activeElement.tagName")) !== "TEXTAREA") await page.keyboard.press("Tab");
    await page.keyboard.type("两个检查井之间，已封样");
    await page.waitForSelector(".reason button[type=submit]:not([disabled])"); // Tab passes over a button that is still disabled
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await page.waitForSelector(".badge.state-localised");
    expect(await page.locator("main").textContent()).toContain("两个检查井之间，已封样");
  });
});

describe("the laboratory", () => {
  it("is not shown sites, anomalies or leads", async () => {
    const { page } = await signedIn({ role: "lab" });
    expect(await page.locator("nav a").allTextContents()).toEqual(["Uploads"]);
    await open(page, "/anomalies");
    expect(await page.locator("[role=alert]").textContent()).toContain("does not open this page");
  });
});

describe("the administrator", () => {
  it("mends a refused message and sends it again", async () => {
    const { page } = await signedIn({ role: "admin" });
    await open(page, "/operations");
    const letter = page.locator(".letters > li", { hasText: "ngl" }).first();
    await letter.getByText("Show, mend and send again").click();
    const message = letter.locator("textarea");
    await message.fill((await message.inputValue()).replaceAll('"ngl"', '"ng/L"'));
    const before = await page.locator(".letters > li").count();
    await letter.getByRole("button", { name: "Send mended" }).click();
    await expect.poll(() => page.locator(".letters > li").count()).toBeLessThan(before);
  });

  it("makes a key, which opens the door, and revokes it", async () => {
    const { page } = await signedIn({ role: "admin" });
    await open(page, "/operations?view=keys");
    await page.getByText("Make a key").first().click();
    await page.locator(".stacked input").first().fill("browser test");
    await page.locator(".stacked").getByLabel("Organisation").fill("Test");
    await page.getByRole("button", { name: "Make a key" }).click();
    const key = (await page.locator("code").textContent())!;
    const who = await fetch(`${world.address}/api/v1/session`, { headers: { authorization: `Bearer ${key}` } });
    expect(await who.json()).toMatchObject({ name: "browser test", role: "analyst" });
    await page.locator("tr", { hasText: "browser test" }).getByRole("button", { name: "Change" }).click();
    await page.getByRole("button", { name: "Revoke" }).click();
    await page.getByRole("button", { name: "Really: Revoke browser test?" }).click();
    await page.waitForSelector("tr:has-text('browser test') .badge");
    expect((await fetch(`${world.address}/api/v1/session`, { headers: { authorization: `Bearer ${key}` } })).status).toBe(401);
  });
});

describe("every page", () => {
  const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
  const pages = () => [
    "/",
    seriesPath(),
    reviewPath,
    `${seriesPath()}?view=years`,
    `${seriesPath()}?view=table&window=1m`,
    `${seriesPath("cocaine")}?measure=consumption`,
    `/sites/${world.siteId}`,
    ...COMPARE,
    "/anomalies",
    "/anomalies?state=any",
    `/anomalies/${world.lead.anomalyIds[0]}`,
    "/leads",
    `/leads/${world.lead.leadId}`,
    "/uploads",
    ...OPERATIONS,
  ];

  for (const theme of ["light", "dark"] as const) {
    it(`has no serious or critical finding of axe-core, ${theme}`, async () => {
      const { page } = await signedIn({ role: "admin", theme });
      for (const path of pages()) {
        await open(page, path);
        await page.evaluate(axe);
        const found = (await page.evaluate("axe.run().then(({ violations }) => violations)")) as Violation[];
        const grave = found.filter(({ impact }) => impact === "serious" || impact === "critical");
        expect(grave.map(({ id, nodes }) => `${path} ${id}: ${nodes[0]?.html}`)).toEqual([]);
      }
    });
  }

  it("fits a phone of 360 px", async () => {
    const { page } = await signedIn({ role: "admin", width: 360 });
    for (const path of pages()) {
      await open(page, path);
      expect(await page.evaluate("document.documentElement.scrollWidth"), path).toBeLessThanOrEqual(360);
    }
  });

  it("breaks no rule of a policy without inline style, and asks nobody else for anything", async () => {
    const { page, complaints } = await signedIn({ role: "admin" });
    await page.route("**/*", async (route) => {
      if (route.request().resourceType() !== "document") return route.continue();
      const response = await route.fetch();
      const policy = "default-src 'self'; img-src 'self' blob:; object-src 'none'; base-uri 'self'";
      return route.fulfill({ response, headers: { ...response.headers(), "content-security-policy": policy } });
    });
    for (const path of pages()) await open(page, path);
    expect(complaints).toEqual([]);
  });

  it("says that the server is away, and goes on when it is back", async () => {
    const { page, context } = await signedIn({ role: "analyst" });
    await context.setOffline(true);
    await page.getByRole("link", { name: "Anomalies", exact: true }).click();
    await page.waitForSelector("[role=alert]");
    expect(await page.locator("[role=alert]").textContent()).toContain("cannot be reached");
    await context.setOffline(false);
    await page.getByRole("button", { name: "Try again" }).click();
    await page.waitForSelector(".ranking, .state-empty");
  });
});

interface Violation {
  id: string;
  impact: string;
  nodes: { html: string }[];
}
