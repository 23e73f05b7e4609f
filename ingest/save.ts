import type { SeriesChange } from "../schemas/change.ts";
import { localDay } from "../schemas/days.ts";
import type { Site } from "../schemas/site.ts";
import type { Log, OutgoingMessage } from "../store/log/log.ts";
import { addCustody } from "../store/records/custody.ts";
import type { Records } from "../store/records/records.ts";
import { currentRevision, type ResultRevision } from "../store/records/revisions.ts";
import type { Point, Series } from "../store/series/series.ts";
import { readingPoint, resultPoint, resultSeries } from "./points.ts";
import type { SortedBatch } from "./sort.ts";

export interface SavePorts {
  log: Log;
  series: Series;
  records: Records;
}

/**
 * Records first (the truth, and the dead letters with it), then the series, then word of the change. Each step is idempotent:
 * after a crash anywhere the batch comes again and ends in the same state.
 * @param sites every site the batch speaks of
 */
export async function saveBatch(
  { log, series, records }: SavePorts,
  batch: SortedBatch,
  sites: ReadonlyMap<string, Site>,
): Promise<void> {
  const { readings, revisions, deadLetters } = batch;
  if (revisions.length > 0 || deadLetters.length > 0) {
    await records.transaction(async (inside) => {
      await inside.results.append(revisions);
      const reported = revisions.map(({ origin: { labId }, sample }) => ({ labId, sample }));
      await addCustody(inside, [...new Map(reported.map((one) => [one.sample, one])).values()]);
      await inside.deadLetters.add(deadLetters);
    });
  }
  const contested = await settleContested(records, revisions);
  for (const point of contested.stale) {
    await series.remove({
      measure: point.measure,
      siteIds: [point.siteId],
      names: [point.name],
      variants: [point.variant],
      fromMs: point.timeMs,
      toMs: point.timeMs + 1,
    });
  }
  const settled = new Set(contested.identities);
  const plain = revisions.filter((revision) => !settled.has(revision.identity));
  const points = [...readings.map(readingPoint), ...[...plain, ...contested.current].map(resultPoint)];
  if (points.length > 0) await series.write(points);
  const changes = changesOf(batch, contested, sites);
  if (changes.length > 0) await log.publish("series-changes", changes);
}

interface Contested {
  identities: string[];
  /** Revisions that count now and are not withdrawn. */
  current: ResultRevision[];
  /** Where earlier revisions left a point. */
  stale: Point[];
  all: ResultRevision[];
}

/** Identities with more than one revision: which one counts, and which points must go. */
async function settleContested(records: Records, revisions: readonly ResultRevision[]): Promise<Contested> {
  const identities = await records.results.contested([...new Set(revisions.map((revision) => revision.identity))]);
  const all = await records.results.revisionsOf(identities);
  const current = [...Map.groupBy(all, (revision) => revision.identity).values()]
    .map((group) => currentRevision(group).current)
    .filter((revision) => !revision.result.withdrawn);
  const stale = all.map((revision) => ({
    ...resultSeries(revision.sample, revision.result, revision.origin.labId),
    timeMs: Date.parse(revision.sample.start),
    value: 0,
  }));
  return { identities, current, stale, all };
}

/** One change a site and name, over all its days; keyed by the plant, so that a sewer's manholes and its plant stay in order. */
function changesOf(
  { readings, revisions }: SortedBatch,
  contested: Contested,
  sites: ReadonlyMap<string, Site>,
): OutgoingMessage[] {
  const amended = new Set(contested.identities);
  const touched = [
    ...readings.map((r) => ({ siteId: r.siteId, name: r.quantity, time: r.time, cause: "new" as const })),
    ...[...revisions, ...contested.all].map(({ identity, sample, result }) => ({
      siteId: sample.siteId,
      name: result.analyte,
      time: sample.start,
      cause: result.withdrawn ? ("withdrawn" as const) : amended.has(identity) ? ("amended" as const) : ("new" as const),
    })),
  ];
  const groups = Map.groupBy(touched, ({ siteId, name }) => `${siteId} ${name}`);
  return [...groups.values()].map((group) => {
    const [{ siteId, name, cause }] = group as [(typeof group)[number]];
    const site = sites.get(siteId);
    const times = group.map(({ time }) => Date.parse(time));
    const timeZone = site?.timeZone ?? "UTC";
    const change: SeriesChange = {
      siteId,
      name,
      from: localDay(min(times), timeZone),
      to: localDay(max(times), timeZone),
      cause,
    };
    return { key: site?.parentSiteId ?? siteId, value: JSON.stringify(change), headers: { schema: "series-changes/1" } };
  });
}

const min = (values: readonly number[]) => values.reduce((a, b) => Math.min(a, b));
const max = (values: readonly number[]) => values.reduce((a, b) => Math.max(a, b));
