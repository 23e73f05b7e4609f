import { expect, it } from "vitest";
import { sortMessages } from "../../ingest/sort.ts";
import type { IncomingMessage, Topic } from "../../store/log/log.ts";

const SITES = new Set(["plant-a"]);
const AT = "2026-05-06T08:00:00.000Z";

const reading = {
  siteId: "plant-a",
  deviceId: "flow-1",
  time: "2026-05-04T07:30:00+08:00",
  quantity: "flow",
  value: 45_000,
  unit: "m3/d",
  status: "ok",
};
const result = { analyte: "methamphetamine", value: 186, unit: "ng/L", method: "JD-YJY02.10-2021", loq: 2 };
const report = {
  labId: "lab-1",
  uploadId: "u-1",
  sample: {
    sampleId: "s-1",
    siteId: "plant-a",
    mode: "flowProportional",
    start: "2026-05-04T08:00:00+08:00",
    end: "2026-05-05T08:00:00+08:00",
  },
  results: [result],
};

const message = (topic: Topic, value: unknown, more: Partial<IncomingMessage> = {}): IncomingMessage => ({
  topic,
  partition: 3,
  offset: 17n,
  key: null,
  value: value instanceof Uint8Array ? value : Buffer.from(JSON.stringify(value)),
  headers: { schema: `${topic}/1` },
  timestampMs: Date.parse(AT),
  ...more,
});
const sort = (topic: Topic, value: unknown, more?: Partial<IncomingMessage>) =>
  sortMessages([message(topic, value, more)], SITES, AT);
const codes = (topic: Topic, value: unknown, more?: Partial<IncomingMessage>) =>
  sort(topic, value, more).deadLetters.map((letter) => letter.refusals[0]?.code);

it("takes one reading or an array of them", () => {
  expect(sort("sampler-readings", reading).readings).toEqual([reading]);
  expect(sort("sampler-readings", [reading, reading]).readings).toHaveLength(2);
});

it("refuses one bad reading and keeps its neighbours", () => {
  const { readings, deadLetters } = sort("sampler-readings", [reading, { ...reading, value: "0.41" }, reading]);
  expect(readings).toHaveLength(2);
  expect(deadLetters).toHaveLength(1);
  expect(deadLetters[0]).toMatchObject({ item: "[1]", topic: "sampler-readings", partition: 3, offset: "17" });
  expect(deadLetters[0]?.refusals[0]).toMatchObject({ code: "field_invalid", found: "0.41", where: { path: "[1].value" } });
});

it("refuses one bad result and keeps the others of the sample", () => {
  const { revisions, deadLetters } = sort("assay-reports", { ...report, results: [result, { ...result, unit: "g/d" }] });
  expect(revisions.map((revision) => revision.result.analyte)).toEqual(["methamphetamine"]);
  expect(deadLetters[0]?.refusals[0]?.where.path).toBe("results[1].unit");
});

it.each([
  ["json_invalid", "sampler-readings", Buffer.from("{"), {}],
  ["json_invalid", "sampler-readings", Uint8Array.of(0xff, 0xfe, 0x00), {}],
  ["message_empty", "sampler-readings", new Uint8Array(), {}],
  ["message_empty", "assay-reports", new Uint8Array(), { value: null }],
  ["schema_unknown", "sampler-readings", reading, { headers: { schema: "sampler-readings/2" } }],
  ["field_unknown", "sampler-readings", { ...reading, colour: "brown" }, {}],
  ["field_missing", "sampler-readings", { ...reading, unit: undefined }, {}],
  ["field_invalid", "sampler-readings", { ...reading, unit: "ng/L" }, {}],
  ["field_invalid", "sampler-readings", { ...reading, time: "2026-02-30T00:00:00Z" }, {}],
  ["site_unknown", "sampler-readings", { ...reading, siteId: "nowhere" }, {}],
  ["too_many_readings", "sampler-readings", Array(1_001).fill(reading), {}],
  ["field_invalid", "sampler-readings", 7, {}],
  ["field_invalid", "assay-reports", [report], {}],
  ["field_missing", "assay-reports", { ...report, results: undefined }, {}],
  ["field_invalid", "assay-reports", { ...report, results: [] }, {}],
  ["field_invalid", "assay-reports", { ...report, results: [{ ...result, value: -1 }] }, {}],
  ["field_invalid", "assay-reports", { ...report, results: [{ ...result, value: 0 }] }, {}],
  ["field_invalid", "assay-reports", { ...report, results: [{ ...result, analyte: "unobtainium" }] }, {}],
  ["field_missing", "assay-reports", { ...report, sample: undefined }, {}],
  ["site_unknown", "assay-reports", { ...report, sample: { ...report.sample, siteId: "nowhere" } }, {}],
] as const)("%s: %s", (code, topic, value, more) => {
  expect(codes(topic, value, more)).toEqual([code]);
});

it("keeps the bytes as they came, and says how to mend it", () => {
  const bytes = Buffer.from('{"siteId": "plant-a"');
  const [letter] = sort("sampler-readings", bytes).deadLetters;
  expect(letter?.value).toEqual(bytes);
  expect(letter?.refusals[0]).toMatchObject({ expected: "JSON in UTF-8", mend: expect.stringContaining("Mend") });
});

it("a message without a schema header is taken at its topic's word", () => {
  expect(sort("sampler-readings", reading, { headers: {} }).readings).toHaveLength(1);
});

it("knows an analyte by its Chinese name and keeps its id", () => {
  const { revisions } = sort("assay-reports", { ...report, results: [{ ...result, analyte: "甲基苯丙胺" }] });
  expect(revisions[0]?.result.analyte).toBe("methamphetamine");
});

it("the same content has the same identity and content hash, another upload or not", () => {
  const [a] = sort("assay-reports", report).revisions;
  const [b] = sort("assay-reports", { ...report, uploadId: "u-2" }).revisions;
  const [c] = sort("assay-reports", { ...report, results: [{ ...result, value: 187 }] }).revisions;
  expect([b?.identity, b?.contentHash]).toEqual([a?.identity, a?.contentHash]);
  expect(c?.identity).toBe(a?.identity);
  expect(c?.contentHash).not.toBe(a?.contentHash);
});
