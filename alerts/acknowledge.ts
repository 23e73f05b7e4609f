import { createHmac, timingSafeEqual } from "node:crypto";
import type { Acknowledgement } from "../store/records/acknowledgements.ts";
import { derivedId } from "../store/records/hash.ts";
import type { Records } from "../store/records/records.ts";
import { groupMessage } from "./grouping.ts";

/** A link is good for as long as its message may be on its way, and as long again. */
const VALID_MS = 7 * 86_400_000;

/** What a link says: which alert, told to whom, until when. */
export interface AcknowledgeLink {
  subject: string;
  endpointId: string;
  expiresAt: string;
}

export function linkFor(subject: string, endpointId: string, createdAt: string): AcknowledgeLink {
  return { subject, endpointId, expiresAt: new Date(Date.parse(createdAt) + VALID_MS).toISOString() };
}

/**
 * The link's last part: what it says and its signature, at most a hundred characters. The same message to the same endpoint has the
 * same link at every attempt.
 */
export function signLink({ subject, endpointId, expiresAt }: AcknowledgeLink, key: Buffer): string {
  const said = `${subject}.${endpointId}.${Date.parse(expiresAt).toString(36)}`;
  return `${said}.${signatureOf(said, key).toString("base64url")}`;
}

/** What the link says; undefined when it is not one of ours. */
export function readLink(token: string, key: Buffer): AcknowledgeLink | undefined {
  const [, said = "", subject = "", endpointId = "", expiry = "", signature = ""] =
    /^(([\w-]+)\.([\w-]+)\.([\da-z]+))\.([\w-]+)$/.exec(token) ?? [];
  const [expected, found] = [signatureOf(said, key), Buffer.from(signature, "base64url")];
  if (found.length !== expected.length || !timingSafeEqual(found, expected)) return undefined;
  return { subject, endpointId, expiresAt: new Date(Number.parseInt(expiry, 36)).toISOString() };
}

const signatureOf = (said: string, key: Buffer) => createHmac("sha256", key).update(said).digest();

/** Of a link: it counts once, whoever follows it again. */
export function acknowledgementIdOf({ subject, endpointId, expiresAt }: AcknowledgeLink): string {
  return derivedId("ack", subject, endpointId, expiresAt);
}

/**
 * Takes an alert in hand: an open anomaly is acknowledged, a lead's log says who has it, and nobody else is told for want of an answer.
 * @returns the acknowledgement that counts for this link: this one, or the earlier
 */
export function acknowledge(records: Records, acknowledgement: Acknowledgement): Promise<Acknowledgement> {
  const { acknowledgementId, subject, at, actor } = acknowledgement;
  return records.transaction(async (inside) => {
    const earlier = await inside.acknowledgements.find(acknowledgementId);
    if (earlier) return earlier;
    const entry = { at, actor, action: "alert.acknowledged", subject, content: { acknowledgementId } };
    await inside.acknowledgements.add(acknowledgement);
    for (const each of await subjectsOf(inside, subject)) {
      const anomaly = await inside.anomalies.find(each);
      if (anomaly?.state === "open") await inside.anomalies.setState(each, "acknowledged", at);
      else if (await inside.leads.find(each)) await inside.chains.append(`lead:${each}`, { ...entry, subject: each });
    }
    await inside.chains.append("audit", entry);
    return acknowledgement;
  });
}

/** Who has taken the subject in hand since the time, by link or in the dashboard; undefined when nobody has. */
export async function takenInHand(records: Records, subject: string, since: string): Promise<string | undefined> {
  const byLink = (await records.acknowledgements.of(subject)).find(({ at }) => at >= since);
  if (byLink) return byLink.actor;
  const states = await Promise.all(
    (await subjectsOf(records, subject)).map(async (each) => {
      const found = (await records.anomalies.find(each)) ?? (await records.leads.find(each));
      return found?.state ?? "gone";
    }),
  );
  return states.includes("open") ? undefined : states[0];
}

/** A group's members, or the subject itself. */
async function subjectsOf(records: Records, subject: string): Promise<string[]> {
  const group = groupMessage.safeParse((await records.outbox.message(subject))?.payload);
  return group.success ? group.data.data.items.map(({ anomalyId }) => anomalyId) : [subject];
}
