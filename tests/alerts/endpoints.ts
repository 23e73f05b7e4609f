import { WANTS_ALL, type WebhookEndpoint } from "../../schemas/webhook.ts";
import { AT } from "../store/records/nouns.ts";

/** An endpoint that takes everything as signed JSON, each message on its own. */
export function endpointOf(endpointId: string, change: Partial<WebhookEndpoint> = {}): WebhookEndpoint {
  return {
    endpointId,
    url: "https://example.org/hook",
    description: "",
    events: ["anomaly.raised", "anomaly.retracted", "lead.opened", "lead.updated", "lead.retracted"],
    format: "standard",
    language: "en",
    filter: WANTS_ALL,
    groupMinutes: 0,
    escalation: [],
    owner: "Li",
    contact: null,
    active: true,
    pausedReason: null,
    createdAt: AT,
    ...change,
  };
}
