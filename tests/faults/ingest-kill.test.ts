import { setTimeout as wait } from "node:timers/promises";
import { pino } from "pino";
import { expect, inject, it, onTestFinished } from "vitest";
import { INGEST_GROUP, INGEST_TOPICS } from "../../ingest/worker.ts";
import { mixedStream, type StreamMessage } from "../../simulation/stream.ts";
import { openKafkaLog } from "../../store/log/kafka.ts";
import type { Log } from "../../store/log/log.ts";
import { openPostgresRecords } from "../../store/records/open.ts";
import type { Records } from "../../store/records/records.ts";
import { openInfluxSeries } from "../../store/series/influx.ts";
import type { Series } from "../../store/series/series.ts";
import { startInflux } from "../engines/influx.ts";
import { createTestDatabase, testTopicPrefix } from "../engines/isolation.ts";
import { until } from "../store/log/contract.ts";
import { startRole } from "./roles.ts";

// Method: 50,000 readings and 2,000 assay reports in random order, 1 % malformed in ten ways, 2 % sent twice, on real Kafka, InfluxDB
// and PostgreSQL; ingest is killed twice while it works, and InfluxDB is away for 20 s. To repeat a run: FAULT_SEED=n.
const seed = Number(process.env["FAULT_SEED"] ?? Date.now() % 100_000);
const INFLUX_AWAY_MS = 20_000;
const EVER = { fromMs: 0, toMs: Date.UTC(2100, 0) };

it(`kill -9 of ingest twice and InfluxDB away for 20 s lose nothing and count nothing twice (seed ${seed})`, async () => {
  const stream = mixedStream({ seed });
  const influx = await startInflux();
  onTestFinished(influx.stop);
  const topicPrefix = testTopicPrefix();
  const { brokers } = inject("engines").kafka;
  const postgres = await createTestDatabase();
  const bucket = { url: influx.url, token: influx.token, org: influx.org, bucket: "faults" };
  const log = openKafkaLog({ brokers, topicPrefix, partitions: 6, replicationFactor: 1, logger: pino({ level: "silent" }) });
  const series = await openInfluxSeries(bucket);
  const records = await openPostgresRecords({ url: postgres, schema: "public" });
  onTestFinished(async () => {
    await Promise.all([log.close(), series.close(), records.close()]);
  });
  for (const site of stream.sites) await records.sites.save(site, "2026-01-01T00:00:00.000Z");
  const settings = {
    SEWERTRACE_KAFKA_BROKERS: brokers.join(","),
    SEWERTRACE_KAFKA_PARTITIONS: "6",
    SEWERTRACE_TOPIC_PREFIX: topicPrefix,
    SEWERTRACE_INFLUX_URL: influx.url,
    SEWERTRACE_INFLUX_TOKEN: influx.token,
    SEWERTRACE_INFLUX_ORG: influx.org,
    SEWERTRACE_INFLUX_BUCKET: "faults",
    SEWERTRACE_POSTGRES_URL: postgres,
  };
  const third = Math.ceil(stream.messages.length / 3);

  for (const from of [0, third]) {
    const ingest = startRole("ingest", settings);
    await publish(log, stream.messages.slice(from, from + third));
    await until(async () => (await committed(log)) > from, 10); // it is at work
    await ingest.kill();
  }
  await influx.stop();
  const ingest = startRole("ingest", settings);
  await publish(log, stream.messages.slice(2 * third));
  await wait(INFLUX_AWAY_MS);
  expect(await lag(log), ingest.output()).toBeGreaterThan(0); // it waits rather than drops
  await influx.start();
  await until(async () => (await lag(log)) === 0, 200);
  expect(await ingest.stop(), ingest.output()).toBe(0);

  expect(await storedReadings(series)).toEqual(sorted(stream.readings.map(readingLine)));
  expect(await storedResults(records, stream)).toEqual(sorted(stream.results.map(resultLine)));
  expect(await storedDeadLetters(records)).toEqual(
    sorted(
      stream.refusals.map(({ message, item, code }) => `${bytesOf(stream.messages[message] as StreamMessage)} ${item} ${code}`),
    ),
  );
}, 240_000);

async function publish(log: Log, messages: readonly StreamMessage[]): Promise<void> {
  for (const topic of INGEST_TOPICS) {
    const own = messages.filter((message) => message.topic === topic);
    await log.publish(
      topic,
      own.map(({ key, value, headers }) => ({ key, value, headers })),
    );
  }
}

async function lag(log: Log): Promise<number> {
  const lags = await Promise.all(INGEST_TOPICS.map((topic) => log.lag(topic, INGEST_GROUP)));
  return lags.flat().reduce((sum, partition) => sum + Number(partition.lag), 0);
}

async function committed(log: Log): Promise<number> {
  const lags = await Promise.all(INGEST_TOPICS.map((topic) => log.lag(topic, INGEST_GROUP)));
  return lags.flat().reduce((sum, { end, lag: left }) => sum + Number(end) - Number(left), 0);
}

const sorted = (lines: readonly string[]) => lines.toSorted();
const close = (value: number) => value.toPrecision(10); // a unit's factor may cost the last digits

function readingLine(r: { siteId: string; deviceId: string; quantity: string; timeMs: number; value: number }): string {
  return `${r.siteId} ${r.deviceId} ${r.quantity} ${r.timeMs} ${close(r.value)}`;
}

async function storedReadings(series: Series): Promise<string[]> {
  const points = await series.read({ measure: "reading", ...EVER });
  return sorted(points.map((p) => readingLine({ ...p, deviceId: p.variant, quantity: p.name })));
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

async function storedResults(records: Records, { sites }: { sites: { siteId: string }[] }): Promise<string[]> {
  const lines: string[] = [];
  for (const { siteId } of sites) {
    for (const analyte of await records.results.analytesOf(siteId)) {
      for (const { origin, sample, result } of await records.results.ofSeries(siteId, analyte)) {
        lines.push(
          resultLine({
            ...result,
            labId: origin.labId,
            sampleId: sample.sampleId,
            siteId,
            censored: result.censoring !== "none",
          }),
        );
      }
    }
  }
  return sorted(lines);
}

const bytesOf = ({ value }: { value: Uint8Array | string | null }) => Buffer.from(value ?? "").toString("base64");

async function storedDeadLetters(records: Records): Promise<string[]> {
  const letters = await records.deadLetters.list({ limit: 10_000 });
  return sorted(letters.map(({ value, item, refusals }) => `${value} ${item} ${refusals[0]?.code}`));
}
