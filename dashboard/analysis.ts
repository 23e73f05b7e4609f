import type { Annotation } from "../schemas/annotation.ts";
import type { RegionalRise, Snooze } from "../schemas/anomaly.ts";
import { answer, at, client } from "./answer.ts";
import type { Measure, SeriesOf } from "./api.ts";
import type { paths } from "./client/paths.ts";

type Answer<Path extends keyof paths> = paths[Path] extends {
  get: { responses: { 200: { content: { "application/json": infer Content } } } };
}
  ? Content
  : never;

/** Of a derived number, what its reader is told; the whole provenance is for programs. */
export type Explanation = Pick<Answer<"/api/v1/explanations">["items"][number], "quantity" | "variant" | "series" | "sentences">;
export type Programme = Answer<"/api/v1/programmes">["items"][number];
export type Ratios = Answer<"/api/v1/ratios">["items"][number];
export type Aggregates = Answer<"/api/v1/aggregates">;
export type Changes = Answer<"/api/v1/changes">;
export type KeptSample = Answer<"/api/v1/sites/{siteId}/samples">["items"][number];
/** What of a flagged result the pages show. */
export interface FlaggedResult {
  analyte: string;
  day: string;
  flags: { ruleId: string; severity: string }[];
}
export type QualityRule = Pick<Answer<"/api/v1/quality/rules">["items"][number], "id" | "title">;
export type SiteDays = Answer<"/api/v1/sites/{siteId}/days">;
export type Latest = Answer<"/api/v1/series/latest">["items"][number];
export type AnnotationDraft = Pick<Annotation, "siteId" | "analyte" | "from" | "to" | "kind" | "text">;

/** What the analyst's pages ask of the server beside the series themselves. */
export const analysis = {
  explanations: async (
    query: { siteId: string; analyte: string; day: string; language: "en" | "zh" },
    signal?: AbortSignal,
  ): Promise<Explanation[]> => (await answer(client.GET("/api/v1/explanations", { params: { query }, ...at(signal) }))).items,
  programmes: async (signal?: AbortSignal) => (await answer(client.GET("/api/v1/programmes", at(signal)))).items,
  ratios: async (siteId: string, signal?: AbortSignal) =>
    (await answer(client.GET("/api/v1/ratios", { params: { query: { siteId } }, ...at(signal) }))).items,
  aggregates: (
    query: { analyte: string; by: "country" | "region"; every: "month" | "year" },
    signal?: AbortSignal,
  ): Promise<Aggregates> => answer(client.GET("/api/v1/aggregates", { params: { query }, ...at(signal) })),
  annotations: async (siteId: string, analyte: string, signal?: AbortSignal): Promise<Annotation[]> =>
    (await answer(client.GET("/api/v1/annotations", { params: { query: { siteId, analyte } }, ...at(signal) }))).items,
  annotate: (draft: AnnotationDraft): Promise<Annotation> => answer(client.POST("/api/v1/annotations", { body: draft })),
  removeAnnotation: (annotationId: string): Promise<unknown> =>
    answer(client.DELETE("/api/v1/annotations/{annotationId}", { params: { path: { annotationId } } })),
  visit: async () => (await answer(client.POST("/api/v1/visits"))).previous,
  changes: (since: string, signal?: AbortSignal): Promise<Changes> =>
    answer(client.GET("/api/v1/changes", { params: { query: { since } }, ...at(signal) })),
  samples: async (siteId: string, days: { from: string; to: string }, signal?: AbortSignal): Promise<KeptSample[]> =>
    (await answer(client.GET("/api/v1/sites/{siteId}/samples", { params: { path: { siteId }, query: days }, ...at(signal) })))
      .items,
  days: (siteId: string, days: { from: string; to: string }, signal?: AbortSignal): Promise<SiteDays> =>
    answer(client.GET("/api/v1/sites/{siteId}/days", { params: { path: { siteId }, query: days }, ...at(signal) })),
  quality: async (siteId: string, days: { from: string; to: string }, signal?: AbortSignal): Promise<FlaggedResult[]> =>
    (await answer(client.GET("/api/v1/quality", { params: { query: { siteId, ...days } }, ...at(signal) }))).items,
  qualityRules: async (signal?: AbortSignal): Promise<QualityRule[]> =>
    (await answer(client.GET("/api/v1/quality/rules", at(signal)))).items,
  /** Every series of the sites and substances, thinned to about so many points. */
  grid: async (
    query: { siteId: string[]; analyte: string[]; measure: Measure; points: number },
    signal?: AbortSignal,
  ): Promise<SeriesOf[]> =>
    query.siteId.length === 0 || query.analyte.length === 0
      ? []
      : (await answer(client.GET("/api/v1/series", { params: { query }, ...at(signal) }))).items,
  latest: async (analyte: string, signal?: AbortSignal): Promise<Latest[]> =>
    (
      await answer(
        client.GET("/api/v1/series/latest", {
          params: { query: { analyte, measure: "populationNormalisedLoad" } },
          ...at(signal),
        }),
      )
    ).items,
  regional: async (
    query: { analyte?: string; since?: string; anomalyId?: string },
    signal?: AbortSignal,
  ): Promise<RegionalRise[]> =>
    (await answer(client.GET("/api/v1/anomalies/regional", { params: { query: { limit: 500, ...query } }, ...at(signal) })))
      .items,
  snoozes: async (signal?: AbortSignal): Promise<Snooze[]> =>
    (await answer(client.GET("/api/v1/anomalies/snoozes", at(signal)))).items,
  snooze: (anomalyId: string, until: string, reason: string): Promise<Snooze> =>
    answer(client.POST("/api/v1/anomalies/{anomalyId}/snooze", { params: { path: { anomalyId } }, body: { until, reason } })),
  askForLead: (anomalyId: string, reason: string): Promise<unknown> =>
    answer(client.POST("/api/v1/anomalies/{anomalyId}/lead", { params: { path: { anomalyId } }, body: { reason } })),
  awaken: (anomalyId: string): Promise<unknown> =>
    answer(client.DELETE("/api/v1/anomalies/{anomalyId}/snooze", { params: { path: { anomalyId } } })),
};
