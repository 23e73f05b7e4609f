import { describe, expect, it } from "vitest";
import { assayReport } from "../../schemas/assay.ts";
import { addDays } from "../../schemas/days.ts";
import { network } from "../../schemas/network.ts";
import { reading } from "../../schemas/reading.ts";
import { site } from "../../schemas/site.ts";
import { DUMP_DEFAULT, type Province, simulateProvince } from "../../simulation/province.ts";

const END_DAY = "2026-11-20";
const province = simulateProvince({ seed: 5, plants: 12, manholes: 80, days: 730, endDay: END_DAY });
const plants = province.sites.filter(({ kind }) => kind === "wwtp");
const { dump } = province.truth;
if (!dump) throw new Error("the province has no dump");

interface Value {
  siteId: string;
  day: string;
  analyte: string;
  /** Null where below the limit. */
  ngL: number | null;
  flowM3D: number;
}

const flows = new Map(
  plants.flatMap(({ siteId }) => [...province.readings(siteId)].flat().map((r) => [`${siteId} ${r.time.slice(0, 10)}`, r.value])),
);
const values: Value[] = plants.flatMap(({ siteId }) =>
  [...province.reports(siteId)].flatMap(({ sample, results }) => {
    const day = sample.start.slice(0, 10);
    const flowM3D = flows.get(`${siteId} ${day}`) as number;
    return results.map(({ analyte, value }) => ({ siteId, day, analyte, ngL: value ?? null, flowM3D }));
  }),
);
const seriesOf = (analyte: string, siteId?: string) =>
  values.filter((v) => v.analyte === analyte && (siteId === undefined || v.siteId === siteId));
const loadGD = ({ ngL, flowM3D }: Value) => (ngL as number) * flowM3D * 1e-6;
const median = (numbers: readonly number[]) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] as number;
const weekday = (day: string) => new Date(`${day}T00:00:00Z`).getUTCDay();
const keyed = (some: readonly Value[]) => new Map(some.map((v) => [`${v.siteId} ${v.day}`, v]));

describe("the province passes the schemas", () => {
  it("sites and network", () => {
    for (const one of province.sites) expect(site.parse(one)).toEqual(one);
    expect(network.parse(province.network)).toEqual(province.network);
  });

  it("readings and reports, unchanged: nothing is left to a default", () => {
    const { siteId } = plants[3]!;
    for (const one of [...province.readings(siteId)].flat()) expect(reading.parse(one)).toEqual(one);
    for (const one of province.reports(siteId)) expect(assayReport.parse(one)).toEqual(one);
    const nodes = province.network.nodes.map(({ id }) => id).filter((id) => id !== province.network.plant);
    for (const one of province.sampleManholes(nodes, END_DAY)) expect(assayReport.parse(one)).toEqual(one);
  });

  it("every manhole has a site that drains to the mapped plant, and every sample a site", () => {
    const nodes = province.network.nodes.map(({ id }) => id);
    expect(nodes).toHaveLength(81);
    const mapped = province.sites.filter(({ networkNode }) => networkNode).map(({ networkNode }) => networkNode?.nodeId);
    expect(mapped.toSorted()).toEqual(nodes.toSorted());
    const known = new Set(province.sites.map(({ siteId }) => siteId));
    expect(known.size).toBe(province.sites.length);
    const [report] = province.sampleManholes([dump.node], END_DAY);
    expect(known.has(report!.sample.siteId)).toBe(true);
  });
});

it("is the same for the same seed, another for another, and has the days that were asked for", () => {
  const settings = { plants: 2, manholes: 20, days: 30, endDay: END_DAY };
  const all = (p: Province) =>
    JSON.stringify([
      p.sites,
      p.network,
      p.truth,
      [...p.readings("P-002")],
      [...p.reports("P-001")],
      p.sampleManholes(["M01"], END_DAY),
    ]);
  expect(all(simulateProvince({ seed: 9, ...settings }))).toBe(all(simulateProvince({ seed: 9, ...settings })));
  expect(all(simulateProvince({ seed: 9, ...settings }))).not.toBe(all(simulateProvince({ seed: 10, ...settings })));
  const days = seriesOf("ketamine", "P-004").map(({ day }) => day);
  expect([days.length, days[0], days.at(-1)]).toEqual([730, addDays(END_DAY, -729), END_DAY]);
});

