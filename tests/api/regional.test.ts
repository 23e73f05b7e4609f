import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { addKey } from "../../api/auth/keys.ts";
import { addDays } from "../../schemas/days.ts";
import { AT, anomalyOf } from "../store/records/nouns.ts";
import { LAB, openWorld, type World } from "./world.ts";

const V = "/api/v1";
const DAY = "2026-05-02";

let world: World;
beforeEach(async () => {
  world = await openWorld();
});
afterEach(() => world.close());

/** A plant of the region that was judged on the days; where it rose, its anomaly begins on the day. */
async function plant(siteId: string, place: { region?: string; country?: string }, rose?: string, judged = [DAY]): Promise<void> {
  const site = { siteId, name: siteId, kind: "wwtp", timeZone: "Asia/Shanghai", country: "CN", ...place } as const;
  await world.records.sites.save(site, AT);
  const expected = { measure: "expected", siteId, name: "mdma", variant: "load", value: 3, low: 1, high: 6 } as const;
  // composites begin at eight in the morning, which in Shanghai is midnight of UTC
  await world.series.write(judged.map((day) => ({ ...expected, timeMs: Date.parse(`${day}T00:00:00Z`) })));
  if (rose === undefined) return;
  const anomaly = anomalyOf(rose, { anomalyId: `of-${siteId}`, siteId, end: addDays(rose, 1) });
  await world.records.anomalies.replace(siteId, "mdma", [anomaly], AT);
}

/** Four of six plants in the North within two days, two of two in the South. */
async function fill(): Promise<void> {
  for (const [index, siteId] of ["n-1", "n-2", "n-3", "n-4", "n-5", "n-6"].entries())
    await plant(siteId, { region: "North" }, index < 4 ? addDays(DAY, index % 3) : undefined);
  for (const siteId of ["s-1", "s-2"]) await plant(siteId, { region: "South" }, DAY);
}

const ask = async (query = "", headers: Record<string, string> = world.as("analyst")) => {
  const { status, body } = await world.ask({ url: `${V}/anomalies/regional${query}`, headers });
  expect(status).toBe(200);
  return body;
};

describe("a rise in many plants at once", () => {
  it("is one anomaly of the region, with the sites that rose and how many were sampled", async () => {
    await fill();
    const { items } = await ask();
    expect(items).toEqual([
      {
        riseId: expect.stringMatching(/^rise-/),
        country: "CN",
        region: "North",
        analyte: "mdma",
        start: DAY,
        end: "2026-05-05",
        siteIds: ["n-1", "n-2", "n-3", "n-4"],
        risen: 4,
        sampled: 6,
        anomalyIds: ["of-n-1", "of-n-4", "of-n-2", "of-n-3"],
      },
    ]);
    expect(await ask()).toEqual({ items, next: null });
  });

  it("is none of less than half of those sampled, nor of a neighbouring region or country", async () => {
    await fill();
    for (const siteId of ["n-7", "n-8"]) await plant(siteId, { region: "North" });
    expect((await ask()).items).toMatchObject([{ risen: 4, sampled: 8 }]);
    await plant("far-1", { region: "North", country: "DE" }, DAY);
    await plant("n-9", { region: "North" }, undefined, ["2026-04-30", "2026-05-05"]); // judged before and after, not in those days
    expect((await ask()).items).toMatchObject([{ risen: 4, sampled: 8 }]);
    await plant("n-10", { region: "North" });
    expect((await ask()).items).toEqual([]);
  });

  it("does without what was dismissed or retracted, and comes back with it", async () => {
    await fill();
    const dismiss = { method: "POST", url: `${V}/anomalies/of-n-4/dismiss`, who: "admin", payload: { reason: "r" } } as const;
    expect((await world.ask(dismiss)).status).toBe(200);
    expect((await ask()).items).toMatchObject([{ risen: 3, anomalyIds: ["of-n-1", "of-n-2", "of-n-3"] }]);
    const [kept] = await world.records.anomalies.ofSeries("n-3", "mdma");
    await world.records.anomalies.replace("n-3", "mdma", [], AT);
    expect((await ask()).items).toEqual([]);
    await world.records.anomalies.replace("n-3", "mdma", [kept!], AT);
    expect((await ask()).items).toMatchObject([{ risen: 3 }]);
  });

  it("is found by its analyte, its last day and any of its anomalies", async () => {
    await fill();
    for (const query of ["analyte=mdma", "since=2026-05-05", "anomalyId=of-n-2"])
      expect((await ask(`?${query}`)).items, query).toHaveLength(1);
    for (const query of ["analyte=ketamine", "since=2026-05-06", "anomalyId=of-s-1"])
      expect((await ask(`?${query}`)).items, query).toEqual([]);
  });

  it("is shown to a key of its region and to no key of another", async () => {
    await fill();
    const of = async (region: string) => {
      const key = { name: region, role: "investigator", organisation: LAB, expiresAt: null } as const;
      return { authorization: `Bearer ${(await addKey(world.records, { ...key, regions: [region] }, AT)).token}` };
    };
    expect((await ask("", await of("North"))).items).toHaveLength(1);
    expect((await ask("", await of("South"))).items).toEqual([]);
  });

  it("comes page by page, the latest first, each once", async () => {
    await fill();
    for (const region of ["East", "West"])
      for (const n of [1, 2, 3]) await plant(`${region}-${n}`, { region }, region === "East" ? "2026-05-03" : "2026-04-01");
    const seen: string[] = [];
    for (let next: string | null = ""; next !== null; ) {
      const body: { items: { region: string }[]; next: string | null } = await ask(`?limit=1${next && `&cursor=${next}`}`);
      expect(body.items.length).toBeLessThanOrEqual(1);
      seen.push(...body.items.map(({ region }) => region));
      next = body.next;
    }
    expect(seen).toEqual((await ask()).items.map(({ region }: { region: string }) => region));
    expect(seen.toSorted()).toEqual(["East", "North", "West"]);
    expect(seen.at(-1)).toBe("West");
  });
});
