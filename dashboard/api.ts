import type { Anomaly } from "../schemas/anomaly.ts";
import type { DeadLetter } from "../schemas/deadLetter.ts";
import type { Lead, LeadState } from "../schemas/lead.ts";
import type { Site } from "../schemas/site.ts";
import type { Substance } from "../schemas/substances.ts";
import type { Upload, UploadAnswer, UploadReason, Verification } from "../schemas/upload.ts";
import { all, answer, at, client } from "./answer.ts";
import type { paths } from "./client/paths.ts";
import type { Session } from "./session.ts";

/** Every call to the server that a page makes. Paths, fields and answers are checked against the OpenAPI document (client/paths.ts). */
export const api = {
  session: (): Promise<Session> => answer(client.GET("/api/v1/session")),
  signInWays: (): Promise<{ identityProvider: string | null }> => answer(client.GET("/api/v1/session/ways")),
  signIn: (key: string): Promise<unknown> => answer(client.POST("/api/v1/session", { body: { key } })),
  signOut: (): Promise<unknown> => answer(client.DELETE("/api/v1/session")),
  overview: (query: { analyte: string; measure: Measure }, signal?: AbortSignal): Promise<Overview> =>
    answer(client.GET("/api/v1/overview", { params: { query: query as OverviewQuery }, ...at(signal) })) as Promise<Overview>,
  /** Plants only: a mapped sewer has hundreds of manholes, which the lead's network shows. */
  plants: (signal?: AbortSignal): Promise<Site[]> =>
    all((page) => client.GET("/api/v1/sites", { params: { query: { ...page, kind: "wwtp" } }, ...at(signal) })) as Promise<
      Site[]
    >, // a pair is a list to the document
  site: async (siteId: string, signal?: AbortSignal): Promise<SiteDetail> => {
    const { site, analytes } = await answer(
      client.GET("/api/v1/sites/{siteId}", { params: { path: { siteId } }, ...at(signal) }),
    );
    return { ...(site as Site), analytes };
  },
  series: (query: SeriesQuery, signal?: AbortSignal): Promise<{ items: SeriesOf[] }> =>
    answer(client.GET("/api/v1/series", { params: { query }, ...at(signal) })),
  anomalies: (query: AnomalyQuery, signal?: AbortSignal): Promise<Anomaly[]> =>
    all((page) =>
      client.GET("/api/v1/anomalies", {
        params: { query: { ...page, ...(query as Stated<"/api/v1/anomalies">) } },
        ...at(signal),
      }),
    ),
  anomaly: (anomalyId: string, signal?: AbortSignal): Promise<Anomaly> =>
    answer(client.GET("/api/v1/anomalies/{anomalyId}", { params: { path: { anomalyId } }, ...at(signal) })),
  acknowledge: (anomalyId: string): Promise<Anomaly> =>
    answer(client.POST("/api/v1/anomalies/{anomalyId}/acknowledge", { params: { path: { anomalyId } } })),
  dismiss: (anomalyId: string, reason: string): Promise<Anomaly> =>
    answer(client.POST("/api/v1/anomalies/{anomalyId}/dismiss", { params: { path: { anomalyId } }, body: { reason } })),
  leads: (query: { state?: string; siteId?: string }, signal?: AbortSignal): Promise<Lead[]> =>
    all((page) =>
      client.GET("/api/v1/leads", { params: { query: { ...page, ...(query as Stated<"/api/v1/leads">) } }, ...at(signal) }),
    ),
  lead: (leadId: string, signal?: AbortSignal): Promise<Lead> =>
    answer(client.GET("/api/v1/leads/{leadId}", { params: { path: { leadId } }, ...at(signal) })),
  leadNetwork: (leadId: string, signal?: AbortSignal): Promise<NetworkGeoJson> =>
    answer(
      client.GET("/api/v1/leads/{leadId}/network.geojson", { params: { path: { leadId } }, ...at(signal) }),
    ) as Promise<NetworkGeoJson>,
  leadLog: (leadId: string, signal?: AbortSignal): Promise<{ items: LogEntry[] }> =>
    answer(client.GET("/api/v1/leads/{leadId}/log", { params: { path: { leadId } }, ...at(signal) })),
  noteOnLead: (leadId: string, text: string): Promise<LogEntry> =>
    answer(client.POST("/api/v1/leads/{leadId}/notes", { params: { path: { leadId } }, body: { text } })),
  moveLead: (leadId: string, to: LeadState, reason: string): Promise<Lead> =>
    answer(client.POST("/api/v1/leads/{leadId}/transitions", { params: { path: { leadId } }, body: { to, reason } })),
  uploads: (signal?: AbortSignal): Promise<Upload[]> =>
    all((page) => client.GET("/api/v1/uploads", { params: { query: page }, ...at(signal) })),
  upload: (mode: "check" | "commit", sending: Sending, idempotencyKey?: string): Promise<UploadAnswer> => {
    const { file, samples, mapping, revision, labId } = sending;
    const form = new FormData();
    form.set("file", file);
    if (samples) form.set("samples", samples);
    if (mapping) form.set("mapping", JSON.stringify(mapping));
    if (revision) form.set("revision", JSON.stringify(revision));
    return answer(
      client.POST("/api/v1/uploads", {
        params: { query: { mode, ...(labId === "" ? {} : { labId }) }, header: { "idempotency-key": idempotencyKey } },
        body: { file: file.name }, // bytes are text to the document; the form carries them
        bodySerializer: () => form,
      }),
    ) as Promise<UploadAnswer>;
  },
  verifyUpload: (uploadId: string): Promise<Verification> =>
    answer(client.GET("/api/v1/uploads/{uploadId}/verify", { params: { path: { uploadId } } })),
  mappingFields: async (signal?: AbortSignal): Promise<MappingField[]> => {
    const { fields } = await answer(client.GET("/api/v1/uploads/fields", at(signal)));
    return fields;
  },
  stats: (signal?: AbortSignal): Promise<Stats> => answer(client.GET("/api/v1/stats", at(signal))),
  deadLetters: (state: DeadLetter["state"], signal?: AbortSignal): Promise<DeadLetter[]> =>
    all((page) => client.GET("/api/v1/dead-letters", { params: { query: { ...page, state } }, ...at(signal) })),
  retry: (deadLetterId: string, key: string, value: unknown): Promise<DeadLetter> =>
    answer(
      client.POST("/api/v1/dead-letters/{deadLetterId}/retry", {
        params: { path: { deadLetterId } },
        body: { key, ...(value === undefined ? {} : { value }) },
      }),
    ),
  audit: (signal?: AbortSignal): Promise<LogEntry[]> =>
    all((page) => client.GET("/api/v1/audit", { params: { query: page }, ...at(signal) })),
  substances: async (signal?: AbortSignal): Promise<Substance[]> =>
    (await answer(client.GET("/api/v1/substances", at(signal)))).items,
};

