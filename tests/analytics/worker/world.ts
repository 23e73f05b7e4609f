import { setTimeout as wait } from "node:timers/promises";
import { pino } from "pino";
import { Registry } from "prom-client";
import { ANALYTICS_GROUP } from "../../../analytics/worker/group.ts";
import { analyticsMetrics } from "../../../analytics/worker/metrics.ts";
import { analysePlant } from "../../../analytics/worker/plant.ts";
import { type AnalyticsPorts, runAnalytics } from "../../../analytics/worker/worker.ts";
import { readingsMessage, reportMessage } from "../../../ingest/publish.ts";
import { saveBatch } from "../../../ingest/save.ts";
import { sortMessages } from "../../../ingest/sort.ts";
import { type Environment, environment } from "../../../schemas/config.ts";
import type { Site } from "../../../schemas/site.ts";
import { openEmbeddedFile } from "../../../store/embedded.ts";
import { openEmbeddedLog } from "../../../store/log/embedded.ts";
import type { OutgoingMessage, Topic } from "../../../store/log/log.ts";
import { openEmbeddedRecords } from "../../../store/records/open.ts";
import { openEmbeddedSeries } from "../../../store/series/embedded.ts";
import { MEASURES, type Point } from "../../../store/series/series.ts";

export const NOW = "2026-05-06T08:00:00.000Z";
export const EVER = { fromMs: 0, toMs: Date.UTC(2200, 0) };

/** A report as a laboratory sends it, and a reading as a probe does: taken through ingest's own validation. */
type Sent = { reports?: readonly object[]; readings?: readonly object[] };

export interface PlantWorld extends AnalyticsPorts {
  /** What arrived is validated, kept and computed, as the roles do it. */
  receive(site: Site, sent: Sent): Promise<void>;
  /** What arrived is validated and kept, not yet computed. */
  ingest(sites: readonly Site[], sent: Sent): Promise<void>;
  /** The analytics role takes all changes there are, also those that it causes itself, and ends. */
  settle(): Promise<void>;
  /** Every derived point of the site, as stored. */
  points(siteId: string): Promise<Point[]>;
  close(): Promise<void>;
}

/** The analytics over embedded stores in memory. */
export async function openPlantWorld(settings: Partial<Environment> = {}): Promise<PlantWorld> {
  const file = openEmbeddedFile(":memory:");
  const [log, series, records] = [openEmbeddedLog(file), openEmbeddedSeries(file), await openEmbeddedRecords(file)];
  const ports = {
    log,
    series,
    records,
    logger: pino({ level: "silent" }),
    settings: { ...environment.parse({}), ...settings },
    metrics: analyticsMetrics(new Registry()),
    now: () => new Date(NOW),
  };
  let offset = 0n;
  const incoming = (topic: Topic) => (message: OutgoingMessage) => ({
    topic,
    partition: 0,
    offset: offset++,
    key: Buffer.from(message.key),
    value: Buffer.from(message.value),
    headers: message.headers ?? {},
    timestampMs: Date.parse(NOW),
  });
  const ingest: PlantWorld["ingest"] = async (known, { reports = [], readings = [] }) => {
    for (const site of known) await records.sites.save(site, NOW);
    const messages = [
      ...reports.map((report) => reportMessage(report as never)).map(incoming("assay-reports")),
      ...(readings.length > 0 ? [readingsMessage(known[0]!.siteId, readings as never)].map(incoming("sampler-readings")) : []),
    ];
    const sites = new Map((await records.sites.list()).map((one) => [one.siteId, one]));
    const sorted = sortMessages(messages, new Set(sites.keys()), NOW);
    if (sorted.deadLetters.length > 0) throw new Error(JSON.stringify(sorted.deadLetters[0]?.refusals));
    await saveBatch(ports, sorted, sites);
  };
  return {
    ...ports,
    ingest,
    async settle() {
      const stop = new AbortController();
      const running = runAnalytics(ports, stop.signal);
      const isBehind = async () => (await log.lag("series-changes", ANALYTICS_GROUP)).some(({ lag }) => lag > 0n);
      while (await isBehind()) await wait(5);
      stop.abort();
      await running;
    },
    async receive(site, sent) {
      await ingest([site], sent);
      await analysePlant(ports, site.parentSiteId ?? site.siteId, [site.siteId]);
    },
    async points(siteId) {
      const all = await Promise.all(MEASURES.map((measure) => series.read({ measure, siteIds: [siteId], ...EVER })));
      return all.flat().filter(({ measure, variant }) => measure !== "reading" && variant.includes("@"));
    },
    async close() {
      await log.close();
      await records.close();
      await file.close();
    },
  };
}
