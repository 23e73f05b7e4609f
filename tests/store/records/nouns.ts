import type { Anomaly } from "../../../schemas/anomaly.ts";
import type { AssayResult } from "../../../schemas/assay.ts";
import type { Lead } from "../../../schemas/lead.ts";
import type { Sample } from "../../../schemas/sample.ts";
import { contentHashOf, identityOf, sampleHashOf } from "../../../store/records/results.ts";
import type { ResultRevision } from "../../../store/records/revisions.ts";

/** When everything in these tests happened. */
export const AT = "2026-05-06T08:00:00.000Z";

export function anomalyOf(day: string, change: Partial<Anomaly> = {}): Anomaly {
  return {
    anomalyId: `anomaly-${day}`,
    siteId: "plant-a",
    analyte: "mdma",
    quantity: "load",
    unit: "g/d",
    start: day,
    end: day,
    peak: day,
    observed: 9,
    expected: 3,
    low: 1,
    high: 6,
    ratio: 3,
    pValue: 1e-4,
    score: 4,
    shape: "spike",
    detector: { name: "model", version: "1" },
    baseline: { from: "2026-01-01", to: "2026-05-01", values: 120, excluded: 0 },
    verdict: null,
    explanation: { en: "three times", zh: "三倍" },
    state: "open",
    ...change,
  };
}

const set = (nodes: string[]) => ({ nodes, pipeLengthM: null, people: null });

const source = {
  candidates: [{ node: "A", probability: 0.96 }],
  credible: { "50": set(["A"]), "80": set(["A"]), "90": set(["A"]), "95": set(["A"]) },
  massGD: { median: 6, low: 4, high: 8 },
};

export function leadOf(leadId: string, change: Partial<Lead> = {}): Lead {
  return {
    leadId,
    anomalyIds: ["anomaly-2026-05-04"],
    siteId: "plant-a",
    region: "East",
    analyte: "mdma",
    state: "open",
    version: 1,
    networkId: "net-1",
    networkVersion: null,
    trigger: { day: "2026-05-04", excessGD: 6, excessSdGD: 1, baselineGD: 3 },
    finding: { en: "finding", zh: "发现" },
    posterior: {
      noSource: 0.01,
      diffuse: 0.02,
      outside: 0.01,
      ...source,
      several: 0,
      sources: [source],
      baselineSdLn: 0.3,
      next: [{ node: "A", bits: 0.4, because: { code: "tells_most", values: { upstreamShare: 0.6, bits: 0.4 } }, window: null }],
      evidence: [],
      confirmingPair: { positive: "A", negative: null },
      notes: [],
    },
    institutions: 0,
    assignee: null,
    mergedInto: null,
    retainUntil: null,
    anonymisedAt: null,
    openedAt: AT,
    updatedAt: AT,
    ...change,
  };
}

/** MDMA of one sample as one laboratory reported it. */
export function revisionOf(
  change: { labId?: string; sample?: Partial<Sample>; result?: Partial<AssayResult>; release?: string; reason?: string } = {},
): ResultRevision {
  const sample: Sample = {
    sampleId: "s-1",
    siteId: "plant-a",
    mode: "flowProportional",
    start: "2026-05-04T08:00:00+08:00",
    end: "2026-05-05T08:00:00+08:00",
    ...change.sample,
  };
  const result: AssayResult = {
    analyte: "mdma",
    quantity: "concentration",
    value: 12.5,
    unit: "ng/L",
    censoring: "none",
    method: "m-1",
    replicate: 1,
    ...change.result,
  };
  const { release = "1", reason, labId = "lab-1" } = change;
  const sampleHash = sampleHashOf(labId, sample);
  return {
    identity: identityOf(labId, sample.sampleId, result),
    contentHash: contentHashOf(sampleHash, result),
    sampleHash,
    orderKey: release,
    sample,
    result,
    origin: {
      labId,
      uploadId: `u-${release}`,
      reportedAt: AT,
      revision: reason ? { reason } : null,
      topic: "assay-reports",
      partition: 0,
      offset: "7",
    },
    receivedAt: AT,
  };
}
