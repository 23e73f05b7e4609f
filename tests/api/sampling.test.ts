import { describe, expect, it } from "vitest";
import { samplingProblems } from "../../api/uploads/sampling.ts";
import { assayReport } from "../../schemas/assay.ts";
import type { CustodyEvent, Sample } from "../../schemas/sample.ts";

const site = { siteId: "plant-a", name: "A", kind: "wwtp", timeZone: "Asia/Shanghai" } as const;
const END = "2026-05-05T08:00:00Z";
const NOW = new Date("2026-05-06T00:00:00Z");
const after = (hours: number) => new Date(Date.parse(END) + hours * 3_600_000).toISOString();

/** Codes found in a day's composite with the changes. Benzoylecgonine lasts (stability class high), cocaine does not (low). */
function codesOf(change: Partial<Sample>, analytes = ["benzoylecgonine"]): string[] {
  const sample = {
    sampleId: "s",
    siteId: "plant-a",
    mode: "flowProportional",
    start: "2026-05-04T08:00:00Z",
    end: END,
    ...change,
  };
  const results = analytes.map((analyte) => ({ analyte, value: 5, unit: "ng/L", method: "m" }));
  return samplingProblems(assayReport.parse({ labId: "l", uploadId: "u", sample, results }), site, NOW).map(({ code }) => code);
}

const event = (hours: number, action: CustodyEvent["action"], more: Partial<CustodyEvent> = {}) =>
  ({ time: after(hours), action, by: "Li", ...more }) as CustodyEvent;

it("a sample of a day to come is told, one of a clock or a zone ahead is not", () => {
  expect(codesOf({ start: "2026-05-06T00:00:00Z", end: "2026-05-07T00:00:00Z" })).toEqual([]);
  expect(codesOf({ start: "2027-05-04T08:00:00Z", end: "2027-05-05T08:00:00Z" })).toEqual(["sample_in_future"]);
});

// Thresholds: schemas/reference/quality-rules.json
describe("a composite", () => {
  it("of 22 to 26 hours is a day's, a shorter or longer one is not; a grab has no length", () => {
    expect(codesOf({})).toEqual([]);
    expect(codesOf({ start: "2026-05-04T10:00:00Z" })).toEqual([]);
    expect(codesOf({ start: "2026-05-04T10:01:00Z" })).toEqual(["sampling_window"]);
    expect(codesOf({ start: "2026-05-04T05:59:00Z" })).toEqual(["sampling_window"]);
    expect(codesOf({ mode: "grab", start: END })).toEqual([]);
  });

  it("with nine of ten pulses is whole", () => {
    expect(codesOf({ pulsesPlanned: 100, pulsesTaken: 90 })).toEqual([]);
    expect(codesOf({ pulsesPlanned: 100, pulsesTaken: 89 })).toEqual(["sampling_pulses"]);
    expect(codesOf({ pulsesPlanned: 100 })).toEqual([]);
  });
});

describe("storage", () => {
  it("above 6 °C is too warm, in the store or at any hand-over", () => {
    expect(codesOf({ storage: { temperatureCel: 6 } })).toEqual([]);
    expect(codesOf({ storage: { temperatureCel: 6.1 } })).toEqual(["storage_temperature"]);
    const custody = [event(0, "collected"), event(2, "received", { temperatureCel: 11 })];
    expect(codesOf({ storage: { temperatureCel: 4 }, custody })).toEqual(["storage_temperature"]);
  });

  it("of a substance that does not last is frozen or acidified", () => {
    const unstable = ["benzoylecgonine", "cocaine"];
    const kept = (temperatureCel: number, preservation?: string) =>
      codesOf({ storage: { temperatureCel, ...(preservation ? { preservation } : {}) } }, unstable);
    expect(kept(4)).toEqual(["preservation"]);
    for (const preservation of ["HCl to pH<2", "acidified", "盐酸酸化", "frozen at once", "冷冻"])
      expect(kept(4, preservation)).toEqual([]);
    expect(kept(-20)).toEqual([]);
    expect(codesOf({ storage: { temperatureCel: 4 } })).toEqual([]); // what lasts needs neither
    expect(codesOf({}, unstable)).toEqual([]); // not told is not wrong
  });
});

describe("waiting", () => {
  const opened = (days: number, storage?: Sample["storage"]) =>
    codesOf({ custody: [event(0, "collected"), event(days * 24, "opened")], ...(storage ? { storage } : {}) });

  it("more than 7 days for the analysis is told, unless the sample was frozen", () => {
    expect(opened(7)).toEqual([]);
    expect(opened(7.1)).toEqual(["holding_time"]);
    expect(opened(30, { temperatureCel: -20 })).toEqual([]);
  });

  it("more than 12 hours unpreserved is told of a substance that does not last", () => {
    const received = (hours: number, analytes: string[], more: Partial<CustodyEvent> = {}) =>
      codesOf({ custody: [event(0, "collected"), event(hours, "received", more)] }, analytes);
    expect(received(12, ["cocaine"])).toEqual([]);
    expect(received(13, ["cocaine"])).toEqual(["holding_time_unstable"]);
    expect(received(13, ["benzoylecgonine"])).toEqual([]);
    const frozenFirst = [event(0, "collected"), event(5, "stored", { temperatureCel: -20 }), event(40, "received")];
    expect(codesOf({ custody: frozenFirst }, ["cocaine"])).toEqual([]);
  });
});

describe("custody", () => {
  it("begins with the collection, goes on in time, and keeps its seal until it is opened", () => {
    const chain = [event(0, "collected", { seal: "A1" }), event(2, "received", { seal: "A1" }), event(3, "opened")];
    expect(codesOf({ seal: "A1", custody: chain })).toEqual([]);
    expect(codesOf({ seal: "A1", custody: chain.slice(1) })).toEqual(["custody_broken"]);
    expect(codesOf({ custody: [chain[0]!, { ...chain[1]!, time: after(-1) }] })).toEqual(["custody_broken"]);
    expect(codesOf({ seal: "A1", custody: [chain[0]!, { ...chain[1]!, seal: "B2" }] })).toEqual(["custody_broken"]);
  });
});
