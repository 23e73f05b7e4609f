import { InfluxDB } from "@influxdata/influxdb-client";
import kafkajs from "kafkajs";
import { createInfluxAdmin, type InfluxPlace } from "../../store/series/influxAdmin.ts";
import { lineOf } from "../../store/series/influxWriter.ts";
import type { Point } from "../../store/series/series.ts";

const PARTITIONS_AT_ONCE = 4;
const WRITES_IN_FLIGHT = 4;
const POINTS_PER_WRITE = 5_000;

/** Consumes the whole topic, parses each message, commits after each batch. Resolves with seconds from the first batch to the last commit. */
export async function consumeOnly(brokers: string[], topic: string, groupId: string, messages: number): Promise<number> {
  const kafka = new kafkajs.Kafka({ brokers, logLevel: kafkajs.logLevel.NOTHING });
  const consumer = kafka.consumer({ groupId, maxWaitTimeInMs: 200, allowAutoTopicCreation: false });
  const ended = Promise.withResolvers<number>();
  let [beganMs, seen] = [0, 0];
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  await consumer.run({
    autoCommit: false,
    partitionsConsumedConcurrently: PARTITIONS_AT_ONCE,
    async eachBatch({ batch, commitOffsetsIfNecessary }) {
      beganMs ||= performance.now();
      for (const { value } of batch.messages) parses(value);
      const offset = String(BigInt(batch.lastOffset()) + 1n);
      await commitOffsetsIfNecessary({ topics: [{ topic, partitions: [{ partition: batch.partition, offset }] }] });
      seen += batch.messages.length;
      if (seen >= messages) ended.resolve((performance.now() - beganMs) / 1_000);
    },
  });
  const seconds = await ended.promise;
  await consumer.disconnect();
  return seconds;
}

function parses(value: Buffer | null): boolean {
  try {
    JSON.parse(String(value));
    return true;
  } catch {
    return false; // one in a thousand is malformed
  }
}

/** Writes the points with the client alone, some requests side by side. Resolves with seconds. */
export async function writeOnly(place: InfluxPlace, points: readonly Point[]): Promise<number> {
  await createInfluxAdmin(place).ensureBucket();
  const client = new InfluxDB({ url: place.url, token: place.token, timeout: 60_000 });
  const beganMs = performance.now();
  let next = 0;
  const lane = async () => {
    while (next < points.length) {
      const part = points.slice(next, next + POINTS_PER_WRITE);
      next += POINTS_PER_WRITE;
      const api = client.getWriteApi(place.org, place.bucket, "ns", {
        batchSize: part.length + 1, // flush() waits for what is left, and only for that
        maxBatchBytes: 1_000_000_000,
        flushInterval: 0,
        maxRetries: 0,
        gzipThreshold: 1_000_000_000, // as the adapter does
        writeFailed: async (error) => {
          throw error;
        },
      });
      api.writePoints(part.map(lineOf));
      await api.close();
    }
  };
  await Promise.all(Array.from({ length: WRITES_IN_FLIGHT }, lane));
  return (performance.now() - beganMs) / 1_000;
}
