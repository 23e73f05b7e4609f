import type { Logger } from "pino";
import { type SeriesChange, seriesChange } from "../../schemas/change.ts";
import type { Environment } from "../../schemas/config.ts";
import type { Log, MessageBatch } from "../../store/log/log.ts";
import type { Records } from "../../store/records/records.ts";
import type { Series } from "../../store/series/series.ts";
import { inSpan } from "../../store/spans.ts";
import { untilDurable } from "../../store/untilDurable.ts";
import { ANALYTICS_GROUP } from "./group.ts";
import type { AnalyticsMetrics } from "./metrics.ts";
import { analysePlant } from "./plant.ts";

/** Changes are small and many of one plant fall together: the more at once, the fewer times a plant is computed again. */
const CHANGES_PER_BATCH_MAX = 20_000;

export interface AnalyticsPorts {
  log: Log;
  series: Series;
  records: Records;
  logger: Logger;
  settings: Pick<
    Environment,
    "SEWERTRACE_PROFILES" | "SEWERTRACE_LEAD_PEOPLE_MIN" | "SEWERTRACE_LEAD_EXCESS_GD_MIN" | "SEWERTRACE_FALSE_ALARMS_PER_YEAR"
  >;
  metrics: AnalyticsMetrics;
  now: () => Date;
}

/**
 * Computes again every plant of which something changed, until the signal aborts. What is computed depends on what is stored now,
 * not on the change that woke it: late, amended and repeated data end in the same state.
 */
export async function runAnalytics(ports: AnalyticsPorts, signal: AbortSignal): Promise<void> {
  const subscription = { topic: "series-changes", group: ANALYTICS_GROUP, messagesMax: CHANGES_PER_BATCH_MAX, signal } as const;
  await ports.log.subscribe(subscription, (batch) => analyseBatch(ports, batch));
}

/** The message key is the plant, so all changes of a plant and its sewer come here in order and to one worker at a time. */
async function analyseBatch(ports: AnalyticsPorts, batch: MessageBatch): Promise<void> {
  const byPlant = Map.groupBy(batch.messages.flatMap(changeOf), ({ plantId }) => plantId);
  for (const [plantId, changes] of byPlant) {
    const started = performance.now();
    const own = changes.filter(({ change }) => change.cause !== "neighbours");
    const siteIds = [...new Set(own.map(({ change }) => change.siteId))];
    const judge = () => inSpan("judge", { "sewertrace.plant": plantId }, () => analysePlant(ports, plantId, siteIds));
    await untilDurable(`analyse ${plantId}`, judge, {
      signal: batch.signal,
      logger: ports.logger,
    });
    ports.metrics.analysed(changes.length, (performance.now() - started) / 1_000);
  }
}

/** Our own messages: one that does not parse is a bug, which ends the role with its stack. */
function changeOf({ key, value }: MessageBatch["messages"][number]): { plantId: string; change: SeriesChange }[] {
  if (key === null || value === null) return [];
  return [{ plantId: Buffer.from(key).toString(), change: seriesChange.parse(JSON.parse(Buffer.from(value).toString())) }];
}
