import { signal } from "@preact/signals";
import type { Site } from "../schemas/site.ts";
import type { Substance } from "../schemas/substances.ts";
import { api } from "./api.ts";
import { language } from "./language.ts";

const substances = signal<ReadonlyMap<string, Substance>>(new Map());

/** The registry's names, asked for once a visit; until they are here an id stands for its name. */
export async function loadNames(): Promise<void> {
  if (substances.value.size > 0) return;
  const list = await api.substances().catch(() => []);
  substances.value = new Map(list.map((entry) => [entry.id, entry]));
}

export function analyteName(id: string): string {
  return substances.value.get(id)?.names[language.value] ?? id;
}

/** Whether it counts people rather than drugs: cotinine is no part of what is used. */
export function isPopulationMarker(id: string): boolean {
  return substances.value.get(id)?.role === "population-marker";
}

export function siteName(site: Pick<Site, "name" | "nameZh">): string {
  return language.value === "zh" ? (site.nameZh ?? site.name) : site.name;
}

export function analyteChoices(ids: readonly string[]): { value: string; label: string }[] {
  return ids
    .map((value) => ({ value, label: analyteName(value) }))
    .toSorted((a, b) => a.label.localeCompare(b.label, language.value));
}

/** Every substance of the registry, by name. */
export const substanceChoices = (): { value: string; label: string }[] => analyteChoices([...substances.value.keys()]);

/** @param code ISO 3166, two letters */
export function countryName(code: string): string {
  return new Intl.DisplayNames(language.value === "zh" ? "zh-CN" : "en", { type: "region" }).of(code) ?? code;
}

/** The drugs that programmes measure most, first. The registry holds more, which the site page shows where they were measured. */
export const ANALYTES = [
  "methamphetamine",
  "amphetamine",
  "benzoylecgonine",
  "mdma",
  "ketamine",
  "6-monoacetylmorphine",
  "morphine",
  "codeine",
  "methadone",
  "thc-cooh",
  "cocaine",
  "fentanyl",
  "norfentanyl",
  "tramadol",
  "etomidate",
  "etomidate-acid",
  "norketamine",
  "cotinine",
];
