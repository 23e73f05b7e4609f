import { Gauge, type Registry } from "prom-client";
import { ANALYTICS_GROUP } from "../../analytics/worker/group.ts";
import { INGEST_GROUP, INGEST_TOPICS } from "../../ingest/worker.ts";
import type { Log, Topic } from "../../store/log/log.ts";

const GROUPS: readonly { topic: Topic; group: string }[] = [
  ...INGEST_TOPICS.map((topic) => ({ topic, group: INGEST_GROUP })),
  { topic: "series-changes", group: ANALYTICS_GROUP },
];

/** Messages each consumer group still has to work off. */
export async function groupLags(log: Log): Promise<{ topic: Topic; group: string; lag: number }[]> {
  return Promise.all(
    GROUPS.map(async ({ topic, group }) => {
      const lags = await log.lag(topic, group);
      return { topic, group, lag: lags.reduce((sum, partition) => sum + Number(partition.lag), 0) };
    }),
  );
}

/** How many changes of series the analytics have worked off since the log began: grows when derived values may be new. */
export async function seriesChangesDone(log: Log): Promise<number> {
  const partitions = await log.lag("series-changes", ANALYTICS_GROUP);
  return partitions.reduce((sum, { committed }) => sum + Number(committed), 0);
}

/** The same at /metrics, asked for at each scrape. */
export function lagMetric(registry: Registry, log: Log): void {
  new Gauge({
    name: "sewertrace_log_lag",
    help: "Messages a consumer group still has to work off",
    labelNames: ["topic", "group"],
    registers: [registry],
    async collect() {
      for (const { topic, group, lag } of await groupLags(log).catch(() => [])) this.set({ topic, group }, lag);
    },
  });
}
