import type { Environment } from "../schemas/config.ts";
import { findSubstance } from "../schemas/substances.ts";
import type { OutboxMessage } from "../store/records/outbox.ts";
import type { Records } from "../store/records/records.ts";
import { linkFor, signLink } from "./acknowledge.ts";
import { facetsOf } from "./facets.ts";
import type { Notice } from "./formats/notice.ts";
import { ALERTING } from "./routing.ts";

/** A message with all that a format may say of it, for one endpoint. */
export async function noticeOf(
  {
    records,
    settings: { SEWERTRACE_PUBLIC_URL: home },
  }: { records: Records; settings: Pick<Environment, "SEWERTRACE_PUBLIC_URL"> },
  endpointId: string,
  message: OutboxMessage,
): Promise<Notice> {
  const { siteId, site, region, analyte, verdict } = await facetsOf(records, message);
  const { messageId, event, subject, createdAt, payload } = message;
  const answerable = [...ALERTING, "anomaly.grouped", "alert.escalated"].includes(event);
  const link = linkFor(subject, endpointId, createdAt);
  const token = home && answerable ? signLink(link, await records.acknowledgements.signingKey()) : undefined;
  const names = analyte === null ? undefined : findSubstance(analyte)?.names;
  return {
    ...{ messageId, event, subject, createdAt, payload, siteId, site, region, analyte, verdict },
    substance: names ?? null,
    acknowledge: token ? { url: `${home}/acknowledge/${token}`, expiresAt: link.expiresAt } : null,
    page: home ? pageOf(home, subject) : null,
  };
}

function pageOf(home: string, subject: string): string | null {
  const kind = { anomaly: "anomalies", lead: "leads" }[subject.split("-")[0] ?? ""];
  return kind ? `${home}/${kind}/${subject}` : null;
}
