import type { ChainEntry } from "../../schemas/chain.ts";
import type { CustodyEvent, Sample } from "../../schemas/sample.ts";
import { canonicalJson } from "../../store/records/hash.ts";
import type { Records } from "../../store/records/records.ts";

/** The hash-chained log of who had a sample when. */
export const custodyChain = (labId: string, sampleId: string) => `custody:${labId}/${sampleId}`;

/** Adds the hand-overs that a sample comes with to its chain; those that it holds already are passed over. */
export async function addCustody({ chains }: Pick<Records, "chains">, labId: string, sample: Sample): Promise<void> {
  if (!sample.custody) return;
  const chain = custodyChain(labId, sample.sampleId);
  const known = new Set((await chains.list(chain)).map(({ content }) => canonicalJson(content)));
  for (const event of sample.custody) {
    if (!known.has(canonicalJson(event))) await addHandOver({ chains }, labId, sample.sampleId, event);
  }
}

export function addHandOver(
  { chains }: Pick<Records, "chains">,
  labId: string,
  sampleId: string,
  event: CustodyEvent,
): Promise<ChainEntry> {
  const { time, action, by } = event;
  return chains.append(custodyChain(labId, sampleId), {
    at: new Date(time).toISOString(),
    actor: by,
    action,
    subject: sampleId,
    content: event,
  });
}
