import { z } from "zod";
import type { Anomaly, Bilingual } from "../schemas/anomaly.ts";
import type { Site } from "../schemas/site.ts";
import type { EventType, WebhookFilter } from "../schemas/webhook.ts";
import type { OutboxMessage } from "../store/records/outbox.ts";
import type { Records } from "../store/records/records.ts";

/** What a message is about, as filters and silences ask it. Null where it is not known. */
export interface Facets {
  event: EventType;
  siteId: string | null;
  site: Bilingual | null;
  region: string | null;
  analyte: string | null;
  verdict: string | null;
  /** Probability of the verdict; for a lead, that it has a source in the sewer. */
  certainty: number | null;
  /** Laboratories that measured the days in question, where that was asked. */
  labs: readonly string[];
}

const told = z.looseObject({
  data: z
    .looseObject({
      siteId: z.string(),
      region: z.string().nullable(),
      analyte: z.string(),
      verdict: z.looseObject({ source: z.string() }).nullable(),
    })
    .partial(),
});

/**
 * What the message says itself, and beyond that what the records know of its subject now.
 * @param withLabs also which laboratories measured it, which takes reading the whole series' results
 */
export async function facetsOf(
  records: Records,
  { event, subject, payload }: OutboxMessage,
  { withLabs } = { withLabs: false },
): Promise<Facets> {
  const parsed = told.safeParse(payload);
  const said = parsed.success ? parsed.data.data : {};
  const lead = event.startsWith("lead.") || event === "alert.escalated" ? await records.leads.find(subject) : undefined;
  const anomaly = await records.anomalies.find(lead?.anomalyIds[0] ?? subject);
  const siteId = said.siteId ?? lead?.siteId ?? anomaly?.siteId ?? null;
  const site = siteId === null ? undefined : await records.sites.find(siteId);
  const analyte = said.analyte ?? lead?.analyte ?? anomaly?.analyte ?? null;
  const noSource = lead?.posterior?.noSource;
  return {
    event,
    siteId,
    site: site ? { en: site.name, zh: site.nameZh ?? site.name } : null,
    region: said.region ?? lead?.region ?? (await regionOf(records, site)),
    analyte,
    verdict: said.verdict?.source ?? anomaly?.verdict?.source ?? null,
    certainty: lead ? known(noSource === undefined ? undefined : 1 - noSource) : certaintyOf(anomaly),
    labs: anomaly && withLabs ? await labsOf(records, anomaly) : [],
  };
}

/** Whether an endpoint asked for it. */
export function wants(filter: WebhookFilter, { region, analyte, verdict, certainty }: Facets): boolean {
  const listed = (list: readonly string[], value: string | null) => list.length === 0 || (value !== null && list.includes(value));
  return (
    listed(filter.regions, region) &&
    listed(filter.analytes, analyte) &&
    listed(filter.verdicts, verdict) &&
    (filter.certaintyMin === null || (certainty !== null && certainty >= filter.certaintyMin))
  );
}

const known = (value: number | undefined) => (value !== undefined && Number.isFinite(value) ? value : null);

function certaintyOf(anomaly: Anomaly | undefined): number | null {
  const verdict = anomaly?.verdict;
  if (!verdict || verdict.source === "undetermined") return null;
  return known(verdict.probabilities[verdict.source]);
}

/** A place's own region, or that of the plant it drains to. */
async function regionOf(records: Records, site: Site | undefined): Promise<string | null> {
  if (site?.region || !site?.parentSiteId) return site?.region ?? null;
  return (await records.sites.find(site.parentSiteId))?.region ?? null;
}

async function labsOf(records: Records, { siteId, analyte, start, end }: Anomaly): Promise<string[]> {
  const results = await records.results.ofSeries(siteId, analyte);
  const measured = results.filter(({ sample }) => sample.end.slice(0, 10) >= start && sample.start.slice(0, 10) <= end);
  return [...new Set(measured.map(({ origin }) => origin.labId))];
}