/** Filters of a list, as the document states them; what a page takes from its address is checked by the server. */
type Stated<P extends keyof paths> = paths[P] extends { get: { parameters: { query?: infer Query } } }
  ? NonNullable<Query>
  : never;
type OverviewQuery = Stated<"/api/v1/overview">;
interface AnomalyQuery {
  siteId?: string;
  analyte?: string;
  state?: string;
  since?: string;
}

export type Measure = "concentration" | "load" | "populationNormalisedLoad" | "consumption" | "doses";

export interface OverviewItem {
  site: Site;
  latest: {
    time: string;
    value: number;
    low: number | null;
    high: number | null;
    censored: boolean;
    percentile: number | null;
  } | null;
  daysSinceLastSample: number | null;
  openAnomalies: number;
  history: { time: string; value: number; censored: boolean }[];
}

export interface Overview {
  analyte: string;
  measure: Measure;
  unit: string;
  asOf: string;
  items: OverviewItem[];
}

export type SiteDetail = Site & { analytes: string[] };

export interface SeriesQuery {
  siteId: string;
  /** Left out: every substance. */
  analyte?: string;
  measure: Measure | "expected";
  from?: string;
  to?: string;
  points?: number;
  /** Only what this method profile makes. */
  profile?: string;
  /** As known at the end of the day. */
  asOf?: string;
}

export interface SeriesPoint {
  time: string;
  value: number;
  low?: number | null;
  high?: number | null;
  censored?: boolean;
}

/** One series: of one measure, one analyte and one variant (method, laboratory). */
export interface SeriesOf {
  siteId: string;
  analyte: string;
  measure: string;
  variant: string;
  unit: string;
  points: SeriesPoint[];
}

export interface LogEntry {
  seq: number;
  at: string;
  actor: string;
  action: string;
  subject: string;
  content: unknown;
}

export interface NetworkGeoJson {
  type: "FeatureCollection";
  features: {
    type: "Feature";
    geometry: { type: string; coordinates: unknown };
    properties: Record<string, unknown>;
  }[];
}

/** A file with how it is to be read, and why it changes what is on record. */
export interface Sending {
  file: File;
  /** A list of the samples that the file only names. */
  samples: File | null;
  mapping: ColumnMapping | null;
  revision: UploadReason | null;
  /** Empty for a laboratory's own key. */
  labId: string;
}

export type ColumnMapping = paths["/api/v1/uploads/mappings/{fingerprint}"]["put"]["requestBody"]["content"]["application/json"];

/** A field that a column may hold, with its name in both languages. */
export interface MappingField {
  field: string;
  en: string;
  zh: string;
}

export interface Stats {
  lags: { topic: string; group: string; lag: number }[];
  deadLettersOpen: Record<string, number>;
  sites: number;
  alerts: { waiting: number; held: number; unrouted: number; oldestDueAt: string | null };
}

/** Where the table of a chart can be had as a file. */
export function seriesCsvAddress(query: SeriesQuery): string {
  return `/api/v1/series.csv${queryString(query)}`;
}

function queryString(query: object): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) parameters.set(name, String(value));
  const text = parameters.toString();
  return text === "" ? "" : `?${text}`;
}
