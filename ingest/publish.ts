import type { AssayReport } from "../schemas/assay.ts";
import type { Reading } from "../schemas/reading.ts";
import type { Log, OutgoingMessage } from "../store/log/log.ts";

/** A report is about 5 kB: one publish stays at a few megabytes. */
const MESSAGES_PER_PUBLISH = 500;

export function reportMessage(report: AssayReport): OutgoingMessage {
  return { key: report.sample.siteId, value: JSON.stringify(report), headers: { schema: "assay-reports/1" } };
}

/** @param readings of one site, at most READINGS_PER_RECORD_MAX */
export function readingsMessage(siteId: string, readings: readonly Reading[]): OutgoingMessage {
  return { key: siteId, value: JSON.stringify(readings), headers: { schema: "sampler-readings/1" } };
}

/**
 * Publishes everything, some hundred messages at a time.
 * @param onPublished called with the number of messages that have become durable
 */
export async function publishAll(
  log: Log,
  topic: "assay-reports" | "sampler-readings",
  messages: AsyncIterable<OutgoingMessage> | Iterable<OutgoingMessage>,
  onPublished: (count: number) => void = () => undefined,
): Promise<void> {
  let batch: OutgoingMessage[] = [];
  const flush = async () => {
    await log.publish(topic, batch);
    onPublished(batch.length);
    batch = [];
  };
  for await (const message of messages) {
    batch.push(message);
    if (batch.length === MESSAGES_PER_PUBLISH) await flush();
  }
  if (batch.length > 0) await flush();
}
