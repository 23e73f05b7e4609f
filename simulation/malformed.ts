import type { WireObject } from "./streamItems.ts";

/** One way in which data from outside is wrong, and the code with which it must be refused. */
export interface Malformation<T> {
  kind: string;
  code: string;
  /** Spoils a well-formed item (or the message that holds it). Gets a copy of its own. */
  spoil(item: T): T;
}

const READING_FIELDS = ["siteId", "deviceId", "time", "quantity", "value", "unit"] as const;

/** Wrong readings: each is refused alone, and its neighbours in the message are kept. */
export const MALFORMED_READINGS: readonly Malformation<WireObject>[] = [
  { kind: "unknown field", code: "field_unknown", spoil: (reading) => ({ ...reading, colour: "brown" }) },
  ...READING_FIELDS.map((field) => ({
    kind: `missing ${field}`,
    code: "field_missing",
    spoil: ({ [field]: _gone, ...rest }: WireObject) => rest,
  })),
  { kind: "number as text", code: "field_invalid", spoil: (reading) => ({ ...reading, value: "0.41" }) },
  { kind: "NaN, which JSON writes as null", code: "field_invalid", spoil: (reading) => ({ ...reading, value: null }) },
  { kind: "unit of another dimension", code: "field_invalid", spoil: (reading) => ({ ...reading, unit: "kg" }) },
  { kind: "unknown unit", code: "field_invalid", spoil: (reading) => ({ ...reading, unit: "barrels/fortnight" }) },
  { kind: "impossible day", code: "field_invalid", spoil: (reading) => ({ ...reading, time: "2026-02-30T08:00:00+08:00" }) },
  { kind: "time without offset", code: "field_invalid", spoil: (reading) => ({ ...reading, time: "2026-02-03T08:00:00" }) },
  { kind: "unknown quantity", code: "field_invalid", spoil: (reading) => ({ ...reading, quantity: "vibe" }) },
  { kind: "not an object", code: "field_invalid", spoil: () => [] as unknown as WireObject },
  { kind: "unknown site", code: "site_unknown", spoil: (reading) => ({ ...reading, siteId: "nowhere" }) },
];

/** Wrong results: the sample's other results are kept. */
export const MALFORMED_RESULTS: readonly Malformation<WireObject>[] = [
  { kind: "negative concentration", code: "field_invalid", spoil: (result) => ({ ...result, censoring: "none", value: -3 }) },
  { kind: "zero for not detected", code: "field_invalid", spoil: (result) => ({ ...result, censoring: "none", value: 0 }) },
  { kind: "unknown analyte", code: "field_invalid", spoil: (result) => ({ ...result, analyte: "unobtainium" }) },
  { kind: "result without unit", code: "field_missing", spoil: ({ unit: _gone, ...rest }) => rest },
  { kind: "flow unit on a concentration", code: "field_invalid", spoil: (result) => ({ ...result, unit: "m3/d" }) },
  { kind: "unknown field of a result", code: "field_unknown", spoil: (result) => ({ ...result, remark: "cloudy" }) },
];

const inSample = (report: WireObject, change: WireObject) => ({
  ...report,
  sample: { ...(report["sample"] as WireObject), ...change },
});

/** Wrong reports: without a laboratory or a sample none of their results means anything, so the whole report is refused. */
export const MALFORMED_REPORTS: readonly Malformation<WireObject>[] = [
  {
    kind: "sample that ends before it starts",
    code: "field_invalid",
    spoil: (report) => inSample(report, { end: "2020-01-01T08:00:00+08:00" }),
  },
  { kind: "sample of an unknown site", code: "site_unknown", spoil: (report) => inSample(report, { siteId: "nowhere" }) },
  { kind: "unknown field of a sample", code: "field_unknown", spoil: (report) => inSample(report, { smell: "strong" }) },
  { kind: "report without laboratory", code: "field_missing", spoil: ({ labId: _gone, ...rest }) => rest },
  { kind: "report without results", code: "field_invalid", spoil: (report) => ({ ...report, results: [] }) },
];

/** What a message is made of, before it is sent. */
export interface MessageBody {
  value: Uint8Array;
  headers: Record<string, string>;
}

/** Messages that are wrong before anything in them can be read. */
export const MALFORMED_MESSAGES: readonly Malformation<MessageBody>[] = [
  {
    kind: "cut off JSON",
    code: "json_invalid",
    spoil: ({ value, headers }) => ({ value: value.subarray(0, value.length - 7), headers }),
  },
  { kind: "not UTF-8", code: "json_invalid", spoil: ({ value, headers }) => ({ value: notUtf8(value), headers }) },
  { kind: "empty message", code: "message_empty", spoil: ({ headers }) => ({ value: new Uint8Array(), headers }) },
  {
    kind: "schema of the future",
    code: "schema_unknown",
    spoil: ({ value, headers }) => ({ value, headers: { ...headers, schema: `${headers["schema"]}9` } }),
  },
];

/** The bytes stay JSON but for one: 0xE9 is é in Latin-1 and never stands before a quote in UTF-8. */
function notUtf8(value: Uint8Array): Uint8Array {
  const spoilt = Uint8Array.from(value);
  spoilt[spoilt.lastIndexOf(0x22) - 1] = 0xe9;
  return spoilt;
}
