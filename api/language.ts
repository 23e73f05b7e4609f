import type { FastifyRequest } from "fastify";

export type Language = "en" | "zh";

/** Words in both languages, or in one where there is no other yet. */
export type Said = string | { en: string; zh: string };

export function inLanguage(said: Said, language: Language): string {
  return typeof said === "string" ? said : said[language];
}

/**
 * What the reader would rather read, by `Accept-Language` (RFC 9110, 12.5.4): of English and Chinese the one with the higher weight, the
 * earlier of two alike, English where neither is named.
 * @example preferredLanguage("zh-CN,zh;q=0.9,en;q=0.8") // "zh"
 */
export function preferredLanguage(header: string | undefined): Language {
  let best: { language: Language; weight: number } = { language: "en", weight: 0 };
  for (const part of header?.split(",") ?? []) {
    const [, language, weight = "1"] = /^\s*(en|zh)(?:-[\w-]+)?\s*(?:;\s*q=([\d.]+))?\s*$/i.exec(part) ?? [];
    if (language && Number(weight) > best.weight) best = { language: language.toLowerCase() as Language, weight: Number(weight) };
  }
  return best.language;
}

export const languageOf = ({ headers }: FastifyRequest): Language => preferredLanguage(headers["accept-language"]);
