import type { Logger } from "pino";
import type { Site } from "../schemas/site.ts";
import type { MessageBatch } from "../store/log/log.ts";
import { PointsRefused } from "../store/series/series.ts";
import { inSpan } from "../store/spans.ts";
import { untilDurable } from "../store/untilDurable.ts";
import type { IngestMetrics } from "./metrics.ts";
import { type SavePorts, saveBatch } from "./save.ts";
import { type SortedBatch, sortMessages } from "./sort.ts";

export const INGEST_TOPICS = ["sampler-readings", "assay-reports"] as const;
export const INGEST_GROUP = "ingest";

/**
 * A report with a full panel is about 5 kB, a gateway's single reading 150 bytes: a batch stays below 3 MB. Each costs a request
 * to InfluxDB and one to Kafka, so few small ones would make ingest wait most of its time. The log bounds the bytes of larger ones.
 */
const MESSAGES_PER_BATCH_MAX = { "sampler-readings": 5_000, "assay-reports": 500 } as const;

export interface IngestPorts extends SavePorts {
  logger: Logger;
  metrics: IngestMetrics;
  now: () => Date;
}

/** Runs until the signal aborts; the batches in progress are finished first. */
export async function runIngest(ports: IngestPorts, signal: AbortSignal): Promise<void> {
  await Promise.all(
    INGEST_TOPICS.map((topic) =>
      ports.log.subscribe({ topic, group: INGEST_GROUP, messagesMax: MESSAGES_PER_BATCH_MAX[topic], signal }, (batch) =>
        ingestBatch(ports, batch),
      ),
    ),
  );
}

/** Resolves when everything of the batch is kept: only then may its offset be committed. */
async function ingestBatch(ports: IngestPorts, batch: MessageBatch): Promise<void> {
  const { records, logger, metrics, now } = ports;
  const done = metrics.started(batch);
  const sites = await untilDurable("read the sites", () => sitesOf(records), { signal: batch.signal, logger });
  const sorted = sortMessages(batch.messages, new Set(sites.keys()), now().toISOString());
  await untilDurable("save a batch", () => saveOrRefuse(ports, sorted, sites), { signal: batch.signal, logger });
  done(sorted);
}

/** Points that the series will never take cannot stop the others: they are reported, and the records still hold them. */
async function saveOrRefuse(ports: IngestPorts, sorted: SortedBatch, sites: ReadonlyMap<string, Site>): Promise<void> {
  try {
    await inSpan("store", sizesOf(sorted), () => saveBatch(ports, sorted, sites));
  } catch (error) {
    if (!(error instanceof PointsRefused)) throw error;
    ports.metrics.pointsRefused(error.refused.length);
    ports.logger.error({ refused: error.refused.slice(0, 20), count: error.refused.length }, "the series store refused points");
  }
}

const sizesOf = ({ readings, revisions, deadLetters }: SortedBatch) => ({
  "sewertrace.readings": readings.length,
  "sewertrace.results": revisions.length,
  "sewertrace.refused": deadLetters.length,
});

async function sitesOf(records: IngestPorts["records"]): Promise<Map<string, Site>> {
  return new Map((await records.sites.list()).map((site) => [site.siteId, site]));
}
