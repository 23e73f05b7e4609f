import type { Anomaly } from "../schemas/anomaly.ts";
import type { DeadLetter } from "../schemas/deadLetter.ts";
import type { ApiKey, Role } from "../schemas/key.ts";
import type { Lead, LeadState } from "../schemas/lead.ts";
import type { Problem } from "../schemas/problem.ts";
import type { Refusal } from "../schemas/refusal.ts";
import type { Site } from "../schemas/site.ts";
import type { Substance } from "../schemas/substances.ts";
import type { Upload } from "../schemas/upload.ts";
import type { Delivery, WebhookEndpoint } from "../schemas/webhook.ts";
import type { Session } from "./session.ts";

/** Every call to the server that a page makes; the paths are those of /api/v1. */
export const api = {
  session: () => ask<Session>("GET", "/session"),
  signIn: (key: string) => ask<unknown>("POST", "/session", { key }),
  signOut: () => ask<unknown>("DELETE", "/session"),
  overview: (query: { analyte: string; measure: Measure }, signal?: AbortSignal) =>
    ask<Overview>("GET", `/overview${queryString(query)}`, undefined, signal),
  /** Plants only: a mapped sewer has hundreds of manholes, which the lead's network shows. */
  plants: (signal?: AbortSignal) => all<Site>("/sites", { kind: "wwtp" }, signal),
  site: async (siteId: string, signal?: AbortSignal): Promise<SiteDetail> => {
    const path = `/sites/${encodeURIComponent(siteId)}`;
    const { site, analytes } = await ask<{ site: Site; analytes: string[] }>("GET", path, undefined, signal);
    return { ...site, analytes };
  },
  series: (query: SeriesQuery, signal?: AbortSignal) =>
    ask<{ items: SeriesOf[] }>("GET", `/series${queryString(query)}`, undefined, signal),
  anomalies: (query: { siteId?: string; analyte?: string; state?: string; since?: string }, signal?: AbortSignal) =>
    all<Anomaly>("/anomalies", query, signal),
  anomaly: (anomalyId: string, signal?: AbortSignal) =>
    ask<Anomaly>("GET", `/anomalies/${encodeURIComponent(anomalyId)}`, undefined, signal),
  acknowledge: (anomalyId: string) => ask<Anomaly>("POST", `/anomalies/${encodeURIComponent(anomalyId)}/acknowledge`),
  dismiss: (anomalyId: string, reason: string) =>
    ask<Anomaly>("POST", `/anomalies/${encodeURIComponent(anomalyId)}/dismiss`, { reason }),
  leads: (query: { state?: string; siteId?: string }, signal?: AbortSignal) => all<Lead>("/leads", query, signal),
  lead: (leadId: string, signal?: AbortSignal) => ask<Lead>("GET", `/leads/${encodeURIComponent(leadId)}`, undefined, signal),
  leadNetwork: (leadId: string, signal?: AbortSignal) =>
    ask<NetworkGeoJson>("GET", `/leads/${encodeURIComponent(leadId)}/network.geojson`, undefined, signal),
  leadLog: (leadId: string, signal?: AbortSignal) =>
    ask<{ items: LogEntry[] }>("GET", `/leads/${encodeURIComponent(leadId)}/log`, undefined, signal),
  noteOnLead: (leadId: string, text: string) => ask<LogEntry>("POST", `/leads/${encodeURIComponent(leadId)}/notes`, { text }),
  moveLead: (leadId: string, to: LeadState, reason: string) =>
    ask<Lead>("POST", `/leads/${encodeURIComponent(leadId)}/transitions`, { to, reason }),
  uploads: (signal?: AbortSignal) => all<Upload>("/uploads", {}, signal),
  upload: (mode: "check" | "commit", reports: readonly unknown[], fileName: string, idempotencyKey: string) =>
    ask<UploadAnswer>("POST", `/uploads${queryString({ mode })}`, { reports, fileName }, undefined, {
      "idempotency-key": idempotencyKey,
    }),
  stats: (signal?: AbortSignal) => ask<Stats>("GET", "/stats", undefined, signal),
  deadLetters: (state: DeadLetter["state"], signal?: AbortSignal) => all<DeadLetter>("/dead-letters", { state }, signal),
  retry: (deadLetterId: string, key: string, value: unknown) =>
    ask<DeadLetter>("POST", `/dead-letters/${encodeURIComponent(deadLetterId)}/retry`, {
      key,
      ...(value === undefined ? {} : { value }),
    }),
  webhooks: (signal?: AbortSignal) => listed<WebhookEndpoint>("/webhooks", signal),
  addWebhook: (url: string, events: readonly string[]) =>
    ask<WebhookEndpoint & { secret: string }>("POST", "/webhooks", { url, events }),
  switchWebhook: (endpointId: string, active: boolean) =>
    ask<WebhookEndpoint>("PATCH", `/webhooks/${encodeURIComponent(endpointId)}`, { active }),
  removeWebhook: (endpointId: string) => ask<unknown>("DELETE", `/webhooks/${encodeURIComponent(endpointId)}`),
  testWebhook: (endpointId: string) => ask<unknown>("POST", `/webhooks/${encodeURIComponent(endpointId)}/test`),
  deliveries: (signal?: AbortSignal) => newest<Delivery>("/deliveries", signal),
  deliverAgain: (deliveryId: string) => ask<Delivery>("POST", `/deliveries/${encodeURIComponent(deliveryId)}/replay`),
  keys: (signal?: AbortSignal) => listed<ApiKey>("/keys", signal),
  addKey: (key: { name: string; role: Role; organisation: string }) => ask<ApiKey & { token: string }>("POST", "/keys", key),
  revokeKey: (keyId: string) => ask<unknown>("DELETE", `/keys/${encodeURIComponent(keyId)}`),
  audit: (signal?: AbortSignal) => all<LogEntry>("/audit", {}, signal),
  substances: (signal?: AbortSignal) => listed<Substance>("/substances", signal),
};

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
  analyte: string;
  measure: Measure | "expected";
  from?: string;
  to?: string;
  points?: number;
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

