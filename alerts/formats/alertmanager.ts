import { z } from "zod";
import { groupMessage } from "../grouping.ts";
import type { Notice } from "./notice.ts";
import { wordsOf } from "./words.ts";

/** Without an end an Alertmanager takes an alert for over when it is not repeated within minutes; ours stand until withdrawn, or this long. */
const STANDS_MS = 7 * 86_400_000;

const state = z.looseObject({ data: z.looseObject({ state: z.string() }) });

const ENDED_STATES: readonly string[] = ["confirmed", "dismissed", "inconclusive", "merged", "retracted", "expired"];

/**
 * For `POST /api/v2/alerts` of an Alertmanager. What is later withdrawn or closed has the same labels and an end, so that it is
 * resolved there. A group is its members: grouping is an Alertmanager's own business.
 */
export function alertmanagerBody(notice: Notice): string {
  const group = notice.event === "anomaly.grouped" ? groupMessage.safeParse(notice.payload) : undefined;
  if (!group?.success) return JSON.stringify([alertOf(notice)]);
  const { items } = group.data.data;
  return JSON.stringify(
    items.map(({ anomalyId, siteId, analyte }) => alertOf({ ...notice, subject: anomalyId, siteId, analyte })),
  );
}

function alertOf(notice: Notice) {
  const { event, subject, siteId, region, analyte, createdAt, acknowledge, page } = notice;
  const { title, lines } = wordsOf(notice, "en");
  const closed = state.safeParse(notice.payload);
  const over =
    event.endsWith(".retracted") || (event === "lead.updated" && closed.success && ENDED_STATES.includes(closed.data.data.state));
  return {
    labels: {
      alertname: ALERT_NAMES[event.split(".")[0] as keyof typeof ALERT_NAMES],
      subject,
      ...(siteId ? { site: siteId } : {}),
      ...(region ? { region } : {}),
      ...(analyte ? { analyte } : {}),
    },
    annotations: {
      summary: title,
      description: lines.join("\n"),
      ...(acknowledge ? { acknowledge: acknowledge.url } : {}),
    },
    ...(over
      ? { endsAt: createdAt }
      : { startsAt: createdAt, endsAt: new Date(Date.parse(createdAt) + STANDS_MS).toISOString() }),
    ...(page ? { generatorURL: page } : {}),
  };
}

const ALERT_NAMES = {
  anomaly: "SewertraceAnomaly",
  lead: "SewertraceLead",
  alert: "SewertraceEscalation",
  webhook: "SewertraceWebhook",
} as const;
