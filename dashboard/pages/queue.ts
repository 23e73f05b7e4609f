import type { Anomaly, Snooze } from "../../schemas/anomaly.ts";

export const SORTS = ["newest", "ratio", "evidence"] as const;
export type Sort = (typeof SORTS)[number];

const DAY_MS = 86_400_000;

interface ServerFilter {
  siteId?: string;
  analyte?: string;
  state?: string;
  since?: string;
}

/** What the server filters by: what is put off is open or acknowledged, so its state is not asked for. */
export function filterOf(query: Record<string, string>, now = new Date()): ServerFilter {
  const state = query["state"] ?? "open";
  const days = Number(query["days"]);
  return {
    ...(state === "any" || state === "snoozed" ? {} : { state }),
    ...(query["site"] ? { siteId: query["site"] } : {}),
    ...(query["analyte"] ? { analyte: query["analyte"] } : {}),
    ...(days > 0 ? { since: new Date(now.getTime() - days * DAY_MS).toISOString().slice(0, 10) } : {}),
  };
}

/** What of it is shown, in the order asked for. What is put off is out of the open queue until its day. */
export function shownOf(
  anomalies: readonly Anomaly[],
  snoozes: ReadonlyMap<string, Snooze>,
  query: Record<string, string>,
): Anomaly[] {
  const state = query["state"] ?? "open";
  const ratioMin = Number(query["ratio"] ?? 0);
  return anomalies
    .filter(({ anomalyId }) => (state === "snoozed" ? snoozes.has(anomalyId) : state !== "open" || !snoozes.has(anomalyId)))
    .filter(({ verdict }) => !query["verdict"] || (verdict?.source ?? "undetermined") === query["verdict"])
    .filter(({ ratio }) => ratio >= ratioMin)
    .toSorted(ORDERS[(query["sort"] ?? "newest") as Sort] ?? ORDERS.newest);
}

const newest = (a: Anomaly, b: Anomaly) => b.end.localeCompare(a.end) || b.score - a.score;
const ORDERS: Record<Sort, (a: Anomaly, b: Anomaly) => number> = {
  newest,
  ratio: (a, b) => b.ratio - a.ratio || newest(a, b),
  evidence: (a, b) => b.score - a.score || newest(a, b),
};
