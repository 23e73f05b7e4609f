import type { Bilingual } from "../../schemas/anomaly.ts";
import type { EventType } from "../../schemas/webhook.ts";

export type Language = "en" | "zh";

/** A message with all that a format may say of it; the formats are pure functions of it. */
export interface Notice {
  messageId: string;
  event: EventType;
  /** An anomaly, lead, group or endpoint id. */
  subject: string;
  createdAt: string;
  /** The message itself, `{type, timestamp, data}`. */
  payload: unknown;
  siteId: string | null;
  site: Bilingual | null;
  region: string | null;
  analyte: string | null;
  substance: Bilingual | null;
  verdict: string | null;
  /** Where it is taken in hand, for those who cannot or will not sign in. */
  acknowledge: { url: string; expiresAt: string } | null;
  /** Its page in the dashboard. */
  page: string | null;
}

/** What is said of a message by people's channels: a line, and what is beneath it. */
export interface Words {
  title: string;
  lines: string[];
}
