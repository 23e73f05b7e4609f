/**
 * Which cause the worker names for rises whose cause is known: simulated provinces through ingest and analytics on the embedded stores,
 * one event at their end. Prints, for each event, how often each verdict was given for the drug it is about, how often nothing was raised, the
 * share that was right of those raised, and the leads that were open in the end. Run: node bench/detection/verdicts.ts [--seed 1] [--seeds 5] [--plants 5] [--days 300] [--event NAME]
 */
import { parseArgs } from "node:util";
import { VERDICT_SOURCES } from "../../schemas/anomaly.ts";
import type { AssayReport, AssayResult } from "../../schemas/assay.ts";
import { addDays, dayNumber } from "../../schemas/days.ts";
import type { Reading } from "../../schemas/reading.ts";
import { simulateProvince } from "../../simulation/province.ts";
import { openPlantWorld } from "../../tests/analytics/worker/world.ts";

/** A Sunday, three days before the world's now. */
const LAST = "2026-05-03";

interface Event {
  /** The drug whose anomalies are counted, and the verdicts that are right for them. */
  readonly analyte: string;
  readonly right: readonly string[];
  /** Plants it happens at, of so many. */
  readonly at: (plants: number) => number;
  /** Days before the last on which it begins. */
  readonly begins: number;
  /** Times the usual concentration of an analyte, so many days before the last. */
  readonly times: (analyte: string, ago: number) => number;
  /** Times the usual flow: what the meter shows, while loads are as they are. */
  readonly flow?: number;
  /** What else the laboratory finds, ng/L. */
  readonly found?: Readonly<Record<string, number>>;
}

const at =
  (drugs: readonly string[], factor: number, others = 1) =>
  (analyte: string) =>
    drugs.includes(analyte) ? factor : others;
const decaying = (drug: string, first: number, begins: number) => (analyte: string, ago: number) =>
  analyte === drug ? 1 + (first - 1) * 0.6 ** (begins - ago) : 1;
const one = () => 1;
const all = (plants: number) => plants;

const EVENTS: Readonly<Record<string, Event>> = {
  "dump of methamphetamine": {
    analyte: "methamphetamine",
    right: ["disposal", "production"],
    at: one,
    begins: 4,
    times: decaying("methamphetamine", 15, 4),
  },
  "dump of ketamine": {
    analyte: "ketamine",
    right: ["disposal", "production"],
    at: one,
    begins: 4,
    times: decaying("ketamine", 15, 4),
  },
  "amphetamine with its precursor": {
    analyte: "amphetamine",
    right: ["production"],
    at: one,
    begins: 4,
    times: at(["amphetamine"], 6),
    found: { apaan: 400 },
  },
  "lasting use of methamphetamine": {
    analyte: "methamphetamine",
    right: ["consumption"],
    at: one,
    begins: 13,
    times: at(["methamphetamine", "amphetamine"], 2.2),
  },
  "lasting use of ketamine": {
    analyte: "ketamine",
    right: ["consumption"],
    at: one,
    begins: 13,
    times: at(["ketamine", "norketamine"], 2.5),
  },
  "morphine and codeine as medicine": {
    analyte: "morphine",
    right: ["licitSource"],
    at: one,
    begins: 13,
    times: (analyte) => ({ morphine: 2.2, codeine: 3 })[analyte] ?? 1,
  },
  "festival weekend": {
    analyte: "ketamine",
    right: ["event"],
    at: one,
    begins: 2,
    times: (analyte) => at(["mdma", "cocaine", "benzoylecgonine", "ketamine", "norketamine"], 4, 1.2)(analyte),
  },
  "three times the people for four days": { analyte: "methamphetamine", right: ["event"], at: one, begins: 3, times: () => 3 },
  storm: { analyte: "methamphetamine", right: ["artefact"], at: all, begins: 1, times: () => 1 / 3, flow: 3 },
  "flow meter shows three times the water": {
    analyte: "methamphetamine",
    right: ["artefact"],
    at: one,
    begins: 3,
    times: () => 1,
    flow: 3,
  },
  "laboratory batch, every plant": { analyte: "methamphetamine", right: ["artefact"], at: all, begins: 1, times: () => 4 },
  "ketamine in most of the region": {
    analyte: "ketamine",
    right: ["consumption", "event"],
    at: (plants) => Math.ceil(plants * 0.7),
    begins: 6,
    times: at(["ketamine", "norketamine"], 3),
  },
};

