/**
 * Messages a second through ingest on real Kafka, InfluxDB and PostgreSQL, beside what its two clients do alone on the same data.
 * Run: node bench/ingest/run.ts [messages] [rounds]
 */
import { randomBytes } from "node:crypto";
import pg from "pg";
import { pino } from "pino";
import { Registry } from "prom-client";
import { type IngestMetrics, ingestMetrics } from "../../ingest/metrics.ts";
import { readingPoint } from "../../ingest/points.ts";
import { INGEST_GROUP, runIngest } from "../../ingest/worker.ts";
import { reading } from "../../schemas/reading.ts";
import { openKafkaLog } from "../../store/log/kafka.ts";
import type { Log } from "../../store/log/log.ts";
import { openPostgresRecords } from "../../store/records/open.ts";
import { openInfluxSeries } from "../../store/series/influx.ts";
import type { InfluxPlace } from "../../store/series/influxAdmin.ts";
import type { Point, Series } from "../../store/series/series.ts";
import { type EngineAddresses, startEngines } from "../../tests/engines/engines.ts";
import { consumeOnly, writeOnly } from "./ceilings.ts";
import { isMalformed, message, sites } from "./messages.ts";

const [messages, rounds] = [Number(process.argv[2] ?? 200_000), Number(process.argv[3] ?? 3)];
const TOPIC = "sampler-readings";
const PARTITIONS = 12;
const MESSAGES_PER_PUBLISH = 5_000;
const logger = pino({ level: "warn" });
const run = `bench-${randomBytes(4).toString("hex")}`;
const malformed = Array.from({ length: messages }, (_, n) => isMalformed(n)).filter(Boolean).length;

const engines = await startEngines();
try {
  await measure(engines.addresses);
} finally {
  await engines.stop();
}

async function measure({ kafka, influx, postgres }: EngineAddresses): Promise<void> {
  const topicPrefix = `${run}.`;
  const log = openKafkaLog({ ...kafka, topicPrefix, partitions: PARTITIONS, replicationFactor: 1, logger });
  await publishMessages(log);
  const points = expectedPoints();
  const bytes = String(message(0).value).length;
  print(`${messages} messages of about ${bytes} bytes, ${PARTITIONS} partitions, ${sites.length} sites, ${malformed} malformed`);
  const rates: { consume: number; write: number; ingest: number }[] = [];
  for (let round = 1; round <= rounds; round++) {
    const bucket = `${run}-${round}`;
    const consume = messages / (await consumeOnly(kafka.brokers, topicPrefix + TOPIC, `${run}-only-${round}`, messages));
    const write = points.length / (await writeOnly({ ...influx, bucket: `${bucket}-only` }, points));
    const ingest = messages / (await ingestAll(log, { ...influx, bucket }, await createDatabase(postgres.url, bucket)));
    rates.push({ consume, write, ingest });
    print(`round ${round}: kafkajs ${rate(consume)}, InfluxDB client ${rate(write)}, ingest ${rate(ingest)} messages/s`);
  }
  await log.close();
  const [consume, write, ingest] = (["consume", "write", "ingest"] as const).map((name) => median(rates.map((r) => r[name])));
  print(`ceiling (a), kafkajs and JSON.parse only    ${rate(consume!)} messages/s`);
  print(`ceiling (b), InfluxDB client only           ${rate(write!)} points/s`);
  print(`end to end, the ingest role                 ${rate(ingest!)} messages/s`);
  print(`end to end / slower ceiling                 ${(ingest! / Math.min(consume!, write!)).toFixed(2)} (aim: 0.5 or better)`);
}

async function publishMessages(log: Log): Promise<void> {
  for (let from = 0; from < messages; from += MESSAGES_PER_PUBLISH) {
    const count = Math.min(MESSAGES_PER_PUBLISH, messages - from);
    await log.publish(
      TOPIC,
      Array.from({ length: count }, (_, n) => message(from + n)),
    );
  }
}

function expectedPoints(): Point[] {
  const points: Point[] = [];
  for (let n = 0; n < messages; n++) {
    if (!isMalformed(n)) points.push(readingPoint(reading.parse(JSON.parse(String(message(n).value)))));
  }
  return points;
}

/**
 * Runs the role on an empty bucket and database until everything is kept, then proves it: lag 0, every point, every dead letter.
 * @returns seconds from the first batch to the last one kept
 */
async function ingestAll(log: Log, place: InfluxPlace, databaseUrl: string): Promise<number> {
  const records = await openPostgresRecords({ url: databaseUrl, schema: "public" });
  const series = openInfluxSeries(place);
  for (const site of sites) await records.sites.save(site, "2026-01-01T00:00:00.000Z");
  await log.seek(TOPIC, INGEST_GROUP, "earliest");
  const kept = Promise.withResolvers<number>();
  const metrics = timed(ingestMetrics(new Registry()), kept.resolve);
  const stop = new AbortController();
  const running = runIngest({ log, series, records, logger, metrics, now: () => new Date() }, stop.signal);
  const seconds = await Promise.race([kept.promise, running.then(() => Number.NaN)]);
  stop.abort();
  await running;
  const lag = (await log.lag(TOPIC, INGEST_GROUP)).reduce((sum, partition) => sum + Number(partition.lag), 0);
  const stored = await countStored(series);
  const letters = Object.values(await records.deadLetters.countOpen()).reduce((sum, count) => sum + count, 0);
  if (lag !== 0 || stored !== messages - malformed || letters !== malformed) {
    throw new Error(`not everything was kept: lag ${lag}, ${stored} points, ${letters} dead letters`);
  }
  await Promise.all([series.close(), records.close()]);
  return seconds;
}

/** The role's own metrics, with a clock from the first batch to the one that completes the messages. */
function timed(metrics: IngestMetrics, onAllKept: (seconds: number) => void): IngestMetrics {
  let [beganMs, kept] = [0, 0];
  return {
    ...metrics,
    started(batch) {
      beganMs ||= performance.now();
      const done = metrics.started(batch);
      return (sorted) => {
        done(sorted);
        kept += batch.messages.length;
        if (kept >= messages) onAllKept((performance.now() - beganMs) / 1_000);
      };
    },
  };
}

/** @returns its URL */
async function createDatabase(url: string, name: string): Promise<string> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(`CREATE DATABASE "${name}"`);
  await client.end();
  return url.replace(/\/[^/]*$/, `/${name}`);
}

async function countStored(series: Series): Promise<number> {
  const [fromMs, toMs] = [Date.UTC(2026, 0, 1), Date.UTC(2027, 0, 1)];
  const windows = await series.readWindows({ measure: "reading", fromMs, toMs, windowS: 86_400 });
  return windows.reduce((sum, { count }) => sum + count, 0);
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
}

function rate(perSecond: number): string {
  return Math.round(perSecond).toLocaleString("en").padStart(9);
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
