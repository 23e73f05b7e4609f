import type { InjectOptions } from "fastify";

/** A multipart/form-data request to the one way in for uploads, as a browser sends it. */
export async function fileRequest(
  content: string | Uint8Array,
  { name = "results.csv", query = "", headers = {}, fields = {} }: FileRequest = {},
): Promise<InjectOptions & { headers: Record<string, string> }> {
  const form = new FormData();
  form.set("file", new Blob([typeof content === "string" ? content : new Uint8Array(content)]), name);
  for (const [field, value] of Object.entries(fields)) {
    if (value instanceof File) form.set(field, value, value.name);
    else form.set(field, typeof value === "string" ? value : JSON.stringify(value));
  }
  const response = new Response(form);
  const payload = Buffer.from(await response.arrayBuffer());
  const type = response.headers.get("content-type")!;
  return { method: "POST", url: `/api/v1/uploads${query}`, payload, headers: { "content-type": type, ...headers } };
}

export interface FileRequest {
  name?: string;
  query?: string;
  headers?: Record<string, string>;
  fields?: Record<string, unknown>;
}
