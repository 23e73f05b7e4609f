import { READINGS_PER_RECORD_MAX } from "../schemas/reading.ts";
import type { Site } from "../schemas/site.ts";
import {
  MALFORMED_MESSAGES,
  MALFORMED_READINGS,
  MALFORMED_REPORTS,
  MALFORMED_RESULTS,
  type Malformation,
  type MessageBody,
} from "./malformed.ts";
import { type Random, seededRandom } from "./random.ts";
import { type ExpectedReading, type ExpectedResult, streamReading, streamReport, type WireObject } from "./streamItems.ts";

export interface StreamSettings {
  seed: number;
  /** Readings in all, the malformed ones among them. */
  readings?: number;
  reports?: number;
  malformedShare?: number;
  /** Share of the readings, and of the reports, that come once more. */
  duplicatedShare?: number;
}

/** A message for the log, as a sender would publish it. */
export interface StreamMessage extends MessageBody {
  topic: "sampler-readings" | "assay-reports";
  key: string;
}

/** One dead letter that must be kept. A malformed message that comes twice is kept twice, each under its own offset. */
export interface ExpectedRefusal {
  /** Index in `messages`. */
  message: number;
  /** Where it stands in the message, as the dead letter says: `[3]`, `results[2]`, or empty for the whole. */
  item: string;
  code: string;
  kind: string;
}

export interface MixedStream {
  /** What must be on record before the messages come. */
  sites: Site[];
  messages: StreamMessage[];
  /** What the stores must hold afterwards, and nothing else: each identity once. */
  readings: ExpectedReading[];
  results: ExpectedResult[];
  refusals: ExpectedRefusal[];
}

const SITES = 20;
/** Readings of one message: many come alone, some in arrays. */
const GROUP_SIZES = [1, 1, 2, 10, 40] as const;

/**
 * Readings and assay reports for an end-to-end test: shuffled, some malformed in every known way, some sent twice, with exactly
 * what must be stored and what must be refused. The same settings give the same bytes.
 */
export function mixedStream(settings: StreamSettings): MixedStream {
  const { seed, readings = 50_000, reports = 2_000, malformedShare = 0.01, duplicatedShare = 0.02 } = settings;
  const random = seededRandom(seed, "stream");
  const sites = Array.from({ length: SITES }, (_, i) => siteOf(i));
  const siteIds = sites.map(({ siteId }) => siteId);
  const sampled = readingDrafts(random, siteIds, readings, malformedShare);
  const assayed = reportDrafts(random, siteIds, reports, malformedShare);
  const shuffled = random.shuffled([
    ...sampled,
    ...assayed,
    // half of them come in the same message again, half in another
    ...resent(random, sampled, (duplicatedShare * readings) / 2),
    ...regrouped(random, sampled, (duplicatedShare * readings) / 2),
    ...resent(random, assayed, duplicatedShare * reports),
  ]);
  return {
    sites,
    messages: shuffled.map(({ topic, key, value, headers }) => ({ topic, key, value, headers })),
    readings: sampled.flatMap(({ accepted }) => accepted.map(({ expected }) => expected)),
    results: assayed.flatMap(({ accepted }) => accepted),
    refusals: shuffled.flatMap(({ refused }, message) => refused.map((refusal) => ({ message, ...refusal }))),
  };
}

function siteOf(index: number): Site {
  return {
    siteId: `stream-${index + 1}`,
    name: `Stream plant ${index + 1}`,
    kind: "wwtp",
    timeZone: "Asia/Shanghai",
    population: { people: 50_000 + 10_000 * index, source: "simulated", year: 2026 },
  };
}

type StreamReading = ReturnType<typeof streamReading>;

/** A message before it is shuffled, with what must become of each thing in it. */
interface Draft<T> extends StreamMessage {
  /** How many readings or reports it counts for. */
  size: number;
  accepted: T[];
  refused: Omit<ExpectedRefusal, "message">[];
}

/** Every kind of malformation comes equally often, as far as the share allows. */
function readingDrafts(
  random: Random,
  siteIds: readonly string[],
  count: number,
  malformedShare: number,
): Draft<StreamReading>[] {
  const kinds = [...MALFORMED_READINGS, ...MALFORMED_MESSAGES, TOO_MANY];
  const spoilt = spoiltAt(random, count, malformedShare, kinds);
  const bySite = Map.groupBy(
    Array.from({ length: count }, (_, i) => i),
    (i) => i % siteIds.length,
  );
  return [...bySite].flatMap(([site, indices]) => {
    const key = siteIds[site] as string;
    const alone = indices.filter((i) => isOfMessage(spoilt.get(i)));
    const together = indices.filter((i) => !isOfMessage(spoilt.get(i)));
    const reading = (i: number) => streamReading(random, i, siteIds);
    return [
      ...alone.map((i) => spoiltMessage(key, reading(i), spoilt.get(i) as Malformation<MessageBody>)),
      ...groups(random, together).map((group) =>
        readingsMessage(
          random,
          key,
          group.map((i) => ({ ...reading(i), fault: spoilt.get(i) as Malformation<WireObject> | undefined })),
        ),
      ),
    ];
  });
}

