import type { Anomaly } from "../../schemas/anomaly.ts";
import type { Site } from "../../schemas/site.ts";
import { canonicalJson } from "../../store/records/hash.ts";
import type { Suppression } from "../../store/records/quality.ts";
import type { Records } from "../../store/records/records.ts";
import { type DerivedQuantity, STORED_QUANTITIES } from "../load/derived.ts";
import { prepareNetwork, type SewerGraph } from "../trace/graph.ts";
import { storeDerived } from "./derivedPoints.ts";
import { anomaliesOf, DETECTED_KINDS, type Detected, detectLoads, expectedPoints } from "./detection.ts";
import { leadsOf } from "./leads.ts";
import { computeSeries, type SiteLoad } from "./loads.ts";
import { type ActiveMethods, readActiveMethods } from "./methods.ts";
import { saveLeads } from "./saveLeads.ts";
import { readSiteResults } from "./siteResults.ts";
import { tellAnomaly } from "./tell.ts";
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

/**
 * Computes a plant again: loads of the sites that changed, then its anomalies, then its leads.
 * @param changedSiteIds the plant itself, or manholes of its sewer
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
  const analysed = changedSiteIds.includes(plantId)
    ? await detectAll(ports, plant, loads)
    : await detectTraced(ports, plant, loads);
  const leads = await leadsOf(ports, plant, sewer, analysed);
  await saveFindings(ports, plant, analysed, leads);
}

/** Every analyte of the plant, judged together. */
async function detectAll(ports: AnalyticsPorts, plant: Site, loads: ReadonlyMap<string, SiteLoad[]>): Promise<AnalysedSeries[]> {
  const detected = new Map<string, Detected>();
  for (const [analyte, series] of loads) {
    const one = detectLoads(plant, analyte, series, ports.settings.SEWERTRACE_FALSE_ALARMS_PER_YEAR, loads);
    if (one) detected.set(analyte, one);
  }
  const anomalies = anomaliesOf(plant, [...detected.values()]);
  const known = (await ports.records.anomalies.analytesOf(plant.siteId)).filter((analyte) => !loads.has(analyte));
  const analysed = [...loads, ...known.map((analyte) => [analyte, []] as const)].map(
    ([analyte, series]): AnalysedSeries => ({
      analyte,
      loads: [...series],
      detected: detected.get(analyte),
      anomalies: anomalies.get(analyte) ?? [],
    }),
  );
  await storeExpected(ports, plant, analysed);
  return analysed;
}

/** What is found in a manhole changes the leads there are, and nothing else about the plant. */
async function detectTraced(
  ports: AnalyticsPorts,
  plant: Site,
  loads: ReadonlyMap<string, SiteLoad[]>,
): Promise<AnalysedSeries[]> {
  const { records, settings } = ports;
  const leads = await records.leads.list({ siteId: plant.siteId, limit: LEADS_OF_PLANT_MAX });
  const analytes = [...new Set(leads.map(({ analyte }) => analyte))];
  return Promise.all(
    analytes.map(async (analyte) => {
      const series = loads.get(analyte) ?? [];
      const anomalies = (await records.anomalies.ofSeries(plant.siteId, analyte)).filter(({ state }) => state !== "retracted");
      return {
        analyte,
        loads: series,
        detected: detectLoads(plant, analyte, series, settings.SEWERTRACE_FALSE_ALARMS_PER_YEAR, loads),
        anomalies,
      };
    }),
  );
}

/** Leads of one plant are few: one page holds them. */
const LEADS_OF_PLANT_MAX = 500;

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
  return new Map(computed.map(([analyte, { loads }]) => [analyte, loads]));
}

async function storeSuppressions({ quality }: Records, siteId: string, suppressions: readonly Suppression[]): Promise<void> {
  const ordered = suppressions.toSorted((a, b) => (a.resultId < b.resultId ? -1 : 1));
  const stored = await quality.suppressions({ siteIds: [siteId] });
  if (canonicalJson(stored) !== canonicalJson(ordered)) await quality.replaceSuppressions(siteId, ordered);
}

async function storeExpected({ series }: AnalyticsPorts, plant: Site, analysed: readonly AnalysedSeries[]): Promise<void> {
  const points = analysed.flatMap(({ analyte, loads, detected }) =>
    detected ? expectedPoints(plant, analyte, detected, loads) : [],
  );
  const names = new Set(analysed.map(({ analyte }) => analyte));
  await storeDerived(series, { siteId: plant.siteId, measures: ["expected"], names, isComputed: () => true }, points);
}

/** Anomalies, leads and what is told of them, all or nothing. */
async function saveFindings(
  { records, now }: AnalyticsPorts,
  plant: Site,
  analysed: readonly AnalysedSeries[],
  leads: Awaited<ReturnType<typeof leadsOf>>,
): Promise<void> {
  const at = now();
  await records.transaction(async (inside) => {
    for (const { analyte, anomalies } of analysed) {
      const { raised, retracted } = await inside.anomalies.replace(plant.siteId, analyte, anomalies, at.toISOString());
      for (const anomaly of raised) await tellAnomaly(inside, "anomaly.raised", anomaly, at);
      for (const anomaly of retracted) await tellAnomaly(inside, "anomaly.retracted", anomaly, at);
      await saveLeads(inside, plant, analyte, leads.get(analyte) ?? [], at);
    }
  });
}
