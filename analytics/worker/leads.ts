import type { Anomaly, Verdict } from "../../schemas/anomaly.ts";
import { addDays, dayNumber, localDay } from "../../schemas/days.ts";
import type { Lead, LeadState, Posterior } from "../../schemas/lead.ts";
import type { LeadNote } from "../../schemas/leadNotes.ts";
import type { Site } from "../../schemas/site.ts";
import { findSubstance } from "../../schemas/substances.ts";
import { canonicalJson, derivedId } from "../../store/records/hash.ts";
import { drugOfForm } from "../verdict/judge.ts";
import { leadCustody } from "./custody.ts";
import { findingOf } from "./finding.ts";
import { observationsOf, posteriorOf, SAMPLING_DAYS } from "./leadPosterior.ts";
import { isSound } from "./loads.ts";
import type { AnalysedSeries, MappedSewer } from "./plant.ts";
import type { AnalyticsPorts } from "./worker.ts";

/** What the data say of a lead; its state and version are the records' (saveLeads.ts). */
export type ComputedLead = Pick<
  Lead,
  | "leadId"
  | "anomalyIds"
  | "siteId"
  | "region"
  | "analyte"
  | "networkId"
  | "networkVersion"
  | "trigger"
  | "finding"
  | "posterior"
  | "institutions"
> & { samples: number };

/** Anomalies so close together have one cause. */
const SAME_CAUSE_DAYS = 14;
/** A lead is opened for what ended at most so long ago. */
const OPEN_WITHIN_DAYS = 60;
/**
 * Evidence a lead needs, log10 of a Bayes factor. An anomaly costs an analyst a look, a lead costs a crew days: with one dump in a
 * thousand days of a series, evidence of 3 makes it as likely as not.
 */
const LEAD_SCORE_MIN = 3;
const SEWER_CAUSES: readonly Verdict["source"][] = ["disposal", "production", "undetermined"];
/** Leads of one plant are few: one page holds them. */
export const LEADS_OF_PLANT_MAX = 500;
/** Standard deviations from the middle to either end of the central 99 %. */
const Z_99 = 2.576;

/**
 * The leads of a plant as its data stand now, by analyte.
 * @param analysed those that may have changed, of all that were measured
 */
export async function leadsOf(
  ports: AnalyticsPorts,
  plant: Site,
  sewer: MappedSewer | undefined,
  analysed: readonly AnalysedSeries[],
  measured: ReadonlySet<string>,
): Promise<Map<string, ComputedLead[]>> {
  const leads = new Map<string, ComputedLead[]>();
  if (!(await mayLead(ports, plant))) return leads;
  const excessGDMin = ports.settings.SEWERTRACE_LEAD_EXCESS_GD_MIN;
  const today = localDay(ports.now().getTime(), plant.timeZone);
  const asked = new Set((await ports.records.leadRequests.ofSite(plant.siteId)).map(({ anomalyId }) => anomalyId));
  for (const series of analysed) {
    if (!isTraceable(series.analyte)) continue;
    const drug = drugOfForm(series.analyte);
    if (drug !== series.analyte && measured.has(drug)) continue; // the drug's own series leads
    const recent = series.anomalies.filter(
      (anomaly) =>
        asked.has(anomaly.anomalyId) ||
        (isSewerCause(anomaly) &&
          dayNumber(today) - dayNumber(anomaly.end) <= OPEN_WITHIN_DAYS &&
          isSound(series.loads, anomaly.peak)),
    );
    const closings = recent.length === 0 ? [] : await closingsOf(ports, plant, series.analyte);
    const groups = groupByCause(recent, closings).filter((group) =>
      group.some(
        ({ anomalyId, score, observed, expected }) =>
          asked.has(anomalyId) || (score >= LEAD_SCORE_MIN && observed - expected >= excessGDMin),
      ),
    );
    const found = await Promise.all(groups.map((group) => leadOf(ports, plant, sewer, series, group)));
    if (found.length > 0) leads.set(series.analyte, found);
  }
  return leads;
}

/**
 * Only at plants of one's own, and only where enough people stand behind them that no lead points at a few; below that, where two
 * people allowed it by name (docs/leads.md).
 */
export async function mayLead(
  { records, settings, now }: Pick<AnalyticsPorts, "records" | "settings" | "now">,
  { siteId, source, population }: Site,
): Promise<boolean> {
  if (source !== undefined) return false;
  if (population !== undefined && population.people >= settings.SEWERTRACE_LEAD_PEOPLE_MIN) return true;
  return (await records.authorisations.inForce({ kind: "site", id: siteId }, now().toISOString())) !== undefined;
}

/** What only a human body makes was consumed, and a population marker follows people: neither was poured into a sewer. */
export function isTraceable(analyte: string): boolean {
  const substance = findSubstance(analyte);
  return substance !== undefined && !substance.humanOnly && substance.role !== "population-marker";
}

/** More than expected, and not rather people, medicine, a festival, a fault or the whole region: there is something to find in the sewer. */
function isSewerCause({ quantity, ratio, verdict, regional }: Anomaly): boolean {
  return quantity === "load" && ratio > 1 && !regional && (verdict === null || SEWER_CAUSES.includes(verdict.source));
}

