import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { detect, falseDiscoveryOf } from "../../../analytics/detect/detect.ts";
import { learnPools, poolOf } from "../../../analytics/detect/pool.ts";
import { referencePools } from "../../../analytics/detect/referencePools.ts";
import { regionalRises } from "../../../analytics/detect/regional.ts";
import type { LoadPoint, LoadSeries } from "../../../analytics/detect/series.ts";
import { DETECT_DEFAULTS } from "../../../analytics/detect/settings.ts";
import { alarmsPerValue, raiseScore, samplingOf, samplingOfDays } from "../../../analytics/detect/threshold.ts";
import { addDays } from "../../../schemas/days.ts";
import { seededRandom } from "../../../simulation/random.ts";
import { simulateSeries } from "../../../simulation/series.ts";

const clean = simulateSeries({ family: "weekly", seed: 12, series: 6, analytes: 1, events: false, censoredShare: 0.3 });
const times = (one: LoadSeries, at: number, factor: number): LoadSeries => ({
  ...one,
  points: one.points.map((point, i) => (i === at ? { ...point, load: point.load * factor, censored: false } : point)),
});
const eventful = clean.map((one, s) => (s < 4 ? times(one, 190, 9) : one));

describe("late, amended, doubled and withdrawn values", () => {
  /** A laboratory's history of one series: what is sent, in order; the last word on a day counts, undefined withdraws it. */
  interface Sent {
    readonly day: string;
    readonly point: LoadPoint | undefined;
  }
  const stored = (history: readonly Sent[]): LoadPoint[] => {
    const byDay = new Map<string, LoadPoint | undefined>();
    for (const { day, point } of history) byDay.set(day, point);
    return [...byDay.values()].flatMap((point) => point ?? []);
  };

  it("end in the anomalies of values that came once and in order", () => {
    const inOrder = detect(eventful);
    expect(inOrder.flatMap(({ anomalies }) => anomalies).length).toBeGreaterThan(3);
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const random = seededRandom(seed, "history");
        const asSent = eventful.map((one) => {
          const last = one.points.map((point): Sent => ({ day: point.day, point }));
          // before its last word a day may have had others: a slip of ten times, a withdrawal, a day that never was sampled
          const slips = random
            .shuffled(last)
            .slice(0, 12)
            .map(({ day, point }): Sent => ({ day, point: { ...point!, load: point!.load * 10 } }));
          const withdrawals = random
            .shuffled(last)
            .slice(0, 5)
            .map(({ day }): Sent => ({ day, point: undefined }));
          const never = addDays(one.points[0]!.day, 3);
          const stray: Sent[] = [
            { day: never, point: { day: never, load: 1e6, censored: false } },
            { day: never, point: undefined },
          ];
          return {
            ...one,
            points: random.shuffled(stored([...random.shuffled([...slips, ...withdrawals]), ...stray, ...random.shuffled(last)])),
          };
        });
        expect(detect(asSent)).toEqual(inOrder);
      }),
      { numRuns: 4 },
    );
  }, 60_000);

  it("a correction takes its anomaly away, and gives it back", () => {
    const corrected = detect(clean);
    expect(corrected).not.toEqual(detect(eventful));
    expect(detect(eventful.map((one, s) => (s < 4 ? { ...one, points: clean[s]!.points } : one)))).toEqual(corrected);
  });
});

describe("pools", () => {
  it("the order of the series is no matter", () => {
    const forward = learnPools(clean).get(clean[0]!.analyte)!;
    expect(learnPools(clean.toReversed()).get(clean[0]!.analyte)).toEqual(forward);
  });
  it("a kind of site with enough series has a pool of its own, one with fewer shares its analyte's", () => {
    const kinds = clean.map((one, s) => ({ ...one, siteKind: s < 4 ? "wwtp" : "pumpingStation" }));
    const pools = learnPools(kinds);
    expect(poolOf(pools, kinds[0]!)).not.toBe(pools.get(kinds[0]!.analyte));
    expect(poolOf(pools, kinds[5]!)).toBe(pools.get(kinds[5]!.analyte));
  });
  it("what ships knows that MDMA is a weekend's drug", () => {
    const { mean } = referencePools("frequent").get("mdma")![0]!.priors;
    expect(mean[1]! - mean[4]!).toBeGreaterThan(0.5); // Sunday over Wednesday, log units
    expect(mean[0]).toBe(0);
  });
});

