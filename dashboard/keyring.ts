import type { ApiKey } from "../schemas/key.ts";
import { answer, at, client } from "./api.ts";
import type { paths } from "./client/paths.ts";

export type KeyDraft = paths["/api/v1/keys"]["post"]["requestBody"]["content"]["application/json"];
type MadeKey = ApiKey & { token: string };

const one = (keyId: string) => ({ params: { path: { keyId } } });

/** What the page of keys asks of the server. */
export const keyring = {
  keys: async (signal?: AbortSignal): Promise<ApiKey[]> => (await answer(client.GET("/api/v1/keys", at(signal)))).items,
  add: (key: KeyDraft): Promise<MadeKey> => answer(client.POST("/api/v1/keys", { body: key })),
  /** The secret before goes on for a day. */
  rotate: (keyId: string): Promise<MadeKey> => answer(client.POST("/api/v1/keys/{keyId}/rotate", { ...one(keyId), body: {} })),
  revoke: (keyId: string): Promise<unknown> => answer(client.DELETE("/api/v1/keys/{keyId}", one(keyId))),
};
