import { signal } from "@preact/signals";

export type Language = "en" | "zh";
export type Word = keyof Awaited<ReturnType<(typeof files)["en"]>>["default"];

/** The words of each language; only the one that is spoken is loaded. */
const files = {
  en: () => import("./languages/en.json", { with: { type: "json" } }),
  zh: () => import("./languages/zh.json", { with: { type: "json" } }),
};

/** The language the page speaks; numbers and dates follow it. */
export const language = signal<Language>("en");

const words = signal<Partial<Record<string, string>>>({});
const KEPT_AS = "sewertrace.language";

export function preferredLanguage(): Language {
  const kept = localStorage.getItem(KEPT_AS);
  if (kept === "en" || kept === "zh") return kept;
  return navigator.language.startsWith("zh") ? "zh" : "en";
}

/** Shows the page in the language as soon as its words are here. */
export async function loadLanguage(wanted: Language): Promise<void> {
  const loaded = await files[wanted]();
  words.value = loaded.default;
  language.value = wanted;
}

export async function chooseLanguage(wanted: Language): Promise<void> {
  localStorage.setItem(KEPT_AS, wanted);
  await loadLanguage(wanted);
}

/** The sentence for a key, with `{name}` replaced by the value of that name. */
export function t(word: Word, values: Record<string, string | number> = {}): string {
  const sentence = words.value[word] ?? word;
  return sentence.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}

/** For words that arrive as data (a state, a unit, a verdict): the translation, or the text itself where there is none. */
export function tData(group: string, value: string): string {
  return words.value[`${group}.${value}`] ?? value;
}

/** A sentence the server wrote in both languages. */
export function sentence(text: { en: string; zh: string }): string {
  return text[language.value];
}
