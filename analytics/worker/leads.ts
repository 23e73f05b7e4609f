import type { Anomaly, Verdict } from "../../schemas/anomaly.ts";
import { addDays, dayNumber, localDay } from "../../schemas/days.ts";
import type { Lead, Posterior } from "../../schemas/lead.ts";
import type { Site } from "../../schemas/site.ts";
import { findSubstance } from "../../schemas/substances.ts";
import type { TraceObservation, TraceTrigger } from "../../schemas/trace.ts";
import { derivedId } from "../../store/records/hash.ts";
import { nextSamples } from "../trace/next.ts";
import { trace } from "../trace/trace.ts";
import { findingOf } from "./finding.ts";
import type { AnalysedSeries, MappedSewer } from "./plant.ts";
import type { AnalyticsPorts } from "./worker.ts";

/** What the data say of a lead; its state and version are the records' (saveLeads.ts). */
export type ComputedLead = Pick<
  Lead,
  "leadId" | "anomalyIds" | "siteId" | "region" | "analyte" | "networkId" | "networkVersion" | "trigger" | "finding" | "posterior"
> & { samples: number };

/** Anomalies so close together have one cause. */
const SAME_CAUSE_DAYS = 14;
/** A lead is opened for what ended at most so long ago, and takes samples for so long. */
const OPEN_WITHIN_DAYS = 60;
const SAMPLING_DAYS = 60;
/**
 * Evidence a lead needs, log10 of a Bayes factor. An anomaly costs an analyst a look, a lead costs a crew days: with one dump in a
 * thousand days of a series, evidence of 3 makes it as likely as not.
 */
const LEAD_SCORE_MIN = 3;
const SEWER_CAUSES: readonly Verdict["source"][] = ["disposal", "production", "undetermined"];
/** Standard deviations from the middle to either end of the central 99 %. */
const Z_99 = 2.576;

/** The leads of a plant as its data stand now, by analyte. */
export async function leadsOf(
  ports: AnalyticsPorts,
  plant: Site,
  sewer: MappedSewer | undefined,
  analysed: readonly AnalysedSeries[],
): Promise<Map<string, ComputedLead[]>> {
  const leads = new Map<string, ComputedLead[]>();
  if (!mayLead(plant, ports.settings.SEWERTRACE_LEAD_PEOPLE_MIN)) return leads;
  const excessGDMin = ports.settings.SEWERTRACE_LEAD_EXCESS_GD_MIN;
  const today = localDay(ports.now().getTime(), plant.timeZone);
  for (const series of analysed) {
    if (!isTraceable(series.analyte)) continue;
    const recent = series.anomalies.filter(
      (anomaly) => isSewerCause(anomaly) && dayNumber(today) - dayNumber(anomaly.end) <= OPEN_WITHIN_DAYS,
    );
    const groups = groupByCause(recent).filter((group) =>
      group.some(({ score, observed, expected }) => score >= LEAD_SCORE_MIN && observed - expected >= excessGDMin),
    );
    const found = await Promise.all(groups.map((group) => leadOf(ports, plant, sewer, series, group)));
    if (found.length > 0) leads.set(series.analyte, found);
  }
  return leads;
}

/** Only at plants of one's own, and only where enough people stand behind them that no lead points at a few. */
function mayLead({ source, population }: Site, peopleMin: number): boolean {
  return source === undefined && population !== undefined && population.people >= peopleMin;
}

/** What only a human body makes was consumed, and a population marker follows people: neither was poured into a sewer. */
function isTraceable(analyte: string): boolean {
  const substance = findSubstance(analyte);
  return substance !== undefined && !substance.humanOnly && substance.role !== "population-marker";
}

/** More than expected, and not rather people, medicine, a festival or a fault: there is something to find in the sewer. */
function isSewerCause({ quantity, ratio, verdict }: Anomaly): boolean {
  return quantity === "load" && ratio > 1 && (verdict === null || SEWER_CAUSES.includes(verdict.source));
}

