import { setTimeout as wait } from "node:timers/promises";
import type { OutboxMessage, OutboxRecords } from "../../store/records/outbox.ts";

const POLL_MS = 1_000;
/**
 * A message carries the time at which its transaction began to write it, and becomes visible when that ends: one may turn up that is
 * this much older than the newest seen. So the last stretch is read again and again, and what was told is left out.
 */
const OVERLAP_MS = 10_000;
const PAGE = 500;

/**
 * Messages as they are told, until the signal aborts; null when a look found nothing new.
 * @param from ISO time; what was told since then comes first
 * @param told ids of messages that are not to come again
 */
export async function* followMessages(
  outbox: Pick<OutboxRecords, "messages">,
  from: string,
  told: ReadonlySet<string>,
  signal: AbortSignal,
): AsyncGenerator<OutboxMessage | null> {
  let newest = from;
  const seen = new Map([...told].map((messageId) => [messageId, from]));
  while (!signal.aborted) {
    const since = new Date(Date.parse(newest) - OVERLAP_MS).toISOString();
    for (const [messageId, createdAt] of seen) if (createdAt < since) seen.delete(messageId);
    for await (const message of pages(outbox, since)) {
      if (seen.has(message.messageId)) continue;
      seen.set(message.messageId, message.createdAt);
      if (message.createdAt > newest) newest = message.createdAt;
      yield message;
    }
    yield null;
    await wait(POLL_MS, undefined, { signal }).catch(() => undefined);
  }
}

/** Ids of what was told in the stretch that is read again: for a reader who wants only what comes from now on. */
export async function toldBefore(outbox: Pick<OutboxRecords, "messages">, now: string): Promise<Set<string>> {
  const told = new Set<string>();
  for await (const { messageId } of pages(outbox, new Date(Date.parse(now) - OVERLAP_MS).toISOString())) told.add(messageId);
  return told;
}

async function* pages(outbox: Pick<OutboxRecords, "messages">, since: string): AsyncGenerator<OutboxMessage> {
  for (let page = await outbox.messages({ since, limit: PAGE }); page.length > 0; ) {
    yield* page;
    const last = page.at(-1);
    page = page.length === PAGE && last ? await outbox.messages({ since, after: last, limit: PAGE }) : [];
  }
}
