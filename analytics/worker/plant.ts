import type { Anomaly } from "../../schemas/anomaly.ts";
import type { SeriesChange } from "../../schemas/change.ts";
import type { Site } from "../../schemas/site.ts";
import { canonicalJson } from "../../store/records/hash.ts";
import type { Suppression } from "../../store/records/quality.ts";
import type { Records } from "../../store/records/records.ts";
import type { SiteJudgement } from "../../store/records/rises.ts";
import { type DerivedQuantity, STORED_QUANTITIES } from "../load/derived.ts";
import { prepareNetwork, type SewerGraph } from "../trace/graph.ts";
import { storeDerived } from "./derivedPoints.ts";
import { DETECTED_KINDS, type Detected, detectLoads, expectedPoints } from "./detection.ts";
import { sharesOfChance, withShare } from "./falseDiscovery.ts";
import { judgementOf } from "./judgement.ts";
import { LEADS_OF_PLANT_MAX, leadsOf } from "./leads.ts";
import { computeSeries, type SiteLoad } from "./loads.ts";
import { type ActiveMethods, readActiveMethods, SOFTWARE_VERSION } from "./methods.ts";
import { readLearnedPools } from "./pools.ts";
import { saveLeads } from "./saveLeads.ts";
import { readSiteResults } from "./siteResults.ts";
import { tellAnomaly } from "./tell.ts";
import { type Known, toWeighAgain, weigh, weighed } from "./weighing.ts";
import type { AnalyticsPorts } from "./worker.ts";

/** The sewer of a plant, where it is mapped. */
export interface MappedSewer {
  graph: SewerGraph;
  networkId: string;
  version: string;
}

/** What one analyte looks like at one site. */
export interface AnalysedSeries {
  analyte: string;
  loads: SiteLoad[];
  detected: Detected | undefined;
  anomalies: readonly Anomaly[];
}

/** What became of a plant's analytes, and what it tells the other sites: nothing new where only others' news were weighed in. */
interface Analysis {
  analysed: AnalysedSeries[];
  judgement?: SiteJudgement;
  /** By anomalyId, what other sites told. */
  heard: ReadonlyMap<string, string>;
}

/**
 * Computes a plant again: loads of the sites that changed, then its anomalies, then its leads. Where it now tells other plants something
 * else than they weighed in, they are asked to weigh again.
 * @param changedSiteIds the plant itself, or manholes of its sewer; none where other plants have news
 */
export async function analysePlant(ports: AnalyticsPorts, plantId: string, changedSiteIds: readonly string[]): Promise<void> {
  const plant = await ports.records.sites.find(plantId);
  if (!plant) return; // removed since; its data stay in the records
  const sewer = await sewerOf(ports, plant);
  const active = await readActiveMethods(ports.records, ports.settings);
  for (const siteId of changedSiteIds.filter((id) => id !== plantId)) {
    const site = await ports.records.sites.find(siteId);
    if (site) await storeLoads(ports, site, active, sewer);
  }
  const loads = await storeLoads(ports, plant, active, sewer);
  if (!DETECTED_KINDS.includes(plant.kind)) return;
  const analysis = changedSiteIds.includes(plantId)
    ? await detectAll(ports, plant, loads)
    : await weighAgain(ports, plant, loads);
  const leads = await leadsOf(ports, plant, sewer, analysis.analysed, new Set(loads.keys()));
  await saveFindings(ports, plant, analysis, leads);
  await askToWeighAgain(ports, plant);
}

/** Every analyte of the plant, judged together. */
async function detectAll(ports: AnalyticsPorts, plant: Site, loads: ReadonlyMap<string, SiteLoad[]>): Promise<Analysis> {
  const detected = new Map<string, Detected>();
  const learned = await readLearnedPools(ports.records);
  for (const [analyte, series] of loads) {
    const one = detectLoads(plant, analyte, series, ports.settings.SEWERTRACE_FALSE_ALARMS_PER_YEAR, loads, learned);
    if (one) detected.set(analyte, one);
  }
  const gone = (await ports.records.anomalies.analytesOf(plant.siteId)).filter((analyte) => !loads.has(analyte));
  const all = new Map<string, SiteLoad[]>([...loads, ...gone.map((analyte): [string, SiteLoad[]] => [analyte, []])]);
  await storeExpected(ports, plant, all, detected);
  const { anomalies, judgement } = judgementOf(plant, [...detected.values()]);
  const told = await weigh(ports, plant.siteId, judgement);
  const heard = new Map([...told].map(([anomalyId, one]) => [anomalyId, canonicalJson(one)]));
  const final = anomalies.map(({ anomaly, known }) => weighed(anomaly, known, told.get(anomaly.anomalyId)!));
  const ofAnalyte = Map.groupBy(final, ({ analyte }) => analyte);
  const analysed = [...all].map(
    ([analyte, series]): AnalysedSeries => ({
      analyte,
      loads: [...series],
      detected: detected.get(analyte),
      anomalies: ofAnalyte.get(analyte) ?? [],
    }),
  );
  return { analysed, judgement, heard };
}

/**
 * What was found in a manhole changes the leads there are, what was found at other plants the causes of the anomalies; neither changes
 * what was found at the plant.
 */