describe("false alarms", () => {
  it("what raises at so many alarms a year is what chance gives so often", () => {
    for (const [step, sampling] of [
      [1, "frequent"],
      [7, "sparse"],
      [1, "campaigns"],
    ] as const) {
      for (const perYear of [0.1, 0.5, 2]) {
        const score = raiseScore(perYear, step, sampling);
        expect((alarmsPerValue(score, sampling) * 365.25) / step).toBeCloseTo(perYear, 9);
      }
    }
  });
  it("fewer accepted alarms need a higher score", () =>
    expect(raiseScore(0.1, 1, "frequent")).toBeGreaterThan(raiseScore(1, 1, "frequent")));
  it("a week a year is a campaign, a day a week is not", () => {
    expect(samplingOf(1, 52)).toBe("campaigns");
    expect(samplingOfDays([0, 7, 14, 28, 35])).toBe("sparse");
    expect(samplingOfDays([0, 1, 2, 4, 5])).toBe("frequent");
    expect(samplingOfDays([0, 1, 2, 364, 365, 366])).toBe("campaigns");
  });
  it("the series of one site share its alarms: five analytes raise no more than one alone would five times as seldom", () => {
    const one = eventful[0]!;
    const site = ["a", "b", "c", "d", "e"].map((analyte) => ({ ...one, analyte }));
    const pools = learnPools([one]);
    const shared = detect(site, DETECT_DEFAULTS, pools)[0]!.anomalies;
    const alone = detect(
      [{ ...one, analyte: "a" }],
      { ...DETECT_DEFAULTS, falseAlarmsPerYear: DETECT_DEFAULTS.falseAlarmsPerYear / 5 },
      pools,
    );
    expect(shared).toEqual(alone[0]!.anomalies);
  });
  it("q grows with the chance of an anomaly and is at least that", () => {
    const shares = falseDiscoveryOf(detect(eventful));
    const sorted = [...shares].sort(([a], [b]) => a.chance - b.chance);
    expect(sorted.length).toBeGreaterThan(3);
    for (const [i, [anomaly, q]] of sorted.entries()) {
      expect(q).toBeGreaterThanOrEqual(anomaly.chance);
      if (i > 0) expect(q).toBeGreaterThanOrEqual(sorted[i - 1]![1]);
    }
  });
});

describe("a rise in many sites at once", () => {
  const rule = { sitesMin: 3, shareMin: 0.5 };
  const day = (at: number) => clean[0]!.points[at]!.day;
  const sameDays = clean.map((one) => ({ ...clean[0]!, siteId: one.siteId }));
  const risen = sameDays.map((one, s) => (s < 4 ? times(one, 190, 9) : one));
  it("is one regional rise, whatever the order", () => {
    const detections = detect(risen);
    const rises = regionalRises(detections, rule).filter(({ start }) => start === day(190));
    expect(rises).toHaveLength(1);
    expect(rises[0]).toMatchObject({
      risen: risen
        .slice(0, 4)
        .map(({ siteId }) => siteId)
        .sort(),
      sampled: 6,
    });
    const [{ pValue, anomalies }] = rises as [(typeof rises)[number]];
    // no surer than its surest site, as neighbours are no independent witnesses, and no less sure than that one corrected for being one of six
    const surest = Math.min(...anomalies.map((one) => one.pValue));
    expect(pValue).toBeGreaterThan(surest);
    expect(pValue).toBeLessThan(6 * surest);
    expect(regionalRises(detections, rule, undefined, "fisher").find(({ start }) => start === day(190))!.pValue).toBeLessThan(
      pValue,
    );
    const again = regionalRises(detections.toReversed(), rule).filter(({ start }) => start === day(190));
    expect(again).toEqual(rises);
  });
  it("two sites are no region, and a region is not its neighbour", () => {
    const two = sameDays.map((one, s) => (s < 2 ? times(one, 190, 9) : one));
    expect(regionalRises(detect(two), rule).filter(({ start }) => start === day(190))).toEqual([]);
    const apart = (siteId: string) => siteId;
    expect(regionalRises(detect(risen), rule, apart)).toEqual([]);
  });
});
