import { type AssayReport, type AssayResult, assayReport, assayResult, RESULTS_PER_REPORT_MAX } from "../schemas/assay.ts";
import { READINGS_PER_RECORD_MAX, type Reading, reading } from "../schemas/reading.ts";
import { type Place, type Refusal, refusalsOf, shown } from "../schemas/refusal.ts";
import type { IncomingMessage } from "../store/log/log.ts";
import type { NewDeadLetter } from "../store/records/deadLetters.ts";
import { contentHashOf, identityOf, sampleHashOf } from "../store/records/results.ts";
import type { ResultRevision } from "../store/records/revisions.ts";
import { decodeMessage } from "./decode.ts";

/** What a batch of messages holds, sorted: a bad item never takes its batch along. */
export interface SortedBatch {
  readings: Reading[];
  revisions: ResultRevision[];
  deadLetters: NewDeadLetter[];
}

/**
 * Validates every message and every item in it. Pure: the same messages and sites give the same facts and dead letters.
 * @param knownSites ids of the sites on record; data of other sites is refused, since nothing could be made of it
 * @param receivedAt ISO time written into what is kept
 */
export function sortMessages(
  messages: readonly IncomingMessage[],
  knownSites: ReadonlySet<string>,
  receivedAt: string,
): SortedBatch {
  const sorted: SortedBatch = { readings: [], revisions: [], deadLetters: [] };
  for (const message of messages) {
    const decoded = decodeMessage(message, placeOf(message));
    const items: Item[] =
      "refusals" in decoded ? [refused("", decoded.refusals)] : itemsOf(message, decoded.value, knownSites, receivedAt);
    for (const item of items) {
      if (item.reading) sorted.readings.push(item.reading);
      else if (item.revision) sorted.revisions.push(item.revision);
      else sorted.deadLetters.push(toDeadLetter(message, item, receivedAt));
    }
  }
  return sorted;
}

/** One item of a message: what it is, or why it is not. */
interface Item {
  /** Where it stands in the message; empty for the whole message. */
  path: string;
  reading?: Reading;
  revision?: ResultRevision;
  refusals?: Refusal[];
}

const refused = (path: string, refusals: Refusal[]): Item => ({ path, refusals });

function itemsOf(message: IncomingMessage, value: unknown, knownSites: ReadonlySet<string>, receivedAt: string): Item[] {
  if (message.topic === "sampler-readings") return readingItems(value, placeOf(message), knownSites);
  if (message.topic === "assay-reports") return resultItems(message, value, knownSites, receivedAt);
  throw new RangeError(`sortMessages: ${message.topic} is not ingested`);
}

function readingItems(value: unknown, where: Place, knownSites: ReadonlySet<string>): Item[] {
  if (!Array.isArray(value)) return [readingItem(value, "", where, knownSites)];
  if (value.length > READINGS_PER_RECORD_MAX) return [refused("", [tooManyReadings(where, value.length)])];
  return value.map((item: unknown, index) => readingItem(item, `[${index}]`, inside(where, `[${index}]`), knownSites));
}

function readingItem(value: unknown, path: string, where: Place, knownSites: ReadonlySet<string>): Item {
  const parsed = reading.safeParse(value);
  if (!parsed.success) return refused(path, refusalsOf(parsed.error, value, where));
  const { siteId } = parsed.data;
  if (knownSites.has(siteId)) return { path, reading: parsed.data };
  return refused(path, [siteUnknown(inside(where, path ? `${path}.siteId` : "siteId"), siteId)]);
}

/** The envelope (laboratory, sample) stands for all its results; each result stands for itself. */
const envelope = assayReport.omit({ results: true });

function resultItems(message: IncomingMessage, value: unknown, knownSites: ReadonlySet<string>, receivedAt: string): Item[] {
  const where = placeOf(message);
  const { results, ...rest } = Object(value) as { results?: unknown };
  const head = envelope.safeParse(isObject(value) ? rest : value);
  if (!head.success) return [refused("", refusalsOf(head.error, value, where))];
  if (!Array.isArray(results) || results.length === 0 || results.length > RESULTS_PER_REPORT_MAX) {
    return [refused("", [resultsOutOfRange(where, results)])];
  }
  const { sample } = head.data;
  if (!knownSites.has(sample.siteId)) return [refused("", [siteUnknown(inside(where, "sample.siteId"), sample.siteId)])];
  const revisionOf = revisionMaker(message, head.data, receivedAt);
  return results.map((item: unknown, index) => {
    const path = `results[${index}]`;
    const parsed = assayResult.safeParse(item);
    return parsed.success
      ? { path, revision: revisionOf(parsed.data) }
      : refused(path, refusalsOf(parsed.error, item, inside(where, path)));
  });
}

function revisionMaker(message: IncomingMessage, report: Omit<AssayReport, "results">, receivedAt: string) {
  const { labId, uploadId, sample, revision = null } = report;
  const reportedAt = new Date(report.reportedAt ?? message.timestampMs).toISOString();
  const sampleHash = sampleHashOf(labId, sample);
  const { topic, partition, offset } = message;
  const origin = { labId, uploadId, reportedAt, revision, topic, partition, offset: String(offset) };
  const orderKey = `${reportedAt}/${uploadId}`;
  return (result: AssayResult): ResultRevision => {
    const identity = identityOf(labId, sample.sampleId, result);
    return { identity, contentHash: contentHashOf(sampleHash, result), sampleHash, orderKey, sample, result, origin, receivedAt };
  };
}

function toDeadLetter(message: IncomingMessage, { path, refusals = [] }: Item, arrivedAt: string): NewDeadLetter {
  const { topic, partition, offset, headers, value } = message;
  return { topic, partition, offset: String(offset), item: path, headers, value: value ?? new Uint8Array(), refusals, arrivedAt };
}

function placeOf({ topic, partition, offset }: IncomingMessage): Place {
  return { topic, partition, offset: String(offset) };
}

const inside = (where: Place, path: string): Place => ({ ...where, path });

function siteUnknown(where: Place, found: string): Refusal {
  return {
    code: "site_unknown",
    where,
    found,
    expected: "the id of a site on record (GET /api/v1/sites)",
    mend: "Add the site (PUT /api/v1/sites/:siteId or `sewertrace import sites`), then replay the dead letter; or correct the id.",
  };
}

function tooManyReadings(where: Place, found: number): Refusal {
  return {
    code: "too_many_readings",
    where,
    found: `${found} readings`,
    expected: `at most ${READINGS_PER_RECORD_MAX} readings in one message`,
    mend: "Send the readings in several messages.",
  };
}

function resultsOutOfRange(where: Place, found: unknown): Refusal {
  return {
    code: found === undefined ? "field_missing" : "field_invalid",
    where: inside(where, "results"),
    found: Array.isArray(found) ? `${found.length} results` : shown(found),
    expected: `a list of 1 to ${RESULTS_PER_REPORT_MAX} results`,
    mend: "Send the sample with its results, in several reports where they are more.",
  };
}

const isObject = (value: unknown): value is object => typeof value === "object" && value !== null && !Array.isArray(value);