/** Whether a lead may rest on it whatever its age. */
export const pointsToSewer = (anomaly: Anomaly) => isSewerCause(anomaly) && anomaly.score >= LEAD_SCORE_MIN;

/** A lead that is closed, with the day it was. */
interface Closing {
  anomalyIds: readonly string[];
  day: string;
}

/** States in which new data change a lead no more. */
const CLOSED_TO_DATA: readonly LeadState[] = ["dismissed", "confirmed", "expired"];

async function closingsOf({ records }: AnalyticsPorts, { siteId, timeZone }: Site, analyte: string): Promise<Closing[]> {
  return (await records.leads.ofSeries(siteId, analyte))
    .filter(({ state }) => CLOSED_TO_DATA.includes(state))
    .map(({ anomalyIds, updatedAt }) => ({ anomalyIds, day: localDay(Date.parse(updatedAt), timeZone) }));
}

/** What begins after a lead was closed is news, however near: in the closed lead nobody would see it. */
function groupByCause(anomalies: readonly Anomaly[], closings: readonly Closing[]): Anomaly[][] {
  const groups: Anomaly[][] = [];
  for (const anomaly of anomalies.toSorted((a, b) => (a.start < b.start ? -1 : 1))) {
    const group = groups.at(-1);
    const last = group?.at(-1);
    const isNews = closings.some(
      ({ anomalyIds, day }) => anomaly.start > day && group?.some(({ anomalyId }) => anomalyIds.includes(anomalyId)),
    );
    if (last && !isNews && dayNumber(anomaly.start) - dayNumber(last.end) <= SAME_CAUSE_DAYS) group?.push(anomaly);
    else groups.push([anomaly]);
  }
  return groups;
}

async function leadOf(
  ports: AnalyticsPorts,
  plant: Site,
  sewer: MappedSewer | undefined,
  series: AnalysedSeries,
  anomalies: readonly Anomaly[],
): Promise<ComputedLead> {
  const [first] = anomalies as readonly [Anomaly];
  const worst = anomalies.reduce((a, b) => (b.score > a.score ? b : a));
  const spread = Math.log(worst.high / worst.low) / (2 * Z_99);
  const trigger = {
    day: worst.peak,
    excessGD: worst.observed - worst.expected,
    excessSdGD: Math.max(worst.observed, worst.expected) * spread,
    baselineGD: worst.expected,
  };
  const sampled = sewer && (await observationsOf(ports, plant, sewer, series, first.start));
  const posterior = sewer && sampled ? posteriorOf(sewer, series, trigger, sampled.observations, plant.timeZone) : null;
  if (posterior && sampled && sampled.unplaced.length > 0) {
    const siteIds = [...new Set(sampled.unplaced)].toSorted();
    posterior.notes.push({ code: "samples_unplaced", values: { samples: sampled.unplaced.length, siteIds } });
  }
  posterior?.notes.push(...(await custodyNotes(ports.records, plant.siteId, series.analyte, first.start, posterior)));
  return {
    leadId: derivedId("lead", plant.siteId, series.analyte, first.start),
    anomalyIds: anomalies.map(({ anomalyId }) => anomalyId),
    siteId: plant.siteId,
    region: plant.region ?? null,
    analyte: series.analyte,
    networkId: sewer?.networkId ?? null,
    networkVersion: sewer?.version ?? null,
    trigger,
    finding: findingOf(plant, series.analyte, worst, posterior),
    posterior,
    institutions: sewer && posterior ? institutionsIn(sewer, posterior) : 0,
    samples: sampled?.inSewer ?? 0,
  };
}

/** How many institutions stand among the places that may be the source: people's privacy is at stake there most. */
function institutionsIn({ graph }: MappedSewer, { credible }: Posterior): number {
  return credible["95"].nodes.filter((node) => graph.isInstitution[graph.indexOf.get(node) as number] === 1).length;
}

/**
 * A bottle whose seal, place or time does not fit still counts, and whoever reads the lead is told: of the bottles that were ordered for
 * this substance since the anomaly began, and of those ordered for another and weighed here too.
 */
async function custodyNotes(
  { leads, orders, samples, sites }: AnalyticsPorts["records"],
  siteId: string,
  analyte: string,
  from: string,
  { evidence }: Posterior,
): Promise<LeadNote[]> {
  const to = addDays(from, SAMPLING_DAYS);
  const notes: LeadNote[] = [];
  for (const lead of await leads.list({ siteId, limit: LEADS_OF_PLANT_MAX }))
    for (const { state, sampleId, day, node, findings } of await leadCustody({ orders, samples, sites }, lead.leadId)) {
      const isWeighed = evidence.some((sample) => sample.node === node && sample.day === day);
      if (state === "broken" && day >= from && day < to && (lead.analyte === analyte || isWeighed))
        notes.push({ code: "custody_broken", values: { sampleId, day, findings } });
    }
  return notes.toSorted((a, b) => (canonicalJson(a) < canonicalJson(b) ? -1 : 1));
}