export interface UploadAnswer {
  verdict: "accepted" | "partlyAccepted" | "rejected";
  counts: Upload["counts"];
  refusals: Refusal[];
  /** Null after a check. */
  receipt: Upload | null;
}

export interface Stats {
  lags: { topic: string; group: string; lag: number }[];
  deadLettersOpen: Record<string, number>;
  sites: number;
}

/** Where the table of a chart can be had as a file. */
export function seriesCsvAddress(query: SeriesQuery): string {
  return `/api/v1/series.csv${queryString(query)}`;
}

/** A request that was answered with a problem, or not answered at all (status 0). */
export class ApiError extends Error {
  override name = "ApiError";
  readonly status: number;
  readonly problem: Problem | null;
  constructor(status: number, problem: Problem | null, message: string, options?: ErrorOptions) {
    super(message, options);
    this.status = status;
    this.problem = problem;
  }
  static from(error: unknown): ApiError {
    if (error instanceof ApiError) return error;
    return new ApiError(0, null, error instanceof Error ? error.message : String(error), { cause: error });
  }
}

async function ask<T>(
  method: string,
  path: string,
  body?: unknown,
  signal?: AbortSignal,
  more: Record<string, string> = {},
): Promise<T> {
  const response = await fetch(`/api/v1${path}`, {
    method,
    credentials: "same-origin",
    headers: { accept: "application/json", ...more, ...(body === undefined ? {} : { "content-type": "application/json" }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    ...(signal ? { signal } : {}),
  });
  if (!response.ok) {
    const problem = (await response.json().catch(() => null)) as Problem | null;
    throw new ApiError(response.status, problem, problem?.detail ?? response.statusText);
  }
  return (response.status === 204 ? undefined : await response.json()) as T;
}

/** A list is read whole up to this many pages: what a screen can show, and a bound on what a wrong cursor can cost. */
const PAGES_MAX = 20;
const PAGE_ITEMS = 500;

async function all<T>(path: string, query: Record<string, string | undefined>, signal?: AbortSignal): Promise<T[]> {
  const items: T[] = [];
  let cursor: string | null = null;
  for (let page = 0; page < PAGES_MAX; page++) {
    const answer: { items: T[]; next: string | null } = await ask(
      "GET",
      `${path}${queryString({ ...query, limit: PAGE_ITEMS, ...(cursor ? { cursor } : {}) })}`,
      undefined,
      signal,
    );
    items.push(...answer.items);
    cursor = answer.next;
    if (!cursor) break;
  }
  return items;
}

/** The first page only: of what happened, the newest is what is looked at. */
async function newest<T>(path: string, signal?: AbortSignal): Promise<T[]> {
  return (await ask<{ items: T[] }>("GET", `${path}${queryString({ limit: 100 })}`, undefined, signal)).items;
}

/** For lists that come whole and know no pages. */
async function listed<T>(path: string, signal?: AbortSignal): Promise<T[]> {
  return (await ask<{ items: T[] }>("GET", path, undefined, signal)).items;
}

function queryString(query: object): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) parameters.set(name, String(value));
  const text = parameters.toString();
  return text === "" ? "" : `?${text}`;
}
