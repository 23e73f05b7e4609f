import type { Sample } from "../../schemas/sample.ts";
import type { Site } from "../../schemas/site.ts";
import type { Records } from "../../store/records/records.ts";
import type { ResultRevision } from "../../store/records/revisions.ts";
import type { Series } from "../../store/series/series.ts";
import { LEFT_BY_OTHER } from "../load/licit.ts";
import type { SewerGraph } from "../trace/graph.ts";
import { type FlowLookup, readFlows } from "./flows.ts";
import { parentsOf } from "./inSewer.ts";
import type { ActiveMethods } from "./methods.ts";
import { MARKER_ANALYTES, readSiteData, type SiteData } from "./siteData.ts";

export interface SiteResults {
  data: SiteData;
  /** The results that count now, by analyte. */
  results: ReadonlyMap<string, ResultRevision[]>;
}

/**
 * What is on record of a site, and what its numbers rest on.
 * @param only the analytes asked for; all where absent
 * @param sewer the map of the sewer that a manhole is in
 * @param receivedBy what came or was corrected later is left out
 */
export async function readSiteResults(
  ports: { records: Records; series: Series },
  site: Site,
  active: ActiveMethods,
  { only, sewer, receivedBy }: { only?: readonly string[]; sewer?: SewerGraph | undefined; receivedBy?: string } = {},
): Promise<SiteResults> {
  const { records, series } = ports;
  const known = await records.results.analytesOf(site.siteId);
  const wanted = only === undefined ? known : known.filter((analyte) => only.includes(analyte));
  const markers = known.filter((analyte) => MARKER_ANALYTES.includes(analyte));
  const others = wanted.flatMap((analyte) => LEFT_BY_OTHER[analyte] ?? []);
  const read = new Map<string, ResultRevision[]>();
  const samples = new Map<string, Sample>();
  for (const analyte of new Set([...wanted, ...markers, ...parentsOf(site), ...others])) {
    const revisions = await records.results.ofSeries(site.siteId, analyte, receivedBy);
    read.set(
      analyte,
      revisions.map((revision) => ({ ...revision, sample: shared(samples, revision) })),
    );
  }
  const flowOf: FlowLookup =
    samples.size > 0 ? orDryWeather(await readFlows(series, site.siteId, [...samples.values()]), site, sewer) : () => undefined;
  const data = await readSiteData(ports, site, read, flowOf, active);
  return { data, results: new Map(wanted.map((analyte) => [analyte, read.get(analyte) ?? []])) };
}

/** All results of a sample hold the one object of it, so that what follows from the sample is worked out once. */
function shared(samples: Map<string, Sample>, { sampleHash, sample }: ResultRevision): Sample {
  const known = samples.get(sampleHash) ?? sample;
  samples.set(sampleHash, known);
  return known;
}

/** Where a manhole's flow was not measured, the dry-weather flow of its map stands in: the trace allows for its error. */
function orDryWeather(flowOf: FlowLookup, { kind, networkNode }: Site, sewer: SewerGraph | undefined): FlowLookup {
  const node = kind === "manhole" && networkNode ? sewer?.indexOf.get(networkNode.nodeId) : undefined;
  const dryM3D = (node === undefined ? 0 : (sewer?.flowUpM3S[node] ?? 0)) * 86_400;
  return (sample) => flowOf(sample) ?? (dryM3D > 0 ? dryM3D : undefined);
}
