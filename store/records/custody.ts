import type { ChainEntry } from "../../schemas/chain.ts";
import type { CustodyEvent, Sample } from "../../schemas/sample.ts";
import type { NewChainEntry } from "./chains.ts";
import { canonicalJson } from "./hash.ts";
import type { Records } from "./records.ts";

/** A sample as a laboratory reports it. */
export interface ReportedSample {
  labId: string;
  sample: Pick<Sample, "sampleId" | "custody">;
}

/** The hash-chained log of who had a sample when. */
export const custodyChain = (labId: string, sampleId: string) => `custody:${labId}/${sampleId}`;

/** Adds the hand-overs that samples come with to their chains; those that a chain holds already are passed over. */
export async function addCustody({ chains }: Pick<Records, "chains">, samples: readonly ReportedSample[]): Promise<void> {
  const entries = samples.flatMap(({ labId, sample: { sampleId, custody = [] } }) =>
    custody.map((event) => ({ chain: custodyChain(labId, sampleId), entry: handOver(sampleId, event) })),
  );
  const byChain = Map.groupBy(entries, ({ chain }) => chain);
  // in one order everywhere: two transactions that lock the same chains do not wait for each other in a circle
  for (const chain of [...byChain.keys()].sort())
    await chains.appendMissing(
      chain,
      byChain.get(chain)!.map(({ entry }) => entry),
    );
}

/** Adds one hand-over, or finds it: sent again it stays one entry, and its sender is answered as the first time. */
export function addHandOver(
  records: Pick<Records, "transaction">,
  labId: string,
  sampleId: string,
  event: CustodyEvent,
): Promise<ChainEntry> {
  const chain = custodyChain(labId, sampleId);
  return records.transaction(async ({ chains }) => {
    const [added] = await chains.appendMissing(chain, [handOver(sampleId, event)]);
    if (added) return added;
    const same = canonicalJson(event);
    for (let after = 0; ; ) {
      const page = await chains.list(chain, { after });
      const found = page.find(({ content }) => canonicalJson(content) === same);
      if (found) return found;
      const last = page.at(-1);
      if (!last) throw new Error(`addHandOver: ${chain} held the hand-over and does not any more`);
      after = last.seq;
    }
  });
}

/** The entry of one hand-over. */
function handOver(sampleId: string, event: CustodyEvent): NewChainEntry {
  const { time, action, by } = event;
  return { at: new Date(time).toISOString(), actor: by, action, subject: sampleId, content: event };
}
