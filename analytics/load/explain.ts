import { type Methods, SHIPPED_METHODS } from "../../schemas/methods.ts";
import { findProfile, UNCERTAINTY_PARTS, type UncertaintyPart } from "../../schemas/profiles.ts";
import { qualityRules } from "../../schemas/qualityRules.ts";
import { findSubstance } from "../../schemas/substances.ts";
import type { UnitCode } from "../../schemas/units.ts";
import type { Amount, DerivedQuantity, DerivedValue } from "./derived.ts";
import { WORDS } from "./explainWords.ts";

export type Language = "en" | "zh";

/**
 * A derived number in words a head of laboratory accepts: what it is, how it came from the raw results step by step with the numbers put
 * in, how sure it is and why, what stands against it, and how to compute it again. One paragraph a line.
 */
export function explain(derived: DerivedValue, language: Language, methods: Methods = SHIPPED_METHODS): string[] {
  return [
    headline(derived, language),
    ...chainDown(derived, language, methods),
    ...uncertaintyLines(derived, language),
    ...reservations(derived, language, methods),
    origin(derived, language, methods),
  ];
}

/** Four significant digits, as a laboratory would print them. */
export function shown(value: number): string {
  if (value === 0) return "0";
  const digits = Math.max(0, 3 - Math.floor(Math.log10(Math.abs(value))));
  return Number(value.toPrecision(4)).toLocaleString("en-US", { maximumFractionDigits: digits, useGrouping: true });
}

function unitWords(unit: UnitCode, language: Language): string {
  return WORDS[language].units[unit] ?? unit;
}

/** As it stands within a sentence: English names lose their capital, abbreviations (MDMA, THC-COOH) keep theirs. */
function nameOf(id: string, language: Language): string {
  const name = findSubstance(id)?.names[language] ?? id;
  return language === "en" && !/[A-Z]{2}/.test(name) ? name.toLowerCase() : name;
}

function quantity({ value, low, high, unit }: Amount, { censoring }: DerivedValue, language: Language): string {
  const words = WORDS[language];
  const units = unitWords(unit, language);
  if (censoring === "none") return words.measured(shown(value), units, shown(low), shown(high ?? value));
  if (censoring === "aboveRange") return words.above(shown(value), units);
  return words.below(shown(value), units);
}

function headline(derived: DerivedValue, language: Language): string {
  const words = WORDS[language];
  const { siteId, day, amount, total, absent } = derived;
  const subject = words.subject(
    words.quantities[derived.quantity],
    nameOf(derived.drug ?? derived.analyte, language),
    siteId,
    day,
  );
  if (amount !== null) return `${subject}${words.is}${quantity(amount, derived, language)}${words.stop}`;
  const why = absent === null ? "" : words.absences[absent];
  const rest = total === null ? "" : words.totalOnly(quantity(total, derived, language));
  return words.missing(subject, why) + rest;
}

function chainDown(derived: DerivedValue, language: Language, methods: Methods): string[] {
  const words = WORDS[language];
  const { inputs, resultIds, population } = derived.provenance;
  const residue = nameOf(derived.analyte, language);
  const lines: string[] = [];
  if (inputs.concentrationNgL !== null) {
    const relation = words.relations[derived.censoring];
    lines.push(words.raw(resultIds.join(", "), residue, relation, shown(inputs.concentrationNgL)));
  } else lines.push(words.rawUnknown(resultIds.join(", "), residue));
  if (derived.quantity === "concentration") return lines;
  if (inputs.concentrationNgL !== null && inputs.flowM3D !== null) {
    const arrived = inputs.concentrationNgL * inputs.flowM3D * 1e-6;
    lines.push(words.load(shown(inputs.concentrationNgL), shown(inputs.flowM3D), shown(arrived)));
    if (inputs.formedNgL > 0) lines.push(words.formed(shown(inputs.formedNgL)));
    if (inputs.arrivedShare !== 1) lines.push(words.arrived(shown(inputs.arrivedShare * 100), shown(inputs.residenceTimeH ?? 0)));
  } else if (inputs.flowM3D === null) lines.push(words.noFlow);
  if (derived.quantity !== "load" && population) {
    const method = words.populations[population.method];
    const counted = words.population(shown(population.people), method, shown(population.cv * 100), population.source);
    lines.push(counted);
  }
  if (derived.quantity === "consumption" || derived.quantity === "doses") lines.push(...takenLines(derived, language, methods));
  return lines;
}