function groupByCause(anomalies: readonly Anomaly[]): Anomaly[][] {
  const groups: Anomaly[][] = [];
  for (const anomaly of anomalies.toSorted((a, b) => (a.start < b.start ? -1 : 1))) {
    const last = groups.at(-1)?.at(-1);
    if (last && dayNumber(anomaly.start) - dayNumber(last.end) <= SAME_CAUSE_DAYS) groups.at(-1)?.push(anomaly);
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
  const observations = sewer ? await observationsOf(ports, plant, sewer, series, first.start) : [];
  const posterior = sewer ? posteriorOf(sewer, series.analyte, trigger, observations) : null;
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
    samples: observations.filter(({ node }) => node !== plant.networkNode?.nodeId).length,
  };
}

/** What was found in the sewer since the anomaly began: every manhole's loads, and the plant's own. */
async function observationsOf(
  { records, series }: AnalyticsPorts,
  plant: Site,
  { graph }: MappedSewer,
  { analyte, loads, detected }: AnalysedSeries,
  from: string,
): Promise<TraceObservation[]> {
  const manholes = (await records.sites.list({ parentSiteId: plant.siteId })).filter(
    ({ networkNode }) => networkNode && graph.indexOf.has(networkNode.nodeId),
  );
  const to = addDays(from, SAMPLING_DAYS);
  const nodeOf = new Map(manholes.map((site) => [site.siteId, site]));
  const points =
    manholes.length === 0
      ? []
      : await series.read({
          measure: "load",
          siteIds: [...nodeOf.keys()],
          names: [analyte],
          fromMs: Date.parse(from) - 86_400_000,
          toMs: Date.parse(to),
        });
  const upstream = points.flatMap(({ siteId, timeMs, value, censored = false, origin }): TraceObservation[] => {
    const { networkNode, timeZone } = nodeOf.get(siteId) as Site;
    const date = localDay(timeMs, timeZone);
    if (date < from || value === 0) return [];
    const limit = censored ? { loqGD: value } : {};
    return [{ node: networkNode?.nodeId as string, date, loadGD: value, censored, ...limit, sampleId: origin ?? "" }];
  });
  const expected = new Map((detected?.detection.scores ?? []).map((score) => [score.day, score.expected]));
  const own = loads.flatMap(({ day, value, censored, flowM3D, results }): TraceObservation[] => {
    const baselineGD = expected.get(day);
    if (day < from || day >= to || value === 0 || baselineGD === undefined) return [];
    const limit = censored ? { loqGD: value } : {};
    const flow = flowM3D === null ? {} : { flowM3D };
    return [
      {
        node: graph.ids[graph.plant] as string,
        date: day,
        loadGD: value,
        censored,
        baselineGD,
        ...limit,
        ...flow,
        sampleId: results.join(","),
      },
    ];
  });
  return [...own, ...upstream].toSorted((a, b) => (a.date + a.node < b.date + b.node ? -1 : 1));
}

/** Observations above which a sample's own weight is no longer worked out: it costs a trace for each. */
const LEDGER_MAX = 60;
const CANDIDATES_KEPT = 50;
const SAMPLES_A_ROUND = 3;

function posteriorOf(
  { graph }: MappedSewer,
  analyte: string,
  { day, excessGD, excessSdGD, baselineGD }: Lead["trigger"],
  observations: readonly TraceObservation[],
): Posterior {
  const node = graph.ids[graph.plant] as string;
  const trigger: TraceTrigger = { node, analyte, date: day, excessGD, excessSd: excessSdGD, baselineGD };
  const all = trace(graph, { trigger, observations });
  const factorOf = ({ source }: typeof all) => source.logPointSource - source.logNoSource;
  const weightOf = (left: number) =>
    observations.length > LEDGER_MAX
      ? 0
      : factorOf(all) - factorOf(trace(graph, { trigger, observations: observations.filter((_, i) => i !== left) }));
  return {
    noSource: all.noSource,
    diffuse: all.diffuse,
    outside: all.outside,
    candidates: all.candidates.slice(0, CANDIDATES_KEPT),
    credible: all.credible,
    massGD: all.massGD,
    next: nextSamples(graph, all.source, { batch: SAMPLES_A_ROUND }).map(({ node: next, bits, reason }) => ({
      node: next,
      bits,
      reason,
    })),
    evidence: observations.map(({ node: at, date, loadGD, censored, sampleId }, i) => ({
      node: at,
      day: date,
      loadGD,
      censored,
      sampleId: sampleId ?? null,
      logBayesFactor: weightOf(i),
    })),
    warnings: all.warnings,
  };
}
