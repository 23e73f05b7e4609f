import type { Browser, Page } from "playwright-core";
import { visit } from "../../tests/browser/chromium.ts";
import type { World } from "../../tests/browser/world.ts";

// The real pages, given answers larger than the world of the tests: the server's part is measured by its own benchmark.

const ANALYTES = [
  "amphetamine methamphetamine mdma cocaine benzoylecgonine ketamine norketamine morphine codeine methadone tramadol fentanyl",
  "norfentanyl cotinine nicotine caffeine etomidate etomidate-acid thc-cooh eddp oxycodone heroin 6-acetylmorphine diazepam",
]
  .join(" ")
  .split(" ");
const POINTS = 730;
const DAY_MS = 86_400_000;
const PIPES = 50_000;

/** From the last answer to the moment when all panels are drawn; and the page's own work from its first byte, whatever else runs. */
export interface Drawn {
  wallMs: number;
  cpuMs: number;
}

/** Work of the page's main thread so far, ms. */
async function workOf(page: Page): Promise<() => Promise<number>> {
  const session = await page.context().newCDPSession(page);
  await session.send("Performance.enable", { timeDomain: "threadTicks" });
  return async () => {
    const { metrics } = await session.send("Performance.getMetrics");
    return 1_000 * metrics.find(({ name }) => name === "TaskDuration")!.value;
  };
}

export async function timeOfPanels(browser: Browser, world: World): Promise<Drawn> {
  const { page, context } = await visit(browser, world, { role: "investigator" });
  const found = (await (await page.request.get(`/api/v1/sites/${world.siteId}`)).json()) as { site: object };
  await page.route(`**/api/v1/sites/${world.siteId}`, (route) => route.fulfill({ json: { ...found, analytes: ANALYTES } }));
  await page.route("**/api/v1/series?*", (route) => {
    const analyte = new URL(route.request().url()).searchParams.get("analyte")!;
    return route.fulfill({ json: { items: [seriesOf(world.siteId, analyte)] } });
  });
  const work = await workOf(page);
  let answered = 0;
  page.on("requestfinished", (request) => {
    if (request.url().includes("/series?")) answered = performance.now();
  });
  await page.goto(`/sites/${world.siteId}?window=all`);
  await page
    .locator("svg.plot")
    .nth(ANALYTES.length - 1)
    .waitFor();
  const drawn = { wallMs: performance.now() - answered, cpuMs: await work() };
  await context.close();
  return drawn;
}

/** The same on the page that compares: one answer holds all panels, and a substance shares its axis. */
export async function timeOfGrid(browser: Browser, world: World): Promise<Drawn> {
  const { page, context } = await visit(browser, world, { role: "investigator" });
  await page.route("**/api/v1/series?*", (route) => {
    const asked = new URL(route.request().url()).searchParams;
    const items = asked.getAll("siteId").flatMap((siteId) => asked.getAll("analyte").map((analyte) => seriesOf(siteId, analyte)));
    return route.fulfill({ json: { items } });
  });
  const sites = (await (await page.request.get("/api/v1/sites?kind=wwtp&limit=6")).json()) as { items: { siteId: string }[] };
  const work = await workOf(page);
  let answered = 0;
  page.on("requestfinished", (request) => {
    if (request.url().includes("/series?")) answered = performance.now();
  });
  const analytes = ANALYTES.slice(0, 4).join(",");
  await page.goto(`/compare?sites=${sites.items.map(({ siteId }) => siteId).join(",")}&analytes=${analytes}&window=all`);
  await page.locator("svg.plot").nth(23).waitFor();
  const drawn = { wallMs: performance.now() - answered, cpuMs: await work() };
  await context.close();
  return drawn;
}

function seriesOf(siteId: string, analyte: string) {
  const points = Array.from({ length: POINTS }, (_, index) => ({
    time: new Date(Date.UTC(2024, 0, 1) + index * DAY_MS).toISOString(),
    value: 20 + 15 * Math.sin(index / 9) + ((index * 7919) % 11),
    low: null,
    high: null,
    censored: index % 9 === 0,
  }));
  return { siteId, analyte, measure: "load", variant: "default/1", unit: "g/d", points };
}

/** Time from the network's answer to the drawn sewer, and of a frame while it is dragged about, ms. */
export async function timeOfSewer(browser: Browser, world: World): Promise<{ readyMs: number; frameMs: number }> {
  const { page, context } = await visit(browser, world, { role: "investigator" });
  const body = JSON.stringify(gridSewer());
  await page.route("**/network.geojson", (route) => route.fulfill({ contentType: "application/json", body }));
  let answered = 0;
  page.on("requestfinished", (request) => {
    if (request.url().endsWith("network.geojson")) answered = performance.now();
  });
  await page.goto(`/leads/${world.lead.leadId}`);
  await page.waitForSelector(".sewer canvas");
  const readyMs = performance.now() - answered;
  const frameMs = await framesWhilePanning(page);
  await context.close();
  return { readyMs, frameMs };
}

/** Rows of pipes that run to one side and then down: as many as a large city has. */
function gridSewer() {
  const columns = 250;
  const at = (index: number) => [(index % columns) * 40, Math.floor(index / columns) * 40];
  const features = Array.from({ length: PIPES }, (_, index) => {
    const to = index % columns === 0 ? Math.max(0, index - columns) : index - 1;
    const properties = { kind: "pipe", id: `P${index}`, from: `M${index}`, to: `M${to}` };
    return { type: "Feature", geometry: { type: "LineString", coordinates: [at(index), at(to)] }, properties };
  });
  return { type: "FeatureCollection", features };
}

async function framesWhilePanning(page: Page): Promise<number> {
  const box = (await page.locator(".sewer").boundingBox())!;
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
  await page.evaluate(`window.frames_ = []; let before = performance.now();
    (function next() { requestAnimationFrame((now) => { window.frames_.push(now - before); before = now; next(); }); })()`);
  await page.mouse.move(x, y);
  await page.mouse.down();
  for (let step = 1; step <= 60; step++) await page.mouse.move(x + 3 * step, y + 2 * step);
  await page.mouse.up();
  const frames = (await page.evaluate("window.frames_")) as number[];
  return frames.toSorted((a, b) => a - b)[Math.floor(frames.length * 0.95)]!;
}