describe("what the plants measure", () => {
  it("flow per person is that of a town, and storms are seen", () => {
    for (const { siteId, population } of plants) {
      const perPersonL = seriesOf("cotinine", siteId).map(({ flowM3D }) => (flowM3D * 1_000) / population!.people);
      expect(median(perPersonL)).toBeGreaterThan(120);
      expect(median(perPersonL)).toBeLessThan(450);
      expect(Math.max(...perPersonL)).toBeGreaterThan(1.5 * median(perPersonL));
    }
  });

  it("a storm dilutes and leaves the load as it is", () => {
    const logs = seriesOf("cotinine", "P-002").map((v) => ({
      flow: Math.log(v.flowM3D),
      ngL: Math.log(v.ngL!),
      load: Math.log(loadGD(v)),
    }));
    expect(
      Math.abs(
        slope(
          logs.map(({ flow }) => flow),
          logs.map(({ ngL }) => ngL),
        ) + 1,
      ),
    ).toBeLessThan(0.1);
    expect(
      Math.abs(
        slope(
          logs.map(({ flow }) => flow),
          logs.map(({ load }) => load),
        ),
      ),
    ).toBeLessThan(0.1);
  });

  it("MDMA is higher at weekends, morphine is not", () => {
    const ratio = (analyte: string) => {
      const detected = (siteId: string) => seriesOf(analyte, siteId).filter(({ ngL }) => ngL !== null);
      const often = plants.map(({ siteId }) => detected(siteId)).toSorted((a, b) => b.length - a.length)[0]!;
      const of = (weekdays: number[]) => median(often.filter(({ day }) => weekdays.includes(weekday(day))).map(loadGD));
      return of([6, 0]) / of([2, 3]);
    };
    expect(ratio("mdma")).toBeGreaterThan(2); // exp(0.55 * 1.1) over exp(-0.55 * 0.75) is 2.8
    expect(Math.abs(ratio("morphine") - 1)).toBeLessThan(0.2);
  });

  it("residues keep the ratios of consumption", () => {
    const ratio = (a: string, b: string) => {
      const other = keyed(seriesOf(b));
      const pairs = seriesOf(a).filter(
        (v) => v.day < dump.from && v.ngL !== null && other.get(`${v.siteId} ${v.day}`)?.ngL != null,
      );
      return median(pairs.map((v) => v.ngL! / other.get(`${v.siteId} ${v.day}`)!.ngL!));
    };
    expect(ratio("amphetamine", "methamphetamine")).toBeGreaterThan(0.07);
    expect(ratio("amphetamine", "methamphetamine")).toBeLessThan(0.12);
    expect(ratio("ketamine", "norketamine")).toBeGreaterThan(4);
    expect(ratio("ketamine", "norketamine")).toBeLessThan(7);
  });

  it("MDMA and cocaine are often below the limit, methamphetamine hardly ever", () => {
    const belowLimit = (analyte: string) => seriesOf(analyte).filter(({ ngL }) => ngL === null).length / seriesOf(analyte).length;
    expect(belowLimit("mdma")).toBeGreaterThan(0.2);
    expect(belowLimit("cocaine")).toBeGreaterThan(0.5);
    expect(belowLimit("methamphetamine")).toBeLessThan(0.02);
  });

  it("the laboratory and the sampling err by 0.245 on the log scale, around days that hang together", () => {
    const logs = seriesOf("cotinine", "P-006").map((v) => Math.log(loadGD(v)));
    const steps = logs.slice(1).map((x, i) => x - logs[i]!);
    const sdLn = Math.sqrt(steps.reduce((sum, x) => sum + x * x, 0) / steps.length / 2);
    expect(sdLn).toBeGreaterThan(0.245);
    expect(sdLn).toBeLessThan(0.32);
  });
});

