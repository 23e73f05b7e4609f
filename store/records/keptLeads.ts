import type { Lead, Posterior } from "../../schemas/lead.ts";
import type { SampleReason } from "../../schemas/leadNotes.ts";
import type { OrderPoint } from "../../schemas/order.ts";

type Next = Posterior["next"][number];
type Evidence = Posterior["evidence"][number];

/** A lead as this program or an older one kept it. */
export interface KeptLead extends Omit<Lead, "posterior"> {
  posterior: KeptPosterior | null;
}

/** What came to the posterior after the first leads were kept. */
type Newer = "confirmingPair" | "several" | "sources" | "baselineSdLn" | "notes";

type KeptPosterior = Omit<Posterior, Newer | "next" | "evidence"> & {
  [K in Newer]?: Posterior[K];
} & {
  next: (Omit<Next, "because" | "window"> & Partial<Pick<Next, "because" | "window">> & { reason?: string })[];
  evidence: (Omit<Evidence, "expectedGD" | "reading"> & Partial<Evidence>)[];
  /** Sentences in English, before there were notes. */
  warnings?: string[];
};

/** A point of a sampling order, likewise. */
export type KeptPoint = Omit<OrderPoint, "because"> & Partial<Pick<OrderPoint, "because">> & { reason?: string };

/** What leads kept by an older program lack. */
const LACKING = { institutions: 0, assignee: null, mergedInto: null, retainUntil: null, anonymisedAt: null };

/** The lead as it would be kept today; what an older program did not know is none, and its sentences stay in its own words. */
export function readLead(kept: KeptLead): Lead {
  return { ...LACKING, ...kept, posterior: kept.posterior && readPosterior(kept.posterior) };
}

function readPosterior({ warnings = [], next, evidence, ...kept }: KeptPosterior): Posterior {
  const { candidates, credible, massGD } = kept;
  return {
    confirmingPair: null,
    several: 0,
    sources: [{ candidates, credible, massGD }],
    baselineSdLn: null,
    notes: warnings.map((text) => ({ code: "written", values: { text } })),
    ...kept,
    next: next.map(({ reason = "", because, window = null, ...sample }) => ({
      ...sample,
      because: because ?? reasonOf(reason, sample.bits),
      window,
    })),
    evidence: evidence.map((sample) => ({ expectedGD: null, reading: "unclear", ...sample })),
  };
}

export function readPoint({ reason = "", because, ...point }: KeptPoint): OrderPoint {
  return { ...point, because: because ?? (reason === "" ? null : reasonOf(reason, null)) };
}

/** Reasons were sentences in English, of few kinds. */
function reasonOf(text: string, bits: number | null): SampleReason {
  const share = /lies upstream with (\d+) %/.exec(text)?.[1];
  if (share !== undefined) {
    const code = text.startsWith("tells most beside") ? "tells_most_beside" : "tells_most";
    return { code, values: { upstreamShare: Number(share) / 100, bits } };
  }
  if (text.startsWith("confirms"))
    return { code: text.includes("not be found") ? "confirms_above" : "confirms_below", values: {} };
  return { code: "written", values: { text } };
}
