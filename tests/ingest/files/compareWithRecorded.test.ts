import { describe, expect, it } from "vitest";
import { compareWithRecorded, type Recorded } from "../../../ingest/files/compareWithRecorded.ts";
import { type AssayReport, type AssayResult, assayReport } from "../../../schemas/assay.ts";

const AT = "2026-05-06T08:00:00.000Z";
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
  ({ labId, sample: { sampleId } }: AssayReport, { analyte, method, replicate }: AssayResult): Recorded | undefined => {
    for (const { labId: lab, sample, results, uploadId } of reports) {
      const result = results.find((each) => each.analyte === analyte && each.method === method && each.replicate === replicate);
      if (lab === labId && sample.sampleId === sampleId && result) return { sample, result, uploadId, at: AT, same: false };
    }
    return undefined;
  };
const compare = (now: AssayReport, before: AssayReport[], reasoned = false) =>
  compareWithRecorded([now], recordsOf(before), reasoned);
const NOTHING = { new: 0, unchanged: 0, amended: 0, withdrawn: 0 };

describe("sending a result", () => {
  it("that is on record with the same content changes nothing and need not be sent", () => {
    const now = report(5);
    const { counts, settled, states } = compare(now, [report(5)]);
    expect({ counts, states }).toEqual({ counts: { ...NOTHING, unchanged: 1 }, states: [["unchanged"]] });
    expect(settled.has(now.results[0]!)).toBe(true);
  });
  it("that is not on record is new, also by another method or replicate", () => {
    expect(compare(report(5), []).counts.new).toBe(1);
    expect(compare(report(5, {}, { replicate: 2 }), [report(5)]).counts.new).toBe(1);
    expect(compare(report(5, {}, { method: "m2" }), [report(5)]).counts.new).toBe(1);
  });
  it("with another value is an amendment, told field by field, and needs a reason", () => {
    const { counts, changes } = compare(report(6), [report(5)]);
    expect(counts).toEqual({ ...NOTHING, amended: 1 });
    expect(changes).toMatchObject([
      {
        sampleId: "s1",
        analyte: "mdma",
        recordedBy: "u-1",
        reasoned: false,
        differences: [{ path: "value", recorded: 5, now: 6 }],
      },
    ]);
  });
  it("with a reason, its report's own or that of the upload, is an amendment that may be sent", () => {
    expect(compare(report(6, { revision: { reason: "recalculation" } }), [report(5)]).changes).toMatchObject([
      { reasoned: true },
    ]);
    expect(compare(report(6), [report(5)], true).changes).toMatchObject([{ reasoned: true }]);
  });
  it("of a sample that moved in time is an amendment of every result", () => {
    const moved = report(5);
    const later = { ...moved, sample: { ...moved.sample, end: "2026-05-04T09:00:00+08:00" } };
    expect(compare(later, [moved]).changes[0]?.differences.map(({ path }) => path)).toEqual(["sample.end"]);
  });
  it("that takes it back is a withdrawal, and once more changes nothing", () => {
    const back = report(5, {}, { withdrawn: true });
    expect(compare(back, [report(5)]).counts).toEqual({ ...NOTHING, withdrawn: 1 });
    expect(compare(back, [back]).counts).toEqual({ ...NOTHING, unchanged: 1 });
    expect(compare(report(5), [back]).counts).toEqual({ ...NOTHING, amended: 1 });
  });
  it("with another hand-over in its custody changes nothing", () => {
    const one = report(5);
    const custody = [{ time: "2026-05-06T08:00:00+08:00", action: "received" as const, by: "Li" }];
    expect(compare({ ...one, sample: { ...one.sample, custody } }, [one]).counts.unchanged).toBe(1);
  });
  it("that another upload has on its way is compared with that, and sent all the same where it is equal", () => {
    const now = report(5);
    const same = compareWithRecorded([now], () => ({ uploadId: "u-0", at: AT, same: true }), false);
    expect([same.counts.unchanged, same.settled.size]).toEqual([1, 0]);
    const other = compareWithRecorded([now], () => ({ uploadId: "u-0", at: AT, same: false }), false);
    expect(other.changes).toMatchObject([{ state: "amended", recordedBy: "u-0", reasoned: false }]);
  });
});
