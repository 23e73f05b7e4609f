import { describe, expect, it } from "vitest";
import { readingPoint, resultPoint } from "../../ingest/points.ts";
import { type SortedBatch, sortMessages } from "../../ingest/sort.ts";
import { MALFORMED_MESSAGES, MALFORMED_READINGS, MALFORMED_REPORTS, MALFORMED_RESULTS } from "../../simulation/malformed.ts";
import { type MixedStream, mixedStream } from "../../simulation/stream.ts";

const SETTINGS = { seed: 3, readings: 6_000, reports: 600, malformedShare: 0.02, duplicatedShare: 0.02 };
const stream = mixedStream(SETTINGS);

/** The pipeline's own sorting of the messages, the offset being the index. */
function sortStream({ sites, messages }: MixedStream): SortedBatch {
  const incoming = messages.map(({ topic, key, value, headers }, i) => ({
    topic,
    partition: 0,
    offset: BigInt(i),
    key: Buffer.from(key),
    value,
    headers,
    timestampMs: 0,
  }));
  return sortMessages(incoming, new Set(sites.map(({ siteId }) => siteId)), "2026-05-06T08:00:00.000Z");
}
const sorted = sortStream(stream);

const byText = (a: string, b: string) => (a < b ? -1 : 1);
const places = (places: readonly { offset: string; item: string; code: string | undefined }[]) =>
  places.map(({ offset, item, code }) => `${offset} ${item} ${code}`).toSorted(byText);

describe("the pipeline's validation finds in the stream", () => {
  it("exactly the malformed items, each with the expected code", () => {
    const found = sorted.deadLetters.map(({ offset, item, refusals }) => ({ offset, item, code: refusals[0]?.code }));
    const expected = stream.refusals.map(({ message, item, code }) => ({ offset: String(message), item, code }));
    expect(places(found)).toEqual(places(expected));
  });

  it("exactly the expected readings, in their stored units", () => {
    const found = new Map(
      sorted.readings.map(readingPoint).map((p) => [`${p.siteId} ${p.variant} ${p.name} ${p.timeMs}`, p.value]),
    );
    const expected = new Map(stream.readings.map((r) => [`${r.siteId} ${r.deviceId} ${r.quantity} ${r.timeMs}`, r.value]));
    expect(expected.size).toBe(stream.readings.length);
    expect([...found.keys()].toSorted(byText)).toEqual([...expected.keys()].toSorted(byText));
    for (const [identity, value] of expected) expect(found.get(identity), identity).toBeCloseTo(value, 6);
  });

  it("exactly the expected results, with their censoring", () => {
    const found = new Map(
      sorted.revisions.map((revision) => {
        const { siteId, timeMs, value, censored = false } = resultPoint(revision);
        const { analyte, method, replicate } = revision.result;
        const identity = `${revision.origin.labId} ${revision.sample.sampleId} ${siteId} ${analyte} ${method} ${replicate} ${timeMs}`;
        return [identity, { value, censored }];
      }),
    );
    const expected = new Map(
      stream.results.map((r) => [
        `${r.labId} ${r.sampleId} ${r.siteId} ${r.analyte} ${r.method} ${r.replicate} ${r.startMs}`,
        { value: r.value, censored: r.censored },
      ]),
    );
    expect(expected.size).toBe(stream.results.length);
    expect([...found.keys()].toSorted(byText)).toEqual([...expected.keys()].toSorted(byText));
    for (const [identity, { value, censored }] of expected) {
      expect(found.get(identity)?.censored, identity).toBe(censored);
      expect(found.get(identity)?.value, identity).toBeCloseTo(value, 6);
    }
  });
});

it("holds as many items, malformed ones and duplicates as asked", () => {
  const malformedReadings = 6_000 * 0.02;
  expect(stream.readings).toHaveLength(6_000 - malformedReadings);
  expect(sorted.readings.length - stream.readings.length).toBeGreaterThan(0.9 * 6_000 * 0.02);
  expect(sorted.readings.length - stream.readings.length).toBeLessThanOrEqual(6_000 * 0.02);
  expect(sorted.revisions.length - stream.results.length).toBeGreaterThan(0.9 * 600 * 0.02 * 12 * 0.98);
});

it("has every kind of malformation", () => {
  const kinds = [MALFORMED_READINGS, MALFORMED_MESSAGES, MALFORMED_REPORTS, MALFORMED_RESULTS].flat().map(({ kind }) => kind);
  expect(new Set(stream.refusals.map(({ kind }) => kind))).toEqual(new Set([...kinds, "array longer than allowed"]));
});

it("is the same for the same seed, and another for another", () => {
  const bytes = (one: MixedStream) => Buffer.concat(one.messages.map(({ value }) => value)).toString("base64");
  const small = { ...SETTINGS, readings: 300, reports: 20 };
  expect(bytes(mixedStream(small))).toBe(bytes(mixedStream(small)));
  expect(bytes(mixedStream({ ...small, seed: 4 }))).not.toBe(bytes(mixedStream(small)));
});

it("is shuffled: later readings of a device come before earlier ones", () => {
  const first = stream.messages.slice(0, 200).filter(({ topic }) => topic === "assay-reports");
  const days = first.map(({ value }) => /"start":"(.{10})/.exec(new TextDecoder().decode(value))?.[1] ?? "");
  expect(days).not.toEqual(days.toSorted(byText));
});