async function weighAgain(ports: AnalyticsPorts, plant: Site, loads: ReadonlyMap<string, SiteLoad[]>): Promise<Analysis> {
  const { records, settings } = ports;
  const told = await weigh(ports, plant.siteId);
  const learned = await readLearnedPools(records);
  const rises = await records.rises.ofSite(plant.siteId);
  const heard = new Map(
    rises.flatMap(({ anomalyId, weighed: before }) => {
      const now = canonicalJson(told.get(anomalyId));
      return now === before ? [] : [[anomalyId, now] as const];
    }),
  );
  const leads = await records.leads.list({ siteId: plant.siteId, limit: LEADS_OF_PLANT_MAX });
  const changed = rises.filter(({ anomalyId }) => heard.has(anomalyId));
  const analytes = [...new Set([...leads, ...changed].map(({ analyte }) => analyte))];
  const knownOf = new Map(rises.map(({ anomalyId, circumstances }) => [anomalyId, circumstances as Known]));
  const analysed = await Promise.all(
    analytes.map(async (analyte): Promise<AnalysedSeries> => {
      const series = loads.get(analyte) ?? [];
      const anomalies = (await records.anomalies.ofSeries(plant.siteId, analyte)).filter(({ state }) => state !== "retracted");
      return {
        analyte,
        loads: series,
        detected: detectLoads(plant, analyte, series, settings.SEWERTRACE_FALSE_ALARMS_PER_YEAR, loads, learned),
        anomalies: anomalies.map((anomaly) => {
          const known = knownOf.get(anomaly.anomalyId);
          return known && heard.has(anomaly.anomalyId) ? weighed(anomaly, known, told.get(anomaly.anomalyId)!) : anomaly;
        }),
      };
    }),
  );
  return { analysed, heard };
}

/** Asked after what the plant tells is stored; asking twice is asking once. */
async function askToWeighAgain(ports: AnalyticsPorts, plant: Site): Promise<void> {
  const messages = (await toWeighAgain(ports, plant)).map(({ siteId, analyte, start, end }) => {
    const change: SeriesChange = { siteId, name: analyte, from: start, to: end, cause: "neighbours" };
    return { key: siteId, value: JSON.stringify(change), headers: { schema: "series-changes/1" } };
  });
  if (messages.length > 0) await ports.log.publish("series-changes", messages);
}

async function sewerOf({ records }: AnalyticsPorts, { networkNode }: Site): Promise<MappedSewer | undefined> {
  const found = networkNode && (await records.networks.find(networkNode.networkId));
  return found && { graph: prepareNetwork(found.network), networkId: found.network.id, version: found.version };
}

/** Computes and stores everything derived from the results of a site; its loads by analyte. */
async function storeLoads(
  ports: AnalyticsPorts,
  site: Site,
  active: ActiveMethods,
  sewer: MappedSewer | undefined,
): Promise<Map<string, SiteLoad[]>> {
  const { data, results } = await readSiteResults(ports, site, active, { sewer: sewer?.graph });
  const { siteId } = site;
  const computed = [...results].map(([analyte, ofAnalyte]) => [analyte, computeSeries(data, ofAnalyte)] as const);
  await storeSuppressions(
    ports.records,
    siteId,
    computed.flatMap(([, { suppressions }]) => suppressions),
  );
  await storeDerived(
    ports.series,
    {
      siteId,
      measures: STORED_QUANTITIES,
      names: new Set(results.keys()),
      isComputed: ({ measure, name, variant }) =>
        active.names.makers(active.profiles, measure as DerivedQuantity, name, variant).length > 0,
    },
    computed.flatMap(([, { points }]) => points),
  );
  // after the points: what stands between the two is computed again anyway
  if ((await ports.records.methods.computedBy(siteId)) !== SOFTWARE_VERSION)
    await ports.records.methods.setComputedBy(siteId, SOFTWARE_VERSION);
  return new Map(computed.map(([analyte, { loads }]) => [analyte, loads]));
}

async function storeSuppressions({ quality }: Records, siteId: string, suppressions: readonly Suppression[]): Promise<void> {
  const ordered = suppressions.toSorted((a, b) => (a.resultId < b.resultId ? -1 : 1));
  const stored = await quality.suppressions({ siteIds: [siteId] });
  if (canonicalJson(stored) !== canonicalJson(ordered)) await quality.replaceSuppressions(siteId, ordered);
}

async function storeExpected(
  { series }: AnalyticsPorts,
  plant: Site,
  loads: ReadonlyMap<string, readonly SiteLoad[]>,
  detected: ReadonlyMap<string, Detected>,
): Promise<void> {
  const points = [...detected].flatMap(([analyte, one]) => expectedPoints(plant, analyte, one, loads.get(analyte) ?? []));
  const names = new Set(loads.keys());
  await storeDerived(series, { siteId: plant.siteId, measures: ["expected"], names, isComputed: () => true }, points);
}

/** Anomalies, leads and what is told of them, to people and to other plants, all or nothing. */
async function saveFindings(
  { records, now }: AnalyticsPorts,
  plant: Site,
  { analysed, judgement, heard }: Analysis,
  leads: Awaited<ReturnType<typeof leadsOf>>,
): Promise<void> {
  const at = now();
  await records.transaction(async (inside) => {
    if (judgement) {
      const rises = judgement.rises.map((rise) => ({ ...rise, weighed: heard.get(rise.anomalyId)! }));
      await inside.rises.replace(plant.siteId, { ...judgement, rises });
    } else for (const [anomalyId, weighed] of heard) await inside.rises.setWeighed(anomalyId, weighed);
    for (const { analyte, anomalies } of analysed) {
      const { raised, retracted } = await inside.anomalies.replace(plant.siteId, analyte, anomalies, at.toISOString());
      const shares = raised.length > 0 ? await sharesOfChance(inside) : undefined;
      for (const anomaly of raised) await tellAnomaly(inside, "anomaly.raised", withShare(anomaly, shares), at);
      for (const anomaly of retracted) await tellAnomaly(inside, "anomaly.retracted", anomaly, at);
      await saveLeads(inside, plant, analyte, leads.get(analyte) ?? [], at);
    }
  });
}
