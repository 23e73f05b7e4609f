import type { FastifyInstance } from "fastify";
import { refusalInChinese } from "../schemas/refusalWords.ts";
import { type Language, languageOf } from "./language.ts";

/** What answers with findings of files or with refused messages, beside the problems, which speak for themselves. */
const TAGS: readonly string[] = ["uploads", "operations"];

/** Findings of files and refusals of messages are told in the reader's language, wherever in an answer they stand. */
export function translateRefusals(app: FastifyInstance): void {
  app.addHook("preSerialization", async (request, reply, payload) => {
    const { tags = [] } = (request.routeOptions.schema ?? {}) as { tags?: readonly string[] };
    if (!TAGS.includes(tags[0] ?? "")) return payload;
    reply.header("vary", "accept-language");
    return inLanguageOf(payload, languageOf(request));
  });
}

/** Whatever says what was expected and how it is mended, with both in the language; all else as it is. */
export function inLanguageOf<T>(payload: T, language: Language): T {
  if (language === "en" || typeof payload !== "object" || payload === null) return payload;
  if (Array.isArray(payload)) return payload.map((each: unknown) => inLanguageOf(each, language)) as T;
  if (Object.getPrototypeOf(payload) !== Object.prototype) return payload;
  const inside = Object.entries(payload).map(([name, value]) => [name, inLanguageOf(value as unknown, language)] as const);
  const whole = Object.fromEntries(inside) as Record<string, unknown>;
  const { expected, mend } = whole;
  if (typeof expected !== "string" || typeof mend !== "string") return whole as T;
  return { ...whole, expected: refusalInChinese(expected), mend: refusalInChinese(mend) } as T;
}
