import { prepareNetwork } from "../../analytics/trace/graph.ts";
import { nextSamples, upstreamOf } from "../../analytics/trace/next.ts";
import { trace } from "../../analytics/trace/trace.ts";
import { confirmingPair, pairToSample, readingOf } from "../../analytics/worker/readings.ts";
import type { Lead } from "../../schemas/lead.ts";
import type { TraceObservation } from "../../schemas/trace.ts";
import { generateSewer } from "../../simulation/sewer.ts";
import type { Records } from "../../store/records/records.ts";
import { AT, leadOf } from "../store/records/nouns.ts";

/** A generated town, and a lead traced in it by samples of a source that emits three times the plant's ordinary load. */
export const town = generateSewer({ id: "town", seed: 3, nodes: 150, people: 60_000 });
const graph = prepareNetwork(town);
const BASELINE_GD = 4;
const SOURCE_GD = 12;
export const TRUE_NODE = town.nodes.filter((node, i) => i > 100 && (node.population ?? 0) > 0)[5]?.id as string;

const ordinary = (node: string) => BASELINE_GD * (graph.baselineShare[graph.indexOf.get(node) as number] as number);

/** @param rounds of three samples, one a day, where the posterior says, from the fourth on the confirming pair; without noise */
export function tracedLead(leadId: string, rounds: number): Lead {
  const trigger = {
    node: "WWTP",
    analyte: "mdma",
    date: "2026-05-04",
    excessGD: SOURCE_GD,
    excessSd: 2,
    baselineGD: BASELINE_GD,
  };
  const observations: TraceObservation[] = [
    { node: "WWTP", date: "2026-05-04", loadGD: BASELINE_GD + SOURCE_GD, censored: false, baselineGD: BASELINE_GD },
  ];
  const traceAll = () => trace(graph, { trigger, observations });
  const sample = (nodes: readonly string[], date: string) => {
    for (const node of nodes) {
      const i = graph.indexOf.get(node) as number;
      const share = upstreamOf(graph, i)[graph.indexOf.get(TRUE_NODE) as number] as number;
      observations.push({ node, date, loadGD: ordinary(node) + SOURCE_GD * share, censored: false });
    }
  };
  let traced = traceAll();
  for (let round = 1; round <= rounds; round++) {
    const best = nextSamples(graph, traced.source, { batch: 3 }).map(({ node }) => node);
    const pair = pairToSample(graph, traced.credible["90"].nodes);
    const confirming = round > 3 && pair ? [pair.below, ...(pair.above === null ? [] : [pair.above])] : [];
    sample([...new Set([...confirming, ...best])].slice(0, 3), `2026-05-0${4 + round}`);
    traced = traceAll();
  }
  const { noSource, diffuse, outside, candidates, credible, massGD, several, sources, baseline } = traced;
  const evidence = observations.map(({ node, date, loadGD, censored }, i) => {
    const expectedGD = ordinary(node);
    const sample = {
      node,
      day: date,
      loadGD,
      censored,
      sampleId: `s-${node}-${i}`,
      logBayesFactor: i === 0 ? 2 : 0.5,
      expectedGD,
    };
    return { ...sample, reading: readingOf(sample, massGD?.median ?? null) };
  });
  const window = { start: "07:10", earliest: "06:20", latest: "07:40", travelH: 0.8 };
  const next = nextSamples(graph, traced.source, { batch: 3 }).map(({ node, bits, because }) => ({
    node,
    bits,
    because,
    window,
  }));
  const pair = confirmingPair(graph, credible["90"].nodes, evidence);
  return leadOf(leadId, {
    networkId: "town",
    trigger: { day: "2026-05-04", excessGD: SOURCE_GD, excessSdGD: 2, baselineGD: BASELINE_GD },
    finding: {
      en: "MDMA load at Plant A reached 16 g/d, 4.0 times the expected 4 g/d, on 2026-05-04 (p < 0.001).",
      zh: "2026-05-04，甲污水厂的MDMA负荷达到16 g/d，为预期值4 g/d的4.0倍（p < 0.001）。",
    },
    state: rounds > 0 ? "sampling" : "open",
    posterior: {
      ...{ noSource, diffuse, outside, candidates, credible, massGD, several, evidence, next },
      sources: [...sources],
      baselineSdLn: baseline.sdLn,
      confirmingPair: pair,
      notes: [...traced.notes],
    },
  });
}

/** Keeps the town and the lead as it went on, round by round. */
export async function saveTraced(records: Records, leadId: string, rounds: number): Promise<Lead> {
  await records.networks.save(town, AT);
  for (let round = 0; round <= rounds; round++) await records.leads.save({ ...tracedLead(leadId, round), version: round + 1 });
  return (await records.leads.find(leadId)) as Lead;
}
