import { Counter, Gauge, Histogram, type Registry } from "prom-client";
import type { Records } from "../store/records/records.ts";
import type { AttemptOutcome } from "./attempt.ts";

/** What the alerts role tells about itself at /metrics. */
export interface AlertMetrics {
  attempted(outcome: AttemptOutcome): void;
  routed(count: number): void;
  escalated(count: number): void;
}

export function alertMetrics(registry: Registry, records: Records, now: () => Date): AlertMetrics {
  const registers = [registry];
  const attempts = new Counter({
    name: "sewertrace_alert_attempts_total",
    help: "Attempts to deliver a message, by what became of the delivery",
    labelNames: ["format", "state"],
    registers,
  });
  const seconds = new Histogram({
    name: "sewertrace_alert_attempt_seconds",
    help: "Time an attempt took",
    labelNames: ["format"],
    buckets: [0.03, 0.1, 0.3, 1, 3, 10, 15],
    registers,
  });
  const routed = new Counter({
    name: "sewertrace_alert_judged_total",
    help: "Messages and held deliveries judged: who is told, and when",
    registers,
  });
  const escalated = new Counter({
    name: "sewertrace_alert_escalations_total",
    help: "Alerts whose time to be acknowledged ran out or was met",
    registers,
  });
  const paused = new Counter({
    name: "sewertrace_alert_endpoints_paused_total",
    help: "Endpoints switched off because nothing reached them",
    registers,
  });
  const oldest = new Gauge({
    name: "sewertrace_alert_oldest_due_seconds",
    help: "How long the oldest delivery that is due has been due",
    registers,
  });
  new Gauge({
    name: "sewertrace_alert_backlog",
    help: "Deliveries that wait or are held, and messages nobody has judged yet",
    labelNames: ["state"],
    registers,
    async collect() {
      const at = now();
      const found = await records.deliveries.backlog(at.toISOString()).catch(() => undefined); // /ready says that they are away
      if (!found) return;
      const { waiting, held, unrouted, oldestDueAt } = found;
      for (const [state, count] of Object.entries({ waiting, held, unrouted })) this.set({ state }, count);
      oldest.set(oldestDueAt ? Math.max(0, (at.getTime() - Date.parse(oldestDueAt)) / 1_000) : 0);
    },
  });
  return {
    attempted({ format, state, durationMs, paused: off }) {
      attempts.inc({ format, state });
      seconds.observe({ format }, durationMs / 1_000);
      if (off) paused.inc();
    },
    routed: (count) => routed.inc(count),
    escalated: (count) => escalated.inc(count),
  };
}
