import { pino } from "pino";
import { expect, inject, onTestFinished } from "vitest";
import { INGEST_GROUP, INGEST_TOPICS } from "../../ingest/worker.ts";
import type { MixedStream, StreamMessage } from "../../simulation/stream.ts";
import { openKafkaLog } from "../../store/log/kafka.ts";
import type { Log } from "../../store/log/log.ts";
import { openPostgresRecords } from "../../store/records/open.ts";
import type { Records } from "../../store/records/records.ts";
import { openInfluxSeries } from "../../store/series/influx.ts";
import type { Series } from "../../store/series/series.ts";
import { createTestBucket, createTestDatabase, testTopicPrefix } from "../engines/isolation.ts";

/** The real stores of one test, and the settings under which a role of the program uses the same ones. */
export interface World {
  log: Log;
  series: Series;
  records: Records;
  settings: Record<string, string>;
}

export interface WorldOptions {
  /** Engines of the test's own, which it may break; else a part of the shared ones. */
  influx?: { url: string; token: string; org: string };
  postgres?: { url: string };
  brokers?: string[];
  replicationFactor?: number;
}

const PARTITIONS = 6;
const EVER = { fromMs: 0, toMs: Date.UTC(2100, 0) };

export async function openWorld(options: WorldOptions = {}): Promise<World> {
  const { brokers = inject("engines").kafka.brokers, replicationFactor = 1 } = options;
  const topicPrefix = testTopicPrefix();
  const bucket = options.influx ? { ...options.influx, bucket: "faults" } : createTestBucket();
  const postgres = options.postgres?.url ?? (await createTestDatabase());
  const logger = pino({ level: process.env["LOG_LEVEL"] ?? "silent" });
  const log = openKafkaLog({ brokers, topicPrefix, partitions: PARTITIONS, replicationFactor, logger });
  const series = openInfluxSeries({ url: bucket.url, token: bucket.token, org: bucket.org, bucket: bucket.bucket });
  const records = await openPostgresRecords({ url: postgres, schema: "public" });
  onTestFinished(async () => {
    await Promise.all([log.close(), series.close(), records.close()]);
  });
  return {
    log,
    series,
    records,
    settings: {
      SEWERTRACE_KAFKA_BROKERS: brokers.join(","),
      SEWERTRACE_KAFKA_PARTITIONS: String(PARTITIONS),
      SEWERTRACE_KAFKA_REPLICATION: String(replicationFactor),
      SEWERTRACE_TOPIC_PREFIX: topicPrefix,
      SEWERTRACE_INFLUX_URL: bucket.url,
      SEWERTRACE_INFLUX_TOKEN: bucket.token,
      SEWERTRACE_INFLUX_ORG: bucket.org,
      SEWERTRACE_INFLUX_BUCKET: bucket.bucket,
      SEWERTRACE_POSTGRES_URL: postgres,
    },
  };
}

export async function publishStream(log: Log, messages: readonly StreamMessage[]): Promise<void> {
  for (const topic of INGEST_TOPICS) {
    const own = messages.filter((message) => message.topic === topic);
    await log.publish(
      topic,
      own.map(({ key, value, headers }) => ({ key, value, headers })),
    );
  }
}

/** Messages that ingest has not committed yet. */
export async function ingestLag(log: Log): Promise<number> {
  const lags = await Promise.all(INGEST_TOPICS.map((topic) => log.lag(topic, INGEST_GROUP)));
  return lags.flat().reduce((sum, partition) => sum + Number(partition.lag), 0);
}

/** Messages that ingest has committed. */
export async function ingestCommitted(log: Log): Promise<number> {
  const lags = await Promise.all(INGEST_TOPICS.map((topic) => log.lag(topic, INGEST_GROUP)));
  return lags.flat().reduce((sum, { end, lag }) => sum + Number(end) - Number(lag), 0);
}

/** The stores hold what the stream says, each identity once, and nothing else. A difference names the lines. */
export async function expectStored({ series, records }: World, stream: MixedStream): Promise<void> {
  expect(await storedReadings(series)).toEqual(stream.readings.map(readingLine).toSorted());
  expect(await storedResults(records, stream)).toEqual(stream.results.map(resultLine).toSorted());
  const refused = stream.refusals.map(
    ({ message, item, code }) => `${bytesOf(stream.messages[message] as StreamMessage)} ${item} ${code}`,
  );
  expect(await storedDeadLetters(records)).toEqual(refused.toSorted());
}

const close = (value: number) => value.toPrecision(10); // a unit's factor may cost the last digits

function readingLine(r: { siteId: string; deviceId: string; quantity: string; timeMs: number; value: number }): string {
  return `${r.siteId} ${r.deviceId} ${r.quantity} ${r.timeMs} ${close(r.value)}`;
}

async function storedReadings(series: Series): Promise<string[]> {
  const points = await series.read({ measure: "reading", ...EVER });
  return points.map((p) => readingLine({ ...p, deviceId: p.variant, quantity: p.name })).toSorted();
}

function resultLine(r: {
  labId: string;
  sampleId: string;
  siteId: string;
  analyte: string;
  method: string;
  replicate: number;
  censored: boolean;
}): string {
  return `${r.labId} ${r.sampleId} ${r.siteId} ${r.analyte} ${r.method} ${r.replicate} ${r.censored}`;
}

async function storedResults(records: Records, { sites }: MixedStream): Promise<string[]> {
  const lines: string[] = [];
  for (const { siteId } of sites) {
    for (const analyte of await records.results.analytesOf(siteId)) {
      for (const { origin, sample, result } of await records.results.ofSeries(siteId, analyte)) {
        const { labId } = origin;
        const censored = result.censoring !== "none";
        lines.push(resultLine({ ...result, labId, sampleId: sample.sampleId, siteId, censored }));
      }
    }
  }
  return lines.toSorted();
}

const bytesOf = ({ value }: { value: Uint8Array | string | null }) => Buffer.from(value ?? "").toString("base64");

async function storedDeadLetters(records: Records): Promise<string[]> {
  const letters = await records.deadLetters.list({ limit: 10_000 });
  return letters.map(({ value, item, refusals }) => `${value} ${item} ${refusals[0]?.code}`).toSorted();
}