const { values } = parseArgs({
  options: {
    seed: { type: "string", default: "1" },
    seeds: { type: "string", default: "5" },
    plants: { type: "string", default: "5" },
    days: { type: "string", default: "300" },
    event: { type: "string" },
  },
});
const plants = Number(values.plants);

/** The event as the laboratory reports it: a value below the limit is taken to lie at two thirds of it. */
function altered(report: AssayReport, event: Event): AssayReport {
  const ago = dayNumber(LAST) - dayNumber(report.sample.start.slice(0, 10));
  if (ago > event.begins) return report;
  const results = report.results.map((result): AssayResult => {
    const factor = event.times(result.analyte, ago);
    if (factor === 1) return result;
    const { value, censoring: _before, uncertainty: _u, coverageFactor: _k, ...rest } = result;
    const ngL = Number(((value ?? (2 / 3) * (result.loq ?? 1)) * factor).toPrecision(3));
    return ngL < (result.loq ?? 0) ? { ...rest, censoring: "belowLoq" } : { ...rest, censoring: "none", value: ngL };
  });
  const [first] = report.results;
  const extra = Object.entries(event.found ?? {}).map(
    ([analyte, value]): AssayResult => ({ ...first!, analyte, value, censoring: "none", lod: 0.3, loq: 1 }),
  );
  return { ...report, results: [...results, ...extra] };
}

const shown = (reading: Reading, event: Event): Reading =>
  event.flow !== undefined && dayNumber(LAST) - dayNumber(reading.time.slice(0, 10)) <= event.begins
    ? { ...reading, value: reading.value * event.flow }
    : reading;

async function happen(event: Event, seed: number, counts: Map<string, number>): Promise<number> {
  const province = simulateProvince({ seed, plants, manholes: 5, days: Number(values.days), endDay: LAST, dump: null });
  const sites = province.sites.filter(({ kind }) => kind === "wwtp").map((site) => ({ ...site, region: "Hunan" }));
  const affected = new Set(sites.slice(0, event.at(plants)).map(({ siteId }) => siteId));
  const world = await openPlantWorld({ SEWERTRACE_LEAD_EXCESS_GD_MIN: 0 });
  try {
    for (const site of sites) {
      const { networkNode: _unmapped, ...plain } = site;
      const isAt = affected.has(site.siteId);
      const readings = [...province.readings(site.siteId)].flat().map((one) => (isAt ? shown(one, event) : one));
      await world.ingest([plain], {
        readings,
        reports: [...province.reports(site.siteId)].map((one) => (isAt ? altered(one, event) : one)),
      });
    }
    await world.settle();
    const since = addDays(LAST, -event.begins - 2);
    for (const siteId of affected) {
      const anomalies = await world.records.anomalies.ofSeries(siteId, event.analyte);
      const found = anomalies.filter(({ end, state }) => state !== "retracted" && end >= since).at(-1);
      const verdict = found?.verdict?.source ?? "nothing";
      counts.set(verdict, (counts.get(verdict) ?? 0) + 1);
    }
    const leads = await world.records.leads.list({ limit: 500 });
    return leads.filter(({ state, trigger }) => state === "open" && trigger.day >= since).length;
  } finally {
    await world.close();
  }
}

const COLUMNS = [...VERDICT_SOURCES, "undetermined", "nothing"];
console.log(
  ["event".padEnd(40), ...COLUMNS.map((column) => column.padStart(12)), "right".padStart(6), "leads".padStart(6)].join(" "),
);
for (const [name, event] of Object.entries(EVENTS)) {
  if (values.event !== undefined && values.event !== name) continue;
  const counts = new Map<string, number>();
  let leads = 0;
  for (let i = 0; i < Number(values.seeds); i++) leads += await happen(event, Number(values.seed) + i, counts);
  const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
  const raised = total - (counts.get("nothing") ?? 0);
  const right = event.right.reduce((sum, verdict) => sum + (counts.get(verdict) ?? 0), 0) / raised;
  const row = COLUMNS.map((column) => String(counts.get(column) ?? 0).padStart(12));
  console.log(
    [name.padEnd(40), ...row, (raised === 0 ? "–" : right.toFixed(2)).padStart(6), String(leads).padStart(6)].join(" "),
  );
}
