import { describe, expect, it } from "vitest";
import type { Anomaly, Verdict } from "../../../schemas/anomaly.ts";
import { regionReports, siteOf, standing } from "./region.ts";
import { openPlantWorld } from "./world.ts";

// The cases of the verdict tests as the worker meets them: half a year of one plant's daily composites, as a laboratory sends them, then
// the event on the last days; each also with every marker left out in turn, and with the drug alone. 2026-05-03 is a Sunday.
const DAYS = 180;

interface Marker {
  readonly ngL: number;
  /** Times the usual value, on the last days, oldest first. */
  readonly event: readonly number[];
  readonly loq?: number;
  readonly sdLn?: number;
}
type Panel = Readonly<Record<string, Marker>>;

async function anomaliesOf(panel: Panel, wet: readonly number[] = [1]): Promise<Anomaly[]> {
  const world = await openPlantWorld();
  try {
    const last = (event: readonly number[], ago: number) => event[event.length - 1 - ago] ?? 1;
    const reports = regionReports({
      seed: 7,
      plants: ["A"],
      days: DAYS,
      levels: panel,
      factor: (_, analyte, ago) => last(panel[analyte]!.event, ago),
      wet: (_, ago) => last(wet, ago),
    });
    await world.ingest([siteOf("A")], { reports });
    await world.settle();
    return (await standing(world, ["A"])).filter(({ end }) => end >= "2026-04-20");
  } finally {
    await world.close();
  }
}

async function verdictOn(panel: Panel, analyte: string): Promise<Verdict> {
  const [first] = (await anomaliesOf(panel)).filter((anomaly) => anomaly.analyte === analyte);
  return first!.verdict!;
}

const without = (panel: Panel, id: string): Panel => Object.fromEntries(Object.entries(panel).filter(([name]) => name !== id));
const times = (n: number, value: number) => Array.from({ length: n }, () => value);

const burst = [9, 35, 25, 17, 12, 9]; // Tuesday to Sunday
const flat = times(6, 1);
const shift = times(10, 2.2);
const calm = times(10, 1);
const others: Panel = {
  cocaine: { ngL: 200, event: flat },
  "thc-cooh": { ngL: 150, event: flat },
  cotinine: { ngL: 900, event: flat },
};
const utrecht: Panel = {
  mdma: { ngL: 100, event: burst },
  "r-mdma": { ngL: 50, event: burst },
  "s-mdma": { ngL: 50, event: burst },
  hmma: { ngL: 30, event: flat },
  ...others,
};

interface Case {
  readonly name: string;
  readonly analyte: string;
  readonly panel: Panel;
  readonly sources: readonly Verdict["source"][];
  /** What the sources have together at least, or the others at most. */
  readonly atLeast: number;
}
const cases: readonly Case[] = [
  {
    name: "a: a racemic burst of MDMA that HMMA does not follow",
    analyte: "mdma",
    panel: utrecht,
    sources: ["disposal"],
    atLeast: 0.85,
  },
  {
    name: "b: the same load, enriched, with HMMA along",
    analyte: "mdma",
    panel: {
      ...utrecht,
      "r-mdma": { ngL: 65, event: burst },
      "s-mdma": { ngL: 35, event: burst },
      hmma: { ngL: 30, event: burst },
    },
    sources: ["consumption"],
    atLeast: 0.5,
  },
  {
    name: "c: twice the methamphetamine with its tenth of amphetamine",
    analyte: "methamphetamine",
    panel: {
      methamphetamine: { ngL: 90, event: shift },
      amphetamine: { ngL: 8.1, event: shift },
      cotinine: { ngL: 900, event: calm },
    },
    sources: ["consumption"],
    atLeast: 0.5,
  },
  {
    name: "d: 27 times the methamphetamine with the usual amphetamine",
    analyte: "methamphetamine",
    panel: {
      methamphetamine: { ngL: 185, event: [27] },
      amphetamine: { ngL: 18, event: [1] },
      cotinine: { ngL: 900, event: [1] },
    },
    sources: ["disposal", "production"],
    atLeast: 0.9,
  },
  {
    name: "e: twice the morphine with more codeine and no 6-MAM",
    analyte: "morphine",
    panel: {
      morphine: { ngL: 60, event: shift },
      codeine: { ngL: 40, event: times(10, 3) },
      "6-mam": { ngL: 0.1, event: calm, loq: 1 },
    },
    sources: ["licitSource"],
    atLeast: 0.5,
  },
  {
    name: "h: twice the ketamine at the site's usual ratio to norketamine",
    analyte: "ketamine",
    panel: { ketamine: { ngL: 27, event: shift }, norketamine: { ngL: 5, event: shift } },
    sources: ["consumption"],
    atLeast: 0.5,
  },
];

const shareOf = ({ probabilities }: Verdict, sources: Case["sources"]) =>
  sources.reduce((sum, source) => sum + (source === "undetermined" ? 0 : probabilities[source]!), 0);

describe.each(cases)("$name", ({ analyte, panel, sources, atLeast }) => {
  it(`is ${sources.join(" or ")}; without any one marker no surer, and without all of them not certain`, async () => {
    const whole = await verdictOn(panel, analyte);
    expect(sources).toContain(whole.source);
    expect(shareOf(whole, sources)).toBeGreaterThan(atLeast);
    for (const marker of Object.keys(panel).filter((id) => id !== analyte)) {
      const rest = await verdictOn(without(panel, marker), analyte);
      expect(shareOf(rest, sources), `without ${marker}`).toBeLessThanOrEqual(shareOf(whole, sources) + 1e-9);
    }
    const alone = await verdictOn({ [analyte]: panel[analyte]! }, analyte);
    expect(shareOf(alone, sources), "the drug alone").toBeLessThan(shareOf(whole, sources));
    expect(alone.evidence.length).toBeLessThan(whole.evidence.length);
  });
});

it("f: a spike of amphetamine and nothing else known is undetermined", async () =>
  expect((await verdictOn({ amphetamine: { ngL: 90, event: [6] } }, "amphetamine")).source).toBe("undetermined"));

it("g: three times the water thins every concentration and leaves the loads as they were: nothing is raised", async () => {
  const panel = { mdma: { ngL: 100, event: [1] }, ...others };
  expect(await anomaliesOf(panel, [3, 3])).toEqual([]);
});

it("g: a flow meter that shows three times the water lifts every load: an artefact, and no lead", async () => {
  const panel = Object.fromEntries(
    Object.entries({ mdma: { ngL: 100, event: [1] }, ...others }).map(([id, one]) => [id, { ...one, event: [3, 3] }]),
  );
  const found = await anomaliesOf(panel, [3, 3]);
  expect(found.length).toBeGreaterThan(0);
  expect(found.map(({ verdict }) => verdict?.source)).toEqual(found.map(() => "artefact"));
});