function takenLines({ provenance, quantity: kind }: DerivedValue, language: Language, methods: Methods): string[] {
  const words = WORDS[language];
  const { inputs, factorIds } = provenance;
  const lines: string[] = [];
  if (inputs.licitLoadGD !== null) lines.push(words.licit(shown(inputs.licitLoadGD)));
  if (inputs.otherDrugLoadGD !== null) lines.push(words.otherDrug(shown(inputs.otherDrugLoadGD)));
  const factor = methods.excretionFactors.find(({ id }) => id === factorIds.excretion);
  if (factor && inputs.conversionFactor !== null) {
    const drug = nameOf(factor.drug, language);
    const share = shown(factor.excretedFraction * 100);
    const evidence = words.evidence[factor.evidence];
    lines.push(
      words.factor(
        drug,
        nameOf(factor.residue, language),
        share,
        shown(inputs.conversionFactor),
        factor.id,
        factor.source,
        evidence,
      ),
    );
  }
  const dose = methods.standardDoses.find(({ id }) => id === factorIds.dose);
  if (kind === "doses" && dose) lines.push(words.dose(shown(dose.value), dose.source));
  return lines;
}

const LEFT_OUT: Record<DerivedQuantity, readonly UncertaintyPart[]> = {
  concentration: ["stability", "flow", "population", "excretion"],
  load: ["population", "excretion"],
  populationNormalisedLoad: ["excretion"],
  consumption: [],
  doses: [],
};

/** Which parts count in which quantity. */
function partsOf({ quantity: kind }: DerivedValue): UncertaintyPart[] {
  const leftOut = new Set<UncertaintyPart>(LEFT_OUT[kind]);
  return UNCERTAINTY_PARTS.filter((part) => !leftOut.has(part));
}

function uncertaintyLines(derived: DerivedValue, language: Language): string[] {
  if (derived.logSd === null) return [];
  const words = WORDS[language];
  const { cv, correlated, level } = derived.provenance.uncertainty;
  const list = (parts: UncertaintyPart[]) =>
    parts.map((part) => `${words.parts[part]} ${shown(cv[part] * 100)} %`).join(words.comma);
  const shared = partsOf(derived).filter((part) => correlated.includes(part));
  const own = partsOf(derived).filter((part) => !correlated.includes(part));
  return [words.uncertainty(list(own), list(shared), shown(level * 100))];
}

function reservations(derived: DerivedValue, language: Language, methods: Methods): string[] {
  const words = WORDS[language];
  const { flags, notes } = derived.provenance;
  const lines = notes.map((note) => words.notes[note]);
  for (const { ruleId, severity, value, unit, override } of flags) {
    const title = qualityRules.find(({ id }) => id === ruleId)?.title[language] ?? ruleId;
    const found = value === null ? words.unknown : `${shown(value)} ${unit === "1" ? "" : unit}`.trim();
    const flag = words.flag(ruleId, title, words.severities[severity], found);
    lines.push(override ? flag + words.overridden(override.actor, override.reason) : flag);
  }
  const { hideFromDashboard, excludeFromAnalysis, excludeFromQualityReport } = derived.switches;
  if (excludeFromAnalysis) lines.push(words.excluded);
  if (hideFromDashboard) lines.push(words.hidden);
  if (excludeFromQualityReport) lines.push(words.offReport);
  const profile = profileOf(derived, methods);
  if (derived.variant === "primary" && profile) lines.push(...profile.knownIssues.map((issue) => issue[language]));
  if (derived.variant !== "primary") lines.push(words.beside);
  return lines;
}

function profileOf({ provenance }: DerivedValue, methods: Methods): ReturnType<typeof findProfile> {
  const [id, version] = provenance.profile.split("@");
  return findProfile(id!, Number(version), methods.profiles);
}

function origin(derived: DerivedValue, language: Language, methods: Methods): string {
  const { profile, softwareVersion } = derived.provenance;
  const known = profileOf(derived, methods);
  return WORDS[language].origin(known?.name[language] ?? profile, profile, softwareVersion);
}
