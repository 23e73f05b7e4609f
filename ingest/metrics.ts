import { Counter, Gauge, Histogram, type Registry } from "prom-client";
import type { MessageBatch } from "../store/log/log.ts";
import type { SortedBatch } from "./sort.ts";

/** What ingest tells about itself at /metrics. */
export interface IngestMetrics {
  /** Call when a batch begins; the returned function when all of it is kept. */
  started(batch: MessageBatch): (sorted: SortedBatch) => void;
  pointsRefused(count: number): void;
}

export function ingestMetrics(registry: Registry): IngestMetrics {
  const registers = [registry];
  const labelNames = ["topic"];
  const messages = new Counter({
    name: "sewertrace_ingest_messages_total",
    help: "Messages taken and kept",
    labelNames,
    registers,
  });
  const items = new Counter({
    name: "sewertrace_ingest_items_total",
    help: "Readings and results kept",
    labelNames: ["kind"],
    registers,
  });
  const refused = new Counter({
    name: "sewertrace_ingest_refused_total",
    help: "Items refused to the dead letters, by code",
    labelNames: ["code"],
    registers,
  });
  const pointsRefused = new Counter({
    name: "sewertrace_ingest_points_refused_total",
    help: "Points the series store refused for good",
    registers,
  });
  const seconds = new Histogram({
    name: "sewertrace_ingest_batch_seconds",
    help: "Time from taking a batch to having kept it",
    labelNames,
    buckets: [0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100],
    registers,
  });
  const inProgress = new Map<MessageBatch, number>();
  new Gauge({
    name: "sewertrace_ingest_oldest_unwritten_seconds",
    help: "Age of the oldest message that is taken but not yet kept",
    registers,
    collect() {
      const oldest = Math.min(...inProgress.values());
      this.set(Number.isFinite(oldest) ? (Date.now() - oldest) / 1000 : 0);
    },
  });
  return {
    started(batch) {
      inProgress.set(batch, Math.min(...batch.messages.map((message) => message.timestampMs)));
      const stop = seconds.startTimer({ topic: batch.topic });
      return ({ readings, revisions, deadLetters }) => {
        inProgress.delete(batch);
        stop();
        messages.inc({ topic: batch.topic }, batch.messages.length);
        items.inc({ kind: "reading" }, readings.length);
        items.inc({ kind: "result" }, revisions.length);
        for (const letter of deadLetters) refused.inc({ code: letter.refusals[0]?.code ?? "" });
      };
    },
    pointsRefused: (count) => pointsRefused.inc(count),
  };
}
