import fc from "fast-check";
import type { ExportedResult } from "../../api/exports/selection.ts";
import { type AssayReport, assayResult, CENSORINGS } from "../../schemas/assay.ts";
import { SAMPLE_MODES, sample } from "../../schemas/sample.ts";
import type { Site } from "../../schemas/site.ts";
import { substances } from "../../schemas/substances.ts";
import { revisionOf } from "../store/records/nouns.ts";

export const site: Site = {
  siteId: "plant-a",
  name: '=HYPERLINK("x")',
  kind: "wwtp",
  timeZone: "Asia/Shanghai",
  latitude: 38.9,
  longitude: 121.6,
};

/** A number as a balance or an integrator gives it: up to nine digits. */
const measured = fc.double({ min: 0.001, max: 1e6, noNaN: true }).map((value) => Number(value.toPrecision(9)));
const optional = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
export const drugs = substances.filter(({ role }) => role === "parent" || role === "metabolite").map(({ id }) => id);

const results = fc
  .record({
    analyte: fc.constantFrom(...drugs),
    value: measured,
    unit: fc.constantFrom("ng/L", "ug/L"),
    censoring: fc.constantFrom(...CENSORINGS),
    limits: optional(fc.tuple(measured, measured)),
    uncertainty: optional(measured),
    method: fc.constantFrom("YJY02.10-2021", "m-1", "方法1"),
    replicate: fc.constantFrom(1, 2),
    isRecovery: optional(measured),
  })
  .map(({ limits, value, censoring, ...rest }) => {
    const [lod, loq] = limits?.toSorted((a, b) => a - b) ?? [];
    const hasValue = censoring === "none" || censoring === "aboveRange";
    const given = { ...rest, censoring, ...(hasValue ? { value } : {}), ...(lod ? { lod, loq } : {}) };
    return assayResult.parse(Object.fromEntries(Object.entries(given).filter(([, each]) => each !== undefined)));
  });

export const reports = fc.uniqueArray(
  fc.record({
    sample: fc
      .record({
        sampleId: fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,20}$/),
        mode: fc.constantFrom(...SAMPLE_MODES),
        day: fc.integer({ min: 0, max: 700 }),
        hours: fc.integer({ min: 1, max: 24 }),
        volumeMl: optional(measured),
        flowM3D: optional(measured),
      })
      .map(({ day, hours, volumeMl, flowM3D, ...rest }) => {
        const startMs = Date.UTC(2025, 0, 1 + day, 0);
        const moment = (timeMs: number) => `${new Date(timeMs + 8 * 3_600_000).toISOString().slice(0, 19)}+08:00`;
        const times = { start: moment(startMs), end: moment(startMs + hours * 3_600_000) };
        return sample.parse({
          ...rest,
          siteId: "plant-a",
          ...times,
          ...(volumeMl ? { volumeMl } : {}),
          ...(flowM3D ? { flowM3D } : {}),
        });
      }),
    results: fc.uniqueArray(results, { minLength: 1, maxLength: 6, selector: (r) => `${r.analyte} ${r.method} ${r.replicate}` }),
  }),
  { minLength: 1, maxLength: 5, selector: ({ sample: { sampleId } }) => sampleId },
);
export type Report = Pick<AssayReport, "sample" | "results">;

/** The results of the reports as an export takes them. */
export async function* exported(given: readonly Report[]): AsyncGenerator<ExportedResult> {
  for (const { sample: taken, results: found } of given)
    for (const result of found) yield { site, revision: { ...revisionOf({ sample: taken, labId: "lab-1" }), result } };
}
