import type { InjectOptions } from "fastify";
import type { Role } from "../../schemas/key.ts";

const V = "/api/v1";
const note = { siteId: "plant-a", from: "2026-05-01", to: "2026-05-02", kind: "storm", text: "60 mm in an hour" };
const days = "?from=2026-05-01&to=2026-05-04";
const open = "anomaly-2026-05-04";
const why = { reason: "a barrel was found" };
const snooze = { until: "2026-05-20", reason: "the festival's second weekend" };

/** The declared answers of what analysts use, for answers.test.ts: operation, status, who asks, and what differs from its path. */
export const ANALYST_CASES: [name: string, status: number, who: Role | undefined, options?: InjectOptions][] = [
  [`GET ${V}/programmes`, 200, "analyst"],
  [`GET ${V}/ratios`, 200, "analyst", { url: `${V}/ratios?siteId=plant-a` }],
  [`GET ${V}/ratios`, 400, "analyst"],
  [`GET ${V}/aggregates`, 200, "analyst", { url: `${V}/aggregates?analyte=mdma` }],
  [`GET ${V}/aggregates`, 400, "analyst", { url: `${V}/aggregates?analyte=mdma&every=hour` }],
  [`GET ${V}/annotations`, 200, "analyst", { url: `${V}/annotations?siteId=plant-a` }],
  [`GET ${V}/annotations`, 400, "analyst"],
  [`POST ${V}/annotations`, 200, "analyst", { payload: note }],
  [`POST ${V}/annotations`, 400, "analyst", { payload: { ...note, to: "2026-04-30" } }],
  [`POST ${V}/annotations`, 404, "analyst", { payload: { ...note, siteId: "plant-x" } }],
  [`DELETE ${V}/annotations/{annotationId}`, 204, "admin", { url: `${V}/annotations/<annotation>` }],
  [`DELETE ${V}/annotations/{annotationId}`, 404, "analyst"],
  [`POST ${V}/visits`, 200, "analyst"],
  [`GET ${V}/changes`, 200, "analyst", { url: `${V}/changes?since=2026-05-01T00:00:00Z` }],
  [`GET ${V}/changes`, 400, "analyst", { url: `${V}/changes?since=yesterday` }],
  [`GET ${V}/sites/{siteId}/samples`, 200, "analyst", { url: `${V}/sites/plant-a/samples${days}` }],
  [`GET ${V}/sites/{siteId}/samples`, 400, "analyst", { url: `${V}/sites/plant-a/samples?from=2020-01-01&to=2026-05-01` }],
  [`GET ${V}/sites/{siteId}/samples`, 404, "analyst", { url: `${V}/sites/plant-x/samples${days}` }],
  [`GET ${V}/sites/{siteId}/days`, 200, "analyst", { url: `${V}/sites/plant-a/days${days}` }],
  [`GET ${V}/sites/{siteId}/days`, 400, "analyst", { url: `${V}/sites/plant-a/days` }],
  [`GET ${V}/sites/{siteId}/days`, 404, "analyst", { url: `${V}/sites/plant-x/days${days}` }],
  [`POST ${V}/anomalies/{anomalyId}/lead`, 202, "investigator", { url: `${V}/anomalies/${open}/lead`, payload: why }],
  [`POST ${V}/anomalies/{anomalyId}/lead`, 400, "investigator", { payload: { reason: " " } }],
  [`POST ${V}/anomalies/{anomalyId}/lead`, 404, "investigator", { payload: why }],
  [`POST ${V}/anomalies/{anomalyId}/lead`, 409, "investigator", { url: `${V}/anomalies/anomaly-2026-05-01/lead`, payload: why }],
  [`GET ${V}/anomalies/regional`, 200, "analyst"],
  [`GET ${V}/anomalies/regional`, 400, "analyst", { url: `${V}/anomalies/regional?since=yesterday` }],
  [`GET ${V}/anomalies/snoozes`, 200, "analyst"],
  [`POST ${V}/anomalies/{anomalyId}/snooze`, 200, "analyst", { url: `${V}/anomalies/${open}/snooze`, payload: snooze }],
  [`POST ${V}/anomalies/{anomalyId}/snooze`, 400, "analyst", { payload: { until: "soon", reason: "r" } }],
  [`POST ${V}/anomalies/{anomalyId}/snooze`, 404, "analyst", { payload: snooze }],
  [
    `POST ${V}/anomalies/{anomalyId}/snooze`,
    409,
    "analyst",
    { url: `${V}/anomalies/${open}/snooze`, payload: { ...snooze, until: "2027-05-20" } },
  ],
  [`DELETE ${V}/anomalies/{anomalyId}/snooze`, 204, "analyst", { url: `${V}/anomalies/${open}/snooze` }],
  [`DELETE ${V}/anomalies/{anomalyId}/snooze`, 404, "analyst"],
];
