import createClient from "openapi-fetch";
import type { Problem } from "../schemas/problem.ts";
import type { paths } from "./client/paths.ts";
import { language } from "./language.ts";

export const client = createClient<paths, "application/json">({
  credentials: "same-origin",
  headers: { accept: "application/json" },
  fetch: (request) => globalThis.fetch(request),
});

// the server's own words are in the language of the page, whatever the browser's is
client.use({
  onRequest({ request }) {
    request.headers.set("accept-language", language.value);
  },
});

/** A request that was answered with a problem, or not answered at all (status 0). */
export class ApiError extends Error {
  override name = "ApiError";
  readonly status: number;
  readonly problem: Problem | null;
  constructor(status: number, problem: Problem | null, message: string, options?: ErrorOptions) {
    super(message, options);
    this.status = status;
    this.problem = problem;
  }
  static from(error: unknown): ApiError {
    if (error instanceof ApiError) return error;
    return new ApiError(0, null, error instanceof Error ? error.message : String(error), { cause: error });
  }
}

interface Asked<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

/** @throws ApiError for an answer that is a problem */
export async function answer<T>(asked: Promise<Asked<T>>): Promise<T> {
  const { data, error, response } = await asked;
  if (response.ok) return data as T;
  const problem = isProblem(error) ? error : null;
  throw new ApiError(response.status, problem, problem?.detail ?? response.statusText);
}

/** What was read, and the ETag that a change of it is made on the condition of. */
export interface Read<T> {
  value: T;
  etag: string;
}

/** @throws ApiError for an answer that is a problem */
export async function read<T>(asked: Promise<Asked<T>>): Promise<Read<T>> {
  const value = await answer(asked);
  return { value, etag: (await asked).response.headers.get("etag") ?? "*" };
}

/** Headers of a change that is refused when somebody else made one since. */
export const ifUnchanged = (etag: string) => ({ headers: { "if-match": etag } });

/** A proxy on the way may answer with a page of its own. */
function isProblem(error: unknown): error is Problem {
  return typeof error === "object" && error !== null && "detail" in error;
}

/** A signal as the client takes it, or nothing. */
export function at(signal: AbortSignal | undefined): { signal?: AbortSignal } {
  return signal ? { signal } : {};
}

/** A list is read whole up to this many pages: what a screen can show, and a bound on what a wrong cursor can cost. */
const PAGES_MAX = 20;
const PAGE_ITEMS = 500;

/** All items of a list. */
export async function all<T>(
  ask: (page: { limit: number; cursor?: string }) => Promise<Asked<{ items: T[]; next: string | null }>>,
): Promise<T[]> {
  const items: T[] = [];
  let cursor: string | null = null;
  for (let page = 0; page < PAGES_MAX; page++) {
    const read: { items: T[]; next: string | null } = await answer(ask({ limit: PAGE_ITEMS, ...(cursor ? { cursor } : {}) }));
    items.push(...read.items);
    cursor = read.next;
    if (!cursor) break;
  }
  return items;
}
