import type { Silence, SilenceMatch } from "../schemas/silence.ts";
import type { Delivery, WebhookEndpoint } from "../schemas/webhook.ts";
import { answer, at, client } from "./api.ts";
import type { paths } from "./client/paths.ts";

type Body<Path extends keyof paths> = paths[Path] extends {
  post: { requestBody: { content: { "application/json": infer Content } } };
}
  ? Content
  : never;

export type WebhookDraft = Body<"/api/v1/webhooks">;
export type SilenceDraft = Body<"/api/v1/silences">;
export interface SilencePreview {
  days: number;
  count: number;
  items: {
    messageId: string;
    event: string;
    subject: string;
    siteId: string | null;
    analyte: string | null;
    createdAt: string;
  }[];
}

const one = (endpointId: string) => ({ params: { path: { endpointId } } });

/** What the pages about alerts ask of the server: who is told, what became of it, what is silent. */
export const alerting = {
  webhooks: async (signal?: AbortSignal): Promise<WebhookEndpoint[]> =>
    (await answer(client.GET("/api/v1/webhooks", at(signal)))).items,
  addWebhook: (draft: WebhookDraft): Promise<WebhookEndpoint & { secret: string }> =>
    answer(client.POST("/api/v1/webhooks", { body: draft })),
  switchWebhook: (endpointId: string, active: boolean): Promise<WebhookEndpoint> =>
    answer(client.PATCH("/api/v1/webhooks/{endpointId}", { ...one(endpointId), body: { active } })),
  removeWebhook: (endpointId: string): Promise<unknown> =>
    answer(client.DELETE("/api/v1/webhooks/{endpointId}", one(endpointId))),
  testWebhook: (endpointId: string): Promise<unknown> =>
    answer(client.POST("/api/v1/webhooks/{endpointId}/test", one(endpointId))),
  newSecret: (endpointId: string): Promise<{ secret: string; previousUntil: string }> =>
    answer(client.POST("/api/v1/webhooks/{endpointId}/secret", one(endpointId))),
  recover: (endpointId: string, since: string): Promise<{ deliveries: number }> =>
    answer(client.POST("/api/v1/webhooks/{endpointId}/recover", { ...one(endpointId), body: { since } })),
  /** The first page only: of what was sent, the newest is what is looked at. */
  deliveries: async (state: Delivery["state"] | undefined, signal?: AbortSignal): Promise<Delivery[]> =>
    (
      await answer(
        client.GET("/api/v1/deliveries", { params: { query: { limit: 100, ...(state ? { state } : {}) } }, ...at(signal) }),
      )
    ).items,
  delivery: (deliveryId: string, signal?: AbortSignal): Promise<Delivery> =>
    answer(client.GET("/api/v1/deliveries/{deliveryId}", { params: { path: { deliveryId } }, ...at(signal) })),
  deliverAgain: (deliveryId: string): Promise<Delivery> =>
    answer(client.POST("/api/v1/deliveries/{deliveryId}/replay", { params: { path: { deliveryId } } })),
  silences: async (past: boolean, signal?: AbortSignal): Promise<Silence[]> =>
    (await answer(client.GET("/api/v1/silences", { params: { query: { past: past ? "true" : "false" } }, ...at(signal) }))).items,
  addSilence: (draft: SilenceDraft): Promise<Silence> => answer(client.POST("/api/v1/silences", { body: draft })),
  previewSilence: (match: SilenceMatch): Promise<SilencePreview> =>
    answer(client.POST("/api/v1/silences/preview", { body: { match } })),
  endSilence: (silenceId: string): Promise<Silence> =>
    answer(client.POST("/api/v1/silences/{silenceId}/end", { params: { path: { silenceId } } })),
};
