import type { Anomaly, Verdict } from "../../schemas/anomaly.ts";
import { addDays, dayNumber, localDay } from "../../schemas/days.ts";
import type { ClockWindow, Lead, Posterior } from "../../schemas/lead.ts";
import type { LeadNote, SampleReason } from "../../schemas/leadNotes.ts";
import type { Site } from "../../schemas/site.ts";
import { findSubstance } from "../../schemas/substances.ts";
import type { TraceObservation, TraceTrigger } from "../../schemas/trace.ts";
import { derivedId } from "../../store/records/hash.ts";
import { type NextSample, nextSamples } from "../trace/next.ts";
import { type SourceFinding, trace } from "../trace/trace.ts";
import { leadCustody } from "./custody.ts";
import { findingOf } from "./finding.ts";
import { readJudgedLoads } from "./judgedLoads.ts";
import { isSound } from "./loads.ts";
import type { AnalysedSeries, MappedSewer } from "./plant.ts";
import { confirmingPair, pairToSample, readingOf } from "./readings.ts";
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
  if (!(await mayLead(ports, plant))) return leads;
  const excessGDMin = ports.settings.SEWERTRACE_LEAD_EXCESS_GD_MIN;
  const today = localDay(ports.now().getTime(), plant.timeZone);
  const asked = new Set((await ports.records.leadRequests.ofSite(plant.siteId)).map(({ anomalyId }) => anomalyId));
  for (const series of analysed) {
    if (!isTraceable(series.analyte)) continue;
    const recent = series.anomalies.filter(
      (anomaly) =>
        asked.has(anomaly.anomalyId) ||
        (isSewerCause(anomaly) &&
          dayNumber(today) - dayNumber(anomaly.end) <= OPEN_WITHIN_DAYS &&
          isSound(series.loads, anomaly.peak)),
    );
    const groups = groupByCause(recent).filter((group) =>
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
  const posterior = sewer ? posteriorOf(sewer, series, trigger, observations, plant.timeZone) : null;
  posterior?.notes.push(...(await custodyNotes(ports.records, plant.siteId, series.analyte)));
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
    samples: observations.filter(({ node }) => node !== plant.networkNode?.nodeId).length,
  };
}

/** A bottle whose seal, place or time does not fit still counts, and whoever reads the lead is told. */
async function custodyNotes(records: AnalyticsPorts["records"], siteId: string, analyte: string): Promise<LeadNote[]> {
  const leads = await records.leads.ofSeries(siteId, analyte);
  const bottles = (await Promise.all(leads.map(({ leadId }) => leadCustody(records, leadId)))).flat();
  return bottles
    .filter(({ state }) => state === "broken")
    .map(({ sampleId, day, findings }) => ({ code: "custody_broken", values: { sampleId, day, findings } }));
}

