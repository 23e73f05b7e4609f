import { describe, expect, it } from "vitest";
import { compareWithRecorded, type ResultIdentity } from "../../../ingest/files/compareWithRecorded.ts";
import { type AssayReport, assayReport } from "../../../schemas/assay.ts";

const report = (value: number, more: Partial<AssayReport> = {}, result: object = {}): AssayReport =>
  assayReport.parse({
    labId: "lab-1",
    uploadId: "u-1",
    sample: {
      sampleId: "s1",
      siteId: "plant-a",
      mode: "grab",
      start: "2026-05-04T08:00:00+08:00",
      end: "2026-05-04T08:00:00+08:00",
    },
    results: [{ analyte: "mdma", value, unit: "ng/L", method: "m1", ...result }],
    ...more,
  });

const recordsOf =
  (reports: readonly AssayReport[]) =>
  ({ labId, sampleId, analyte, method, replicate }: ResultIdentity) => {
    for (const { labId: lab, sample, results } of reports) {
      const result = results.find((each) => each.analyte === analyte && each.method === method && each.replicate === replicate);
      if (lab === labId && sample.sampleId === sampleId && result) return { sample, result };
    }
    return undefined;
  };
const compare = (now: AssayReport, before: AssayReport[]) => compareWithRecorded([now], recordsOf(before));

describe("sending a result", () => {
  it("that is on record with the same content changes nothing", () =>
    expect(compare(report(5), [report(5)]).counts).toEqual({ new: 0, unchanged: 1, amended: 0, withdrawn: 0 }));
  it("that is not on record is new, also by another method or replicate", () => {
    expect(compare(report(5), []).counts.new).toBe(1);
    expect(compare(report(5, {}, { replicate: 2 }), [report(5)]).counts.new).toBe(1);
    expect(compare(report(5, {}, { method: "m2" }), [report(5)]).counts.new).toBe(1);
  });
  it("with another value is an amendment, told field by field, and needs a reason", () => {
    const { counts, amended, withoutReason } = compare(report(6), [report(5)]);
    expect(counts.amended).toBe(1);
    expect(amended[0]).toMatchObject({ sampleId: "s1", analyte: "mdma", differences: [{ path: "value", recorded: 5, now: 6 }] });
    expect(withoutReason).toEqual(amended);
  });
  it("with a reason is an amendment that may be sent", () =>
    expect(compare(report(6, { revision: { reason: "recalculation" } }), [report(5)])).toMatchObject({
      counts: { amended: 1 },
      withoutReason: [],
    }));
  it("of a sample that moved in time is an amendment of every result", () => {
    const moved = report(5);
    const later = { ...moved, sample: { ...moved.sample, end: "2026-05-04T09:00:00+08:00" } };
    expect(compare(later, [moved]).amended[0]?.differences.map(({ path }) => path)).toEqual(["sample.end"]);
  });
  it("that takes it back is a withdrawal", () =>
    expect(compare(report(5, { revision: { reason: "withdrawnByLab" } }, { withdrawn: true }), [report(5)]).counts).toMatchObject(
      { withdrawn: 1, amended: 0 },
    ));
  it("with another hand-over in its custody changes nothing", () => {
    const one = report(5);
    const custody = [{ time: "2026-05-06T08:00:00+08:00", action: "received" as const, by: "Li" }];
    expect(compare({ ...one, sample: { ...one.sample, custody } }, [one]).counts.unchanged).toBe(1);
  });
});