describe("the dump", () => {
  it("is where the truth says, remote, and begins so many days before the end", () => {
    expect(dump).toMatchObject({
      siteId: "P-001",
      analyte: "methamphetamine",
      from: addDays(END_DAY, -DUMP_DEFAULT.daysBeforeEnd),
    });
    expect(province.network.nodes.map(({ id }) => id)).toContain(dump.node);
    expect(dump.node).not.toBe(province.network.plant);
  });

  it("raises the plant's load by its mass, and the parent only", () => {
    const rise = (analyte: string) => {
      const series = seriesOf(analyte, dump.siteId);
      const before = series.filter(({ day }) => day < dump.from && day >= addDays(dump.from, -60)).map(loadGD);
      return median(series.filter(({ day }) => day >= dump.from).map(loadGD)) / median(before);
    };
    expect(rise("methamphetamine")).toBeGreaterThan(1.6);
    expect(rise("amphetamine")).toBeLessThan(1.5);
    expect(rise("cotinine")).toBeLessThan(1.5);
  });

  it("is found at its manhole and below, and nowhere else", () => {
    const below = new Set([dump.node]);
    for (const id of below) for (const { from, to } of province.network.links) if (from === id) below.add(to);
    const nodes = province.network.nodes.map(({ id }) => id).filter((id) => id !== province.network.plant);
    const meanLoadsGD = (from: string) => {
      const days = Array.from({ length: 20 }, (_, i) => province.sampleManholes(nodes, addDays(from, i)));
      const loadOf = ({ sample, results }: (typeof days)[number][number]) =>
        ((results[0]!.value ?? 0) * sample.flowM3D! * 1e-6) / days.length;
      return nodes.map((_, n) => days.reduce((sum, reports) => sum + loadOf(reports[n]!), 0));
    };
    const [ordinary, during] = [meanLoadsGD(addDays(dump.from, -20)), meanLoadsGD(dump.from)];
    for (const [n, node] of nodes.entries()) {
      const extraGD = during[n]! - ordinary[n]!;
      if (below.has(node)) expect(extraGD / dump.massGD, node).toBeGreaterThan(0.5);
      else expect(Math.abs(extraGD), node).toBeLessThan(0.5 * ordinary[n]!);
    }
  });

  it("goes on after the last day of the plant's history, so that it can be traced", () => {
    const [report] = province.sampleManholes([dump.node], addDays(END_DAY, 10));
    expect(report!.results[0]!.value! * report!.sample.flowM3D! * 1e-6).toBeGreaterThan(0.3 * dump.massGD);
  });

  it("a manhole's own deviation persists from day to day", () => {
    const node = province.network.nodes.find(
      ({ id, population }) => id !== province.network.plant && id !== dump.node && population,
    )!.id;
    const cotinine = Array.from({ length: 60 }, (_, i) => {
      const [report] = province.sampleManholes([node], addDays(dump.from, -i));
      return report!.results.find(({ analyte }) => analyte === "cotinine")!.value!;
    });
    const plant = keyed(seriesOf("cotinine", dump.siteId));
    const deviations = cotinine.map((ngL, i) => Math.log(ngL / plant.get(`${dump.siteId} ${addDays(dump.from, -i)}`)!.ngL!));
    const noise = Math.sqrt(deviations.slice(1).reduce((sum, x, i) => sum + (x - deviations[i]!) ** 2, 0) / 59 / 2);
    expect(noise).toBeGreaterThan(0.25);
    expect(noise).toBeLessThan(0.45); // the assays of manhole and plant, sqrt(2) * 0.245
  });

  it("is absent when none is asked for", () => {
    const quiet = simulateProvince({ seed: 5, plants: 1, manholes: 10, days: 5, endDay: END_DAY, dump: null });
    expect(quiet.truth.dump).toBeNull();
  });
});

it("names what it does not know", () => {
  expect(() => [...province.reports("P-999")]).toThrow("no plant P-999");
  expect(() => province.sampleManholes(["M999"], END_DAY)).toThrow("no manhole M999");
  expect(() => province.sampleManholes([dump.node], "2019-01-01")).toThrow("before the province's first day");
});

function slope(x: readonly number[], y: readonly number[]): number {
  const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;
  const [mx, my] = [mean(x), mean(y)];
  return x.reduce((sum, xi, i) => sum + (xi - mx) * (y[i]! - my), 0) / x.reduce((sum, xi) => sum + (xi - mx) ** 2, 0);
}
