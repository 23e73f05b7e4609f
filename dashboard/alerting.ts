import type { Silence, SilenceMatch } from "../schemas/silence.ts";
import type { Delivery, WebhookEndpoint } from "../schemas/webhook.ts";
import { answer, at, client, ifUnchanged, type Read, read } from "./answer.ts";
import type { paths } from "./client/paths.ts";

type Body<Path extends keyof paths> = paths[Path] extends {
  post: { requestBody: { content: { "application/json": infer Content } } };
}
  ? Content
  : never;

export type WebhookDraft = Body<"/api/v1/webhooks">;
type Change<Path extends keyof paths> = paths[Path] extends {
  patch: { requestBody?: { content: { "application/json": infer Content } } };
}
  ? Content
  : never;
export type WebhookChange = Change<"/api/v1/webhooks/{endpointId}">;
type SilenceChange = Change<"/api/v1/silences/{silenceId}">;
export type SilenceDraft = Body<"/api/v1/silences">;
export interface SilencePreview {
  days: number;
  count: number;
  items: ToldMessage[];
}
export interface ToldMessage {
  messageId: string;
  event: string;
  subject: string;
  siteId: string | null;
  analyte: string | null;
  createdAt: string;
}
/** Endpoints that were not told at once, and those of them that have not been told since. */
export type HiddenMessage = ToldMessage & { endpoints: number; untold: number };

const one = (endpointId: string) => ({ params: { path: { endpointId } } });
const silenceOf = (silenceId: string) => ({ params: { path: { silenceId } } });

/** What the pages about alerts ask of the server: who is told, what became of it, what is silent. */
export const alerting = {
  webhooks: async (signal?: AbortSignal): Promise<WebhookEndpoint[]> =>
    (await answer(client.GET("/api/v1/webhooks", at(signal)))).items,
  addWebhook: (draft: WebhookDraft): Promise<WebhookEndpoint & { secret: string }> =>
    answer(client.POST("/api/v1/webhooks", { body: draft })),
  webhook: (endpointId: string, signal?: AbortSignal): Promise<Read<WebhookEndpoint>> =>
    read(client.GET("/api/v1/webhooks/{endpointId}", { ...one(endpointId), ...at(signal) })),
  changeWebhook: (endpointId: string, change: WebhookChange, etag: string): Promise<WebhookEndpoint> =>
    answer(client.PATCH("/api/v1/webhooks/{endpointId}", { ...one(endpointId), body: change, ...ifUnchanged(etag) })),
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
  deliveries: async (
    filter: { state?: Delivery["state"] | undefined; endpointId?: string | undefined },
    signal?: AbortSignal,
  ): Promise<Delivery[]> =>
    (await answer(client.GET("/api/v1/deliveries", { params: { query: { limit: 100, ...filter } }, ...at(signal) }))).items,
  delivery: (deliveryId: string, signal?: AbortSignal): Promise<Delivery> =>
    answer(client.GET("/api/v1/deliveries/{deliveryId}", { params: { path: { deliveryId } }, ...at(signal) })),
  deliverAgain: (deliveryId: string): Promise<Delivery> =>
    answer(client.POST("/api/v1/deliveries/{deliveryId}/replay", { params: { path: { deliveryId } } })),
  silences: async (past: boolean, signal?: AbortSignal): Promise<(Silence & { hidden: number })[]> =>
    (await answer(client.GET("/api/v1/silences", { params: { query: { past: past ? "true" : "false" } }, ...at(signal) }))).items,
  addSilence: (draft: SilenceDraft): Promise<Silence> => answer(client.POST("/api/v1/silences", { body: draft })),
  previewSilence: (match: SilenceMatch): Promise<SilencePreview> =>
    answer(client.POST("/api/v1/silences/preview", { body: { match } })),
  endSilence: (silenceId: string): Promise<Silence> =>
    answer(client.POST("/api/v1/silences/{silenceId}/end", silenceOf(silenceId))),
  silence: (silenceId: string, signal?: AbortSignal): Promise<Read<Silence>> =>
    read(client.GET("/api/v1/silences/{silenceId}", { ...silenceOf(silenceId), ...at(signal) })),
  changeSilence: (silenceId: string, change: SilenceChange, etag: string): Promise<Silence> =>
    answer(client.PATCH("/api/v1/silences/{silenceId}", { ...silenceOf(silenceId), body: change, ...ifUnchanged(etag) })),
  hiddenBy: async (silenceId: string, signal?: AbortSignal): Promise<HiddenMessage[]> =>
    (await answer(client.GET("/api/v1/silences/{silenceId}/hidden", { ...silenceOf(silenceId), ...at(signal) }))).items,
};
