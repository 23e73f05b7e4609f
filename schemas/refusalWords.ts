import words from "./reference/refusals-zh.json" with { type: "json" };

/** Field names, units and codes stay as they are: they are what has to be typed. */
const SENTENCES: ReadonlyMap<string, string> = new Map(
  words.filter(({ en }) => !en.includes("{}")).map(({ en, zh }) => [en, zh]),
);

const literally = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

/** With gaps; the one that says most is tried first. */
const PATTERNS = words
  .filter(({ en }) => en.includes("{}"))
  .toSorted((a, b) => b.en.length - a.en.length)
  .map(({ en, zh }) => ({ pattern: new RegExp(`^${en.split("{}").map(literally).join("(.+?)")}$`, "s"), zh }));

/**
 * What a refusal or finding expects, or how it is mended, in Chinese: one table for all of them, `reference/refusals-zh.json`, by the
 * English sentence that stands where the fault is found. A sentence that the table does not hold is returned as it is.
 * @example refusalInChinese("at most 500 readings in one message") // "一条消息最多 500 个读数"
 */
export function refusalInChinese(sentence: string): string {
  const whole = SENTENCES.get(sentence);
  if (whole !== undefined) return whole;
  for (const { pattern, zh } of PATTERNS) {
    const found = pattern.exec(sentence);
    if (found) return zh.replace(/\{(\d)\}/g, (_gap, place: string) => found[Number(place)] ?? "");
  }
  return sentence;
}
