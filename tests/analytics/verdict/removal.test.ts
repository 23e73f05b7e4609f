import fc from "fast-check";
import { describe, expect, it } from "vitest";
import thresholds from "../../../analytics/verdict/thresholds.json" with { type: "json" };
import { type Circumstances, verdictOf } from "../../../analytics/verdict/verdict.ts";
import type { Verdict } from "../../../schemas/anomaly.ts";

// Circumstances as a run brings them: an analyte, some of its markers, other drugs of the sample, time course, water, other sites.
const MARKERS: Record<string, readonly string[]> = {
  mdma: ["hmma", "hma"],
  methamphetamine: ["amphetamine"],
  amphetamine: ["methamphetamine", "apaan"],
  cocaine: ["benzoylecgonine"],
  ketamine: ["norketamine"],
  methadone: ["eddp"],
  etomidate: ["etomidate-acid"],
  morphine: ["codeine", "6-mam"],
  fentanyl: ["norfentanyl"],
};
const OTHERS = ["mdma", "cocaine", "amphetamine", "ketamine", "cotinine", "caffeine", "morphine", "codeine"];
const load = fc.double({ min: 1e-3, max: 1e3, noNaN: true });
const ratio = fc.double({ min: 0.1, max: 60, noNaN: true });

const circumstances = fc.constantFrom(...Object.keys(MARKERS)).chain((analyte) =>
  fc
    .record(
      {
        ratio,
        shape: fc.constantFrom("spike", "pulse", "step", "ramp"),
        days: fc.integer({ min: 1, max: 30 }),
        weekday: fc.integer({ min: 0, max: 6 }),
        company: fc.dictionary(fc.constantFrom(...MARKERS[analyte]!, ...OTHERS), fc.record({ load, ratio, seen: fc.boolean() }), {
          maxKeys: 7,
        }),
        own: load,
        enantiomericFraction: fc.double({ min: 0, max: 1, noNaN: true }),
        flowRatio: fc.double({ min: 0.5, max: 4, noNaN: true }),
        batch: fc.constant({ moved: 4, sites: 5 }),
        neighbours: fc.constant({ risen: 4, sites: 5 }),
      },
      { requiredKeys: ["ratio", "own", "company"] },
    )
    .map(({ company, own, shape, ...rest }): Circumstances => {
      const others = Object.entries(company).filter(([id]) => id !== analyte);
      const seen = others.filter(([, one]) => one.seen);
      return {
        ...rest,
        ...(shape === undefined ? {} : { shape: shape as NonNullable<Circumstances["shape"]> }),
        analyte,
        loads: { [analyte]: own, ...Object.fromEntries(seen.map(([id, one]) => [id, one.load])) },
        belowLimit: others.flatMap(([id, one]) => (one.seen ? [] : [id])),
        otherRatios: Object.fromEntries(seen.map(([id, one]) => [id, one.ratio])),
        precursors: seen.flatMap(([id]) => (id === "apaan" ? [id] : [])),
      };
    }),
);

function without(from: Circumstances, id: string): Circumstances {
  const cut = <T>(record: Readonly<Record<string, T>> = {}) =>
    Object.fromEntries(Object.entries(record).filter(([name]) => name !== id));
  return {
    ...from,
    loads: cut(from.loads),
    otherRatios: cut(from.otherRatios),
    belowLimit: from.belowLimit?.filter((name) => name !== id) ?? [],
    precursors: from.precursors?.filter((name) => name !== id) ?? [],
  };
}

/** Each marker that was there, with what is left without it. */
function* removals(all: Circumstances): Generator<Circumstances> {
  for (const id of MARKERS[all.analyte]!) if (id in (all.loads ?? {}) || all.belowLimit?.includes(id)) yield without(all, id);
  for (const field of ["enantiomericFraction", "flowRatio", "batch", "neighbours", "precursors"] as const) {
    const { [field]: removed, ...rest } = all;
    if (removed !== undefined) yield rest;
  }
}

const rowsOf = ({ evidence }: Verdict) => evidence.map((row) => JSON.stringify([row.marker, row.favours]));

describe("a marker that is missing", () => {
  it("never makes a verdict surer that it spoke for", () => {
    let spoken = 0;
    fc.assert(
      fc.property(circumstances, (all) => {
        const before = verdictOf(all);
        if (before.source === "undetermined") return;
        const sure = before.probabilities[before.source]!;
        for (const rest of removals(all)) {
          const after = verdictOf(rest);
          const spokeFor = before.evidence.some(
            ({ marker, favours }) => favours === before.source && !rowsOf(after).includes(JSON.stringify([marker, favours])),
          );
          if (spokeFor) spoken++;
          if (spokeFor) expect(after.probabilities[before.source]!).toBeLessThanOrEqual(sure + 1e-12);
        }
      }),
      { numRuns: 3_000, seed: 20261124 },
    );
    expect(spoken).toBeGreaterThan(500);
  });

  it("leaves a posterior over the six sources, whatever else is missing", () => {
    fc.assert(
      fc.property(circumstances, (all) => {
        const bare = { analyte: all.analyte, ratio: all.ratio };
        for (const some of [all, ...removals(all), bare]) {
          const { probabilities } = verdictOf(some);
          const total = Object.values(probabilities).reduce((sum, each) => sum + each, 0);
          expect(total).toBeCloseTo(1, 9);
        }
        expect(verdictOf({ analyte: all.analyte, ratio: 3 }).source).toBe("undetermined");
      }),
      { numRuns: 500, seed: 7 },
    );
  });

  it("each piece of evidence weighs most for what it is said to favour", () => {
    for (const [id, { favours, weights }] of Object.entries(thresholds.evidence)) {
      const of = weights as Record<string, number>;
      expect(of[favours], id).toBe(Math.max(0, ...Object.values(of)));
      expect(of[favours], id).toBeGreaterThan(0);
    }
  });
});
