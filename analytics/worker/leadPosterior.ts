import { addDays, localDay } from "../../schemas/days.ts";
import { type ClockWindow, type Lead, LOCALISED_NODES_MAX, type Posterior } from "../../schemas/lead.ts";
import type { SampleReason } from "../../schemas/leadNotes.ts";
import type { Site } from "../../schemas/site.ts";
import type { TraceObservation, TraceTrigger } from "../../schemas/trace.ts";
import { type NextSample, nextSamples } from "../trace/next.ts";
import { type SourceFinding, trace } from "../trace/trace.ts";
import { readJudgedLoads } from "./judgedLoads.ts";
import type { AnalysedSeries, MappedSewer } from "./plant.ts";
import { confirmingPairs, pairToSample, readingOf } from "./readings.ts";
import type { AnalyticsPorts } from "./worker.ts";

/** A lead takes samples for so long after its anomaly began. */
export const SAMPLING_DAYS = 60;

/** What there is to weigh. */
interface SewerSamples {
  /** Manholes' and the plant's own, by day. */
  observations: TraceObservation[];
  /** Of these, how many are from manholes. */
  inSewer: number;
  /** Site of each sample whose manhole the network does not have. */
  unplaced: string[];
}

/** What was found in the sewer since the anomaly began: every manhole's loads, and the plant's own. */
export async function observationsOf(
  ports: AnalyticsPorts,
  plant: Site,
  { graph }: MappedSewer,
  { analyte, loads, detected }: AnalysedSeries,
  from: string,
): Promise<SewerSamples> {
  const to = addDays(from, SAMPLING_DAYS);
  const siteOf = new Map((await ports.records.sites.list({ parentSiteId: plant.siteId })).map((site) => [site.siteId, site]));
  const points = await readJudgedLoads(ports, {
    siteIds: [...siteOf.keys()],
    names: [analyte],
    fromMs: Date.parse(from) - 86_400_000,
    toMs: Date.parse(to),
  });
  const unplaced: string[] = [];
  const upstream = points.flatMap(({ siteId, timeMs, value, censored = false, origin }): TraceObservation[] => {
    const { networkNode, timeZone } = siteOf.get(siteId) as Site;
    const date = localDay(timeMs, timeZone);
    if (date < from || value === 0) return [];
    if (!networkNode || !graph.indexOf.has(networkNode.nodeId)) {
      unplaced.push(siteId);
      return [];
    }
    const limit = censored ? { loqGD: value } : {};
    return [{ node: networkNode.nodeId, date, loadGD: value, censored, ...limit, sampleId: origin ?? "" }];
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
  const observations = [...own, ...upstream].toSorted((a, b) => (a.date + a.node < b.date + b.node ? -1 : 1));
  return { observations, inSewer: upstream.length, unplaced };
}

/** Observations above which a sample's own weight is no longer worked out: it costs a trace for each. */
const LEDGER_MAX = 60;
const CANDIDATES_KEPT = 50;
const SAMPLES_A_ROUND = 3;

/** Where the load entered, with the weight of each sample and what to sample next: the part of a lead that the trace gives. */
export function posteriorOf(
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
  const pairs = confirmingPairs(graph, all.sources, evidence);
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
    next: nextOf(graph, all, pairs).map(({ node: next, bits, because, window }) => ({
      node: next,
      bits,
      because,
      window: startMin === null ? null : clockWindow(startMin, window),
    })),
    evidence,
    confirmingPair: pairs.every((pair) => pair !== null) ? (pairs[0] ?? null) : null,
    notes: [...all.notes],
  };
}

function kept({ candidates, credible, massGD }: SourceFinding): SourceFinding {
  return { candidates: candidates.slice(0, CANDIDATES_KEPT), credible, massGD };
}

type ToSample = Pick<NextSample, "node" | "bits" | "window"> & { because: SampleReason };

/** The samples that tell most; the confirming pair before them, once the set is small enough for it. */
function nextOf(
  graph: MappedSewer["graph"],
  all: ReturnType<typeof trace>,
  pairs: readonly Posterior["confirmingPair"][],
): ToSample[] {
  // The plant is sampled by its programme: a crew is sent to manholes only.
  const best = nextSamples(graph, all.toSample, { batch: SAMPLES_A_ROUND, exclude: new Set([graph.ids[graph.plant]!]) });
  const sets = all.sources.map(({ credible }) => credible["90"].nodes);
  const open = sets.find((set, s) => !pairs[s] && set.length <= LOCALISED_NODES_MAX);
  const wanted = open && pairToSample(graph, open);
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
