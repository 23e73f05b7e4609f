import { Counter, Histogram, type Registry } from "prom-client";

/** What analytics tells about itself at /metrics. */
export interface AnalyticsMetrics {
  /** A plant was computed again, because of so many changes. */
  analysed(changes: number, seconds: number): void;
}

export function analyticsMetrics(registry: Registry): AnalyticsMetrics {
  const registers = [registry];
  const changes = new Counter({
    name: "sewertrace_analytics_changes_total",
    help: "Changes of series worked off",
    registers,
  });
  const seconds = new Histogram({
    name: "sewertrace_analytics_plant_seconds",
    help: "Time to compute a plant and its sewer again",
    buckets: [0.1, 0.3, 1, 3, 10, 30, 100, 300],
    registers,
  });
  return {
    analysed(count, took) {
      changes.inc(count);
      seconds.observe(took);
    },
  };
}
