import { fileURLToPath } from "node:url";
import { launch, open, visit } from "./chromium.ts";
import { REVIEW_ANALYTE, REVIEW_SITE } from "./review.ts";
import { startWorld } from "./world.ts";

// `make pictures`: each page of the manual once, from the real server over the world of the browser tests.

const FOLDER = fileURLToPath(new URL("../../docs/pictures/", import.meta.url));

const [world, browser] = await Promise.all([startWorld(), launch()]);
try {
  const series = `/sites/${world.siteId}/series/${world.analyte}`;
  const anomaly = world.lead.anomalyIds[0]!;
  const shots = [
    { name: "overview", path: "/?analyte=mdma&measure=populationNormalisedLoad" },
    { name: "site", path: `/sites/${world.siteId}`, height: 1500 },
    { name: "series", path: `${series}?window=3m&day=${world.lead.trigger.day}`, height: 1100 },
    { name: "review", path: `/sites/${REVIEW_SITE.siteId}/series/${REVIEW_ANALYTE}?window=all&measure=concentration` },
    { name: "series-years", path: `${series}?view=years` },
    { name: "absent", path: `/sites/${world.siteId}/series/cocaine?measure=consumption` },
    { name: "compare", path: "/compare" },
    { name: "ratios", path: `/compare?view=ratios&site=${world.siteId}` },
    { name: "regions", path: "/compare?view=regions&analyte=mdma" },
    { name: "public", path: "/compare?view=public&analyte=mdma", language: "zh" },
    { name: "anomalies", path: "/anomalies?state=any" },
    { name: "anomaly", path: `/anomalies/${anomaly}` },
    { name: "lead", path: `/leads/${world.lead.leadId}` },
    { name: "lead-zh-dark", path: `/leads/${world.lead.leadId}`, language: "zh", theme: "dark" },
    { name: "series-phone", path: `${series}?window=3m`, width: 360 },
    { name: "operations", path: "/operations", role: "admin" },
    { name: "uploads", path: "/uploads", role: "lab" },
  ] as const;
  for (const shot of shots) {
    const role = "role" in shot ? shot.role : "investigator";
    const { page, context, complaints } = await visit(browser, world, { ...shot, role });
    await open(page, shot.path);
    await page.screenshot({ path: `${FOLDER}${shot.name}.png` });
    await context.close();
    if (complaints.length > 0) throw new Error(`${shot.path}: ${complaints.join("; ")}`);
    process.stdout.write(`docs/pictures/${shot.name}.png\n`);
  }
} finally {
  await browser.close();
  await world.close();
}