/** An array of one reading too many; the readings in it are one and the same, none is to be stored. */
const TOO_MANY: Malformation<MessageBody> = {
  kind: "array longer than allowed",
  code: "too_many_readings",
  spoil: ({ value, headers }) => {
    const one = new TextDecoder().decode(value);
    return {
      value: encoded(
        `[${Array(READINGS_PER_RECORD_MAX + 1)
          .fill(one)
          .join(",")}]`,
      ),
      headers,
    };
  },
};

const isOfMessage = (fault: unknown) => fault === TOO_MANY || MALFORMED_MESSAGES.includes(fault as Malformation<MessageBody>);

function spoiltMessage(
  key: string,
  { wire }: StreamReading,
  { kind, code, spoil }: Malformation<MessageBody>,
): Draft<StreamReading> {
  const body = spoil({ value: encoded(JSON.stringify(wire)), headers: headersOf("sampler-readings") });
  return { topic: "sampler-readings", key, ...body, size: 1, accepted: [], refused: [{ item: "", kind, code }] };
}

function readingsMessage(
  random: Random,
  key: string,
  items: readonly (StreamReading & { fault: Malformation<WireObject> | undefined })[],
): Draft<StreamReading> {
  const bare = items.length === 1 && random.uniform() < 0.5; // a lone reading comes as an object or as an array of one
  const wires = items.map(({ wire, fault }) => (fault ? fault.spoil(wire) : wire));
  const isArray = !bare || Array.isArray(wires[0]);
  return {
    topic: "sampler-readings",
    key,
    value: encoded(JSON.stringify(isArray ? wires : wires[0])),
    headers: headersOf("sampler-readings"),
    size: items.length,
    accepted: items.filter(({ fault }) => !fault).map(({ wire, expected }) => ({ wire, expected })),
    refused: items.flatMap(({ fault }, i) =>
      fault ? [{ item: isArray ? `[${i}]` : "", kind: fault.kind, code: fault.code }] : [],
    ),
  };
}

function reportDrafts(
  random: Random,
  siteIds: readonly string[],
  count: number,
  malformedShare: number,
): Draft<ExpectedResult>[] {
  const kinds = [...MALFORMED_REPORTS, ...MALFORMED_RESULTS];
  const spoilt = spoiltAt(random, count, malformedShare, kinds);
  return Array.from({ length: count }, (_, i): Draft<ExpectedResult> => {
    const { wire, expected } = streamReport(random, i, siteIds);
    const fault = spoilt.get(i);
    const place = fault && MALFORMED_RESULTS.includes(fault) ? random.integer(0, expected.length - 1) : undefined;
    const sent = !fault ? wire : place === undefined ? fault.spoil(wire) : withResult(wire, place, fault);
    return {
      topic: "assay-reports",
      key: siteIds[i % siteIds.length] as string,
      value: encoded(JSON.stringify(sent)),
      headers: headersOf("assay-reports"),
      size: 1,
      accepted: !fault ? expected : place === undefined ? [] : expected.toSpliced(place, 1),
      refused: fault ? [{ item: place === undefined ? "" : `results[${place}]`, kind: fault.kind, code: fault.code }] : [],
    };
  });
}

function withResult(report: WireObject, place: number, { spoil }: Malformation<WireObject>): WireObject {
  const results = report["results"] as WireObject[];
  return { ...report, results: results.with(place, spoil(results[place] as WireObject)) };
}

/** Which of the items are malformed, and how. */
function spoiltAt<T>(random: Random, count: number, share: number, kinds: readonly T[]): Map<number, T> {
  const indices = random.shuffled(Array.from({ length: count }, (_, i) => i)).slice(0, Math.round(count * share));
  return new Map(indices.map((index, n) => [index, kinds[n % kinds.length] as T]));
}

/** Whole messages again, byte for byte, until they hold so many items. */
function resent<T>(random: Random, drafts: readonly Draft<T>[], items: number): Draft<T>[] {
  const again: Draft<T>[] = [];
  let held = 0;
  for (const draft of random.shuffled(drafts)) {
    if (held + draft.size > Math.round(items)) continue;
    again.push(draft);
    held += draft.size;
  }
  return again;
}

/** Readings again, in messages of other sizes than they came in first. */
function regrouped(random: Random, drafts: readonly Draft<StreamReading>[], items: number): Draft<StreamReading>[] {
  const all = drafts.flatMap(({ key, accepted }) => accepted.map((reading) => ({ key, ...reading, fault: undefined })));
  const chosen = random.shuffled(all).slice(0, Math.round(items));
  return [...Map.groupBy(chosen, ({ key }) => key)].flatMap(([key, readings]) =>
    groups(random, readings).map((group) => readingsMessage(random, key, group)),
  );
}

function groups<T>(random: Random, items: readonly T[]): T[][] {
  const cut: T[][] = [];
  for (let from = 0; from < items.length; from += cut.at(-1)?.length ?? 0) {
    cut.push(items.slice(from, from + random.pick(GROUP_SIZES)));
  }
  return cut;
}

const encoder = new TextEncoder();
const encoded = (text: string): Uint8Array => encoder.encode(text);

const headersOf = (topic: StreamMessage["topic"]) => ({ schema: `${topic}/1` });
