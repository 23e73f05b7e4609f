import { z } from "zod";
import { bilingual } from "../schemas/anomaly.ts";
import { derivedId } from "../store/records/hash.ts";
import type { HeldDelivery, OutboxMessage } from "../store/records/outbox.ts";

/** A group is told with this many of its members; the count is of all. Keeps a message below the 20 kB that Standard Webhooks asks for. */
const MEMBERS_TOLD_MAX = 30;

const member = z.looseObject({
  anomalyId: z.string(),
  siteId: z.string(),
  analyte: z.string(),
  name: bilingual.nullable(),
});

/** A message that tells several anomalies of one region and substance. */
export const groupMessage = z.looseObject({
  type: z.literal("anomaly.grouped"),
  data: z.looseObject({ region: z.string().nullable(), analyte: z.string(), count: z.int(), items: z.array(member) }),
});

/** What is told together: anomalies of one region and substance. */
export function groupKeyOf(event: string, region: string | null, analyte: string | null): string | null {
  return event === "anomaly.raised" && analyte !== null ? `${region ?? ""}|${analyte}` : null;
}

const said = z.looseObject({
  data: z.looseObject({ anomalyId: z.string(), siteId: z.string(), analyte: z.string() }),
});

/** Which of a group's deliveries are told as one, when there are several. */
export function toldTogether(held: readonly HeldDelivery[]): HeldDelivery[] {
  const alike = held.filter(({ message }) => said.safeParse(message.payload).success);
  return alike.length > 1 ? alike : [];
}

/**
 * The message that stands for the group. Its id is derived from its members', so the same group is the same message.
 * @param names of the sites, in both languages
 */
export function groupedMessage(
  members: readonly HeldDelivery[],
  endpointId: string,
  region: string | null,
  names: ReadonlyMap<string, { en: string; zh: string }>,
  now: string,
): OutboxMessage {
  const items = members.map(({ message }) => {
    const { data } = said.parse(message.payload);
    const { anomalyId, siteId, analyte, start, end, peak, observed, expected, unit, ratio } = data;
    return { anomalyId, siteId, name: names.get(siteId) ?? null, analyte, start, end, peak, observed, expected, unit, ratio };
  });
  const messageId = derivedId("msg", "anomaly.grouped", endpointId, ...members.map(({ message }) => message.messageId));
  const places = [...new Set(items.map(({ siteId }) => siteId))];
  const data = {
    region,
    analyte: items[0]?.analyte,
    count: items.length,
    sites: places.slice(0, MEMBERS_TOLD_MAX).map((siteId) => ({ siteId, name: names.get(siteId) ?? null })),
    items: items.slice(0, MEMBERS_TOLD_MAX),
  };
  const payload = { type: "anomaly.grouped", timestamp: now, data };
  return { messageId, event: "anomaly.grouped", subject: messageId, payload, createdAt: now };
}