/** What was found in the sewer since the anomaly began: every manhole's loads, and the plant's own. */
async function observationsOf(
  ports: AnalyticsPorts,
  plant: Site,
  { graph }: MappedSewer,
  { analyte, loads, detected }: AnalysedSeries,
  from: string,
): Promise<TraceObservation[]> {
  const manholes = (await ports.records.sites.list({ parentSiteId: plant.siteId })).filter(
    ({ networkNode }) => networkNode && graph.indexOf.has(networkNode.nodeId),
  );
  const to = addDays(from, SAMPLING_DAYS);
  const nodeOf = new Map(manholes.map((site) => [site.siteId, site]));
  const points = await readJudgedLoads(ports, {
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
  { analyte, loads }: AnalysedSeries,
  { day, excessGD, excessSdGD, baselineGD }: Lead["trigger"],
  observations: readonly TraceObservation[],
  timeZone: string,
): Posterior {
  const node = graph.ids[graph.plant] as string;
  const trigger: TraceTrigger = { node, analyte, date: day, excessGD, excessSd: excessSdGD, baselineGD };
  const all = trace(graph, { trigger, observations });
  const factorOf = ({ source }: typeof all) => source.logPointSource - source.logNoSource;
  const weightOf = (left: number) =>
    observations.length > LEDGER_MAX
      ? 0
      : factorOf(all) - factorOf(trace(graph, { trigger, observations: observations.filter((_, i) => i !== left) }));
  const evidence = observations.map((observation, i) => {
    const { node: at, date, loadGD, censored, sampleId = null } = observation;
    const share = graph.baselineShare[graph.indexOf.get(at) as number];
    const expectedGD = observation.baselineGD ?? (share === undefined ? null : share * baselineGD);
    const sample = { node: at, day: date, loadGD, censored, sampleId, logBayesFactor: weightOf(i), expectedGD };
    return { ...sample, reading: readingOf(sample, all.massGD?.median ?? null) };
  });
  const pair = confirmingPair(graph, all.credible["90"].nodes, evidence);
  const lastStartMs = loads.at(-1)?.timeMs;
  const startMin = lastStartMs === undefined ? null : clockMinutes(lastStartMs, timeZone);
  return {
    noSource: all.noSource,
    diffuse: all.diffuse,
    outside: all.outside,
    ...kept(all),
    several: all.several,
    sources: all.sources.map(kept),
    baselineSdLn: all.source.evidence.sampled.length > 0 ? all.baseline.sdLn : null,
    next: nextOf(graph, all, pair).map(({ node: next, bits, because, window }) => ({
      node: next,
      bits,
      because,
      window: startMin === null ? null : clockWindow(startMin, window),
    })),
    evidence,
    confirmingPair: pair,
    notes: [...all.notes],
  };
}

function kept({ candidates, credible, massGD }: SourceFinding): SourceFinding {
  return { candidates: candidates.slice(0, CANDIDATES_KEPT), credible, massGD };
}

/** Places few enough that a confirming pair is what is missing before a lead may be called localised (alerts/leads.ts). */
const LOCALISED_NODES_MAX = 5;

type ToSample = Pick<NextSample, "node" | "bits" | "window"> & { because: SampleReason };

/** The samples that tell most; the confirming pair before them, once the set is small enough for it. */
function nextOf(graph: MappedSewer["graph"], all: ReturnType<typeof trace>, pair: Posterior["confirmingPair"]): ToSample[] {
  const best = nextSamples(graph, all.toSample, { batch: SAMPLES_A_ROUND });
  const set = all.credible["90"].nodes;
  const wanted = pair || set.length > LOCALISED_NODES_MAX ? undefined : pairToSample(graph, set);
  if (!wanted) return best;
  const described = (node: string, code: "confirms_below" | "confirms_above"): ToSample => {
    const hours = graph.hoursToPlant[graph.indexOf.get(node) as number] as number;
    const known = best.find((next) => next.node === node);
    return {
      node,
      bits: known?.bits ?? 0,
      because: { code, values: {} },
      window: known?.window ?? { medianH: hours, lowH: hours, highH: hours },
    };
  };
  const confirming = [
    described(wanted.below, "confirms_below"),
    ...(wanted.above === null ? [] : [described(wanted.above, "confirms_above")]),
  ];
  const others = best.filter(({ node }) => node !== wanted.below && node !== wanted.above);
  return [...confirming, ...others].slice(0, SAMPLES_A_ROUND);
}

/** How many institutions stand among the places that may be the source: people's privacy is at stake there most. */
function institutionsIn({ graph }: MappedSewer, { credible }: Posterior): number {
  return credible["95"].nodes.filter((node) => graph.isInstitution[graph.indexOf.get(node) as number] === 1).length;
}

const DAY_MIN = 1_440;

/** The plant's sample, as much earlier as the sewage takes from the manhole to the plant. */
function clockWindow(startMin: number, { medianH, lowH, highH }: NextSample["window"]): ClockWindow {
  const clock = (hours: number) => {
    const minutes = (((Math.round(startMin - hours * 60) % DAY_MIN) + DAY_MIN) % DAY_MIN) as number;
    return `${String(Math.floor(minutes / 60)).padStart(2, "0")}:${String(minutes % 60).padStart(2, "0")}`;
  };
  return { start: clock(medianH), earliest: clock(highH), latest: clock(lowH), travelH: medianH };
}

/** Minutes after midnight in a time zone. */
function clockMinutes(timeMs: number, timeZone: string): number {
  const [hours, minutes] = new Intl.DateTimeFormat("en-GB", { timeZone, hour: "2-digit", minute: "2-digit" })
    .format(timeMs)
    .split(":")
    .map(Number) as [number, number];
  return hours * 60 + minutes;
}
