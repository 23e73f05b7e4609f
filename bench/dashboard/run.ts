import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { launch, open, visit } from "../../tests/browser/chromium.ts";
import { startWorld } from "../../tests/browser/world.ts";
import { timeOfGrid, timeOfPanels, timeOfSewer } from "./large.ts";

// What a reader waits for: bytes a page needs, first paint, time to a drawn series page, many panels, a large sewer. Prints a line
// each, and fails when a budget of docs/dashboard.md is broken. Headless Chromium without a GPU, server and browser on one machine.

const ASSETS = fileURLToPath(new URL("../../dashboard/dist/assets/", import.meta.url));
const BUDGET = { firstLoadKb: 60, wholeAppKb: 250, panelsMs: 400, panFrameMs: 100 };
const RUNS = 5;

const gzipKb = (file: string) => gzipSync(readFileSync(ASSETS + file), { level: 9 }).byteLength / 1024;
const median = (values: number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
const broken: string[] = [];
function report(what: string, value: number, unit: string, budget?: number): void {
  const over = budget !== undefined && value > budget;
  if (over) broken.push(what);
  const limit = budget === undefined ? "" : `  (budget ${budget}${over ? ", BROKEN" : ""})`;
  process.stdout.write(`${what.padEnd(58)} ${value.toFixed(1).padStart(8)} ${unit}${limit}\n`);
}

const files = readdirSync(ASSETS).filter((file) => /\.(js|css)$/.test(file));
report(
  "whole app, JavaScript and CSS, gzip",
  files.reduce((sum, file) => sum + gzipKb(file), 0),
  "kB",
  BUDGET.wholeAppKb,
);

const [world, browser] = await Promise.all([startWorld(), launch()]);
try {
  const routes = {
    "sign-in": "/",
    overview: "/",
    series: `/sites/${world.siteId}/series/${world.analyte}?window=all`,
    site: `/sites/${world.siteId}`,
    compare: "/compare",
    anomalies: "/anomalies",
    anomaly: `/anomalies/${world.lead.anomalyIds[0]}`,
    lead: `/leads/${world.lead.leadId}`,
  };
  for (const [name, path] of Object.entries(routes)) {
    const { page, context } = await visit(browser, world, name === "sign-in" ? {} : { role: "investigator" });
    await page.waitForLoadState("networkidle");
    const loaded = new Set<string>();
    page.on("response", (response) => {
      const file = new URL(response.url()).pathname.split("/assets/")[1];
      if (file && files.includes(file)) loaded.add(file);
    });
    if (name === "sign-in") await page.goto(path, { waitUntil: "networkidle" });
    else await open(page, path);
    const all = [...loaded].reduce((sum, file) => sum + gzipKb(file), 0);
    report(`bytes of ${name}, gzip`, all, "kB", name === "sign-in" ? BUDGET.firstLoadKb : undefined);
    if (name === "overview") {
      const shell = [...loaded].filter((file) => !/^(leaflet|SiteMap)/.test(file)).reduce((sum, file) => sum + gzipKb(file), 0);
      report("bytes of overview before its map, gzip", shell, "kB", BUDGET.firstLoadKb);
    }
    await context.close();
  }

  const paints: number[] = [];
  const drawn: number[] = [];
  for (let run = 0; run < RUNS; run++) {
    const { page, context } = await visit(browser, world, { role: "investigator" });
    const started = performance.now();
    await page.goto(routes.series);
    await page.waitForSelector("svg.plot");
    drawn.push(performance.now() - started);
    paints.push(Number(await page.evaluate("performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0")));
    await context.close();
  }
  report("first contentful paint of the series page, median of 5", median(paints), "ms");
  report("series page to its drawn chart, median of 5", median(drawn), "ms");

  // the clock on the wall depends on what else the machine does: the budget is of the page's own work
  for (const [name, timed] of [
    ["site page", timeOfPanels],
    ["compare", timeOfGrid],
  ] as const) {
    const runs = [];
    for (let run = 0; run < RUNS; run++) runs.push(await timed(browser, world));
    report(`${name}: 24 panels of 730 points, answer to drawn`, median(runs.map(({ wallMs }) => wallMs)), "ms");
    report(`${name}: the same, all work of the page`, median(runs.map(({ cpuMs }) => cpuMs)), "ms", BUDGET.panelsMs);
  }
  const { readyMs, frameMs } = await timeOfSewer(browser, world);
  report("sewer of 50,000 pipes, answer to drawn", readyMs, "ms");
  report("sewer of 50,000 pipes, 95th percentile of a frame of panning", frameMs, "ms", BUDGET.panFrameMs);
} finally {
  await browser.close();
  await world.close();
}
if (broken.length > 0) {
  process.stderr.write(`broken budgets: ${broken.join(", ")}\n`);
  process.exitCode = 1;
}
