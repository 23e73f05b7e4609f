import type { ApiKey } from "../schemas/key.ts";
import { answer, at, client, ifUnchanged, type Read, read } from "./answer.ts";
import type { paths } from "./client/paths.ts";

export type KeyDraft = paths["/api/v1/keys"]["post"]["requestBody"]["content"]["application/json"];
type KeyChange = NonNullable<paths["/api/v1/keys/{keyId}"]["patch"]["requestBody"]>["content"]["application/json"];
type MadeKey = ApiKey & { token: string };

const one = (keyId: string) => ({ params: { path: { keyId } } });

/** What the page of keys asks of the server. */
export const keyring = {
  keys: async (signal?: AbortSignal): Promise<ApiKey[]> => (await answer(client.GET("/api/v1/keys", at(signal)))).items,
  add: (key: KeyDraft): Promise<MadeKey> => answer(client.POST("/api/v1/keys", { body: key })),
  /** The secret before goes on for so many hours. */
  rotate: (keyId: string, overlapHours: number): Promise<MadeKey> =>
    answer(client.POST("/api/v1/keys/{keyId}/rotate", { ...one(keyId), body: { overlapHours } })),
  key: (keyId: string, signal?: AbortSignal): Promise<Read<ApiKey>> =>
    read(client.GET("/api/v1/keys/{keyId}", { ...one(keyId), ...at(signal) })),
  change: (keyId: string, change: KeyChange, etag: string): Promise<ApiKey> =>
    answer(client.PATCH("/api/v1/keys/{keyId}", { ...one(keyId), body: change, ...ifUnchanged(etag) })),
  revoke: (keyId: string): Promise<unknown> => answer(client.DELETE("/api/v1/keys/{keyId}", one(keyId))),
};
