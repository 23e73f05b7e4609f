import type { Verdict } from "../../schemas/anomaly.ts";
import { VERDICT_SOURCES } from "../../schemas/anomaly.ts";
import { findSubstance } from "../../schemas/substances.ts";
import type { Shape } from "../detect/evidence.ts";
import { PHRASES } from "./phrases.ts";
import thresholds from "./thresholds.json" with { type: "json" };

/** What was seen beside the load itself. What is not known is absent: a missing marker leaves the verdict less certain. */
export interface Circumstances {
  /** Registry id of the analyte, such as `mdma`. */
  readonly analyte: string;
  /** Observed over expected load; below 1 a fall. */
  readonly ratio: number;
  /** The same over the days that the loads and the ratios of the others are of; `ratio` where absent. */
  readonly meanRatio?: number;
  readonly shape?: Shape;
  /** Days from the first to the last. */
  readonly days?: number;
  /** Of the peak, 0 is Sunday. */
  readonly weekday?: number;
  /** Load, in one unit, of each analyte of the same sample that was quantified, by registry id, and which lay below their limit. */
  readonly loads?: Readonly<Record<string, number>>;
  readonly belowLimit?: readonly string[];
  /** Observed over expected of the other analytes of the same sample. */
  readonly otherRatios?: Readonly<Record<string, number>>;
  /** R/(R+S) of the analyte, 0 to 1. */
  readonly enantiomericFraction?: number;
  /** Usual ketamine/norketamine of the site. */
  readonly ketamineToNorketamineUsual?: number;
  /** Flow over its usual value. */
  readonly flowRatio?: number;
  /** Precursors and by-products of synthesis that were quantified. */
  readonly precursors?: readonly string[];
  readonly qualityFlags?: readonly string[];
  /** At how many sites everything that the same method measured moved the same way, of those it measured that day. */
  readonly batch?: { readonly moved: number; readonly sites: number };
  /** Sites of the region that rose together, its own among them, and those that were sampled in those days. */
  readonly neighbours?: { readonly risen: number; readonly sites: number };
}

export type EvidenceId = keyof typeof thresholds.evidence;
interface Sign {
  id: EvidenceId;
  marker: string;
  found: string;
}
const { bands } = thresholds;

/**
 * Posterior over the six sources: prior odds times one likelihood ratio a sign (naive Bayes, natural logs, thresholds.json), and
 * `undetermined` when no source is likelier than all others together. The evidence table says what was found and why it counts.
 */
export function verdictOf(circumstances: Circumstances): Verdict {
  const signs = [ratioSigns, opiateSigns, shapeSigns, companySigns].flatMap((look) => look(circumstances));
  const logs = VERDICT_SOURCES.map((source) => {
    const weights = signs.map(({ id }) => (thresholds.evidence[id].weights as Record<string, number>)[source] ?? 0);
    return Math.log(thresholds.prior.weights[source]) + weights.reduce((sum, weight) => sum + weight, 0);
  });
  const top = Math.max(...logs);
  const total = logs.reduce((sum, log) => sum + Math.exp(log - top), 0);
  const probabilities = VERDICT_SOURCES.map((source, s) => [source, Math.exp(logs[s]! - top) / total] as const);
  const [likeliest, probability] = probabilities.reduce((best, each) => (each[1] > best[1] ? each : best));
  return {
    source: probability >= thresholds.undeterminedBelow.probability ? likeliest : "undetermined",
    probabilities: Object.fromEntries(probabilities) as Verdict["probabilities"],
    evidence: signs.map(({ id, marker, found }) => {
      const { favours, weights, band } = thresholds.evidence[id];
      const weight = (weights as Record<string, number>)[favours]!;
      return { marker, found, favours, weight, source: bands[band as keyof typeof bands].source, told: PHRASES[id] };
    }),
  };
}

const shown = (value: number) => String(Number(value.toPrecision(3)));

/** Parent over metabolite, and what is left of the hand when a drug was made or eaten. */
function ratioSigns({
  analyte,
  ratio: peakRatio,
  meanRatio: ratio = peakRatio,
  loads = {},
  otherRatios = {},
  enantiomericFraction,
  ketamineToNorketamineUsual,
}: Circumstances): Sign[] {
  const signs: Sign[] = [];
  const quotient = (over: string, under: string) => {
    const [top, bottom] = [loads[over], loads[under]];
    return top !== undefined && bottom !== undefined && bottom > 0 ? top / bottom : undefined;
  };
  const add = (id: EvidenceId, marker: string, value: number) => signs.push({ id, marker, found: shown(value) });
  if (analyte === "methamphetamine") {
    const band = bands.amphetamineToMethamphetamine;
    const value = quotient("amphetamine", "methamphetamine");
    if (value !== undefined && value < band.lower) add("amphetamineRatioLow", "amphetamine/methamphetamine", value);
    else if (value !== undefined && value >= band.consumedFrom && value <= band.consumedTo) {
      add("amphetamineRatioMetabolic", "amphetamine/methamphetamine", value);
    }
  }
  if (analyte === "amphetamine") {
    const band = bands.amphetamineToMethamphetamine;
    const value = quotient("amphetamine", "methamphetamine");
    const parent = otherRatios["methamphetamine"];
    const follows =
      parent !== undefined && ratio > 1.2 && Math.log(parent) / Math.log(ratio) >= bands.metaboliteShare.proportionalFrom;
    if (follows && value !== undefined && value >= band.consumedFrom && value <= band.consumedTo)
      add("amphetamineRatioMetabolic", "amphetamine/methamphetamine, which rose as well", value);
  }
  if (analyte === "cocaine" || analyte === "benzoylecgonine") {
    const value = quotient("cocaine", "benzoylecgonine");
    const id =
      value !== undefined && value > bands.cocaineToBenzoylecgonine.suspiciousAbove
        ? "cocaineRatioHigh"
        : "cocaineRatioMetabolic";
    if (value !== undefined) add(id, "cocaine/benzoylecgonine", value);
  }
  if (analyte === "mdma" && enantiomericFraction !== undefined) {
    const band = bands.enantiomericFraction;
    const within = (from: number, to: number) => enantiomericFraction >= from && enantiomericFraction <= to;
    if (within(band.racemicFrom, band.racemicTo)) add("racemic", "enantiomeric fraction", enantiomericFraction);
    else if (within(band.consumedFrom, band.consumedTo)) add("enriched", "enantiomeric fraction", enantiomericFraction);
  }
  const metabolite = METABOLITES[analyte]?.find((id) => otherRatios[id] !== undefined);
  if (metabolite !== undefined && ratio > 1.2) {
    const share = Math.log(otherRatios[metabolite]!) / Math.log(ratio);
    if (share >= bands.metaboliteShare.proportionalFrom) add("metaboliteProportional", `${metabolite} follows ${analyte}`, share);
    else if (share < bands.metaboliteShare.flatBelow) add("metaboliteFlat", `${metabolite} follows ${analyte}`, share);
  }
  if (analyte === "ketamine" || analyte === "norketamine") {
    const value = quotient("ketamine", "norketamine");
    const usual = ketamineToNorketamineUsual ?? bands.ketamineToNorketamine.site;
    const high = value !== undefined && value > usual * bands.ketamineToNorketamine.suspiciousTimesSite;
    if (value !== undefined) add(high ? "ketamineRatioHigh" : "ketamineRatioUsual", "ketamine/norketamine", value);
  }
  if (analyte === "methadone" || analyte === "eddp") {
    const value = quotient("methadone", "eddp");
    const high = value !== undefined && value > bands.methadoneToEddp.consumed * bands.methadoneToEddp.suspiciousTimes;
    if (value !== undefined) add(high ? "methadoneRatioHigh" : "methadoneRatioMetabolic", "methadone/EDDP", value);
  }
  if (analyte === "etomidate") {
    const value = quotient("etomidate", "etomidate-acid");
    if (value !== undefined && value > bands.etomidateToAcid.suspiciousAbove)
      add("etomidateUnchanged", "etomidate/etomidate acid", value);
  }
  return signs;
}

/** Metabolites that people alone form; benzoylecgonine also comes of cocaine in the sewer and is judged by its ratio. */
const METABOLITES: Record<string, readonly string[]> = {
  mdma: ["hmma", "hma"],
  fentanyl: ["norfentanyl"],
  tramadol: ["o-desmethyltramadol"],
};

/**
 * Morphine is medicine before it is heroin: without 6-MAM, or where that stays as it was, and with much codeine beside it or codeine
 * that rises along, a rise is licit.
 */
function opiateSigns({ analyte, ratio: peakRatio, meanRatio: ratio = peakRatio, ...seen }: Circumstances): Sign[] {
  const { loads = {}, belowLimit = [], otherRatios = {} } = seen;
  if (analyte !== "morphine" && analyte !== "codeine") return [];
  /** Share of the rise, on the log scale, that another residue took. */
  const followed = (id: string) =>
    otherRatios[id] !== undefined && ratio > 1.2 ? Math.log(otherRatios[id]) / Math.log(ratio) : undefined;
  const heroin = followed("6-mam");
  const stays = heroin !== undefined && heroin < bands.metaboliteShare.flatBelow;
  if (loads["6-mam"] !== undefined && !stays) return [{ id: "heroinMarker", marker: "6-MAM", found: "quantified" }];
  const [morphine, codeine] = [loads["morphine"], loads["codeine"]];
  if (morphine === undefined || codeine === undefined || !(stays || belowLimit.includes("6-mam"))) return [];
  const share = codeine / (morphine + codeine);
  const along = (followed(analyte === "morphine" ? "codeine" : "morphine") ?? 0) >= bands.metaboliteShare.proportionalFrom;
  if (share < bands.codeineShare.medicineAbove && !along) return [];
  const marker = `codeine/(morphine+codeine), 6-MAM ${stays ? "as before" : "below its limit"}`;
  return [{ id: "medicinalOpiates", marker, found: shown(share) }];
}

function shapeSigns({ ratio, shape, days = Number.POSITIVE_INFINITY, weekday }: Circumstances): Sign[] {
  const signs: Sign[] = [];
  // in its first days a shift and a weekend look alike
  const short = shape === "spike" || shape === "pulse" || days <= bands.timing.weekendDays;
  if (ratio >= bands.burst.ratio) signs.push({ id: "burst", marker: "times the expected load", found: shown(ratio) });
  const lasting = (shape === "step" || shape === "ramp") && days >= bands.timing.persistentDays;
  if (lasting && ratio > 1) signs.push({ id: "persistent", marker: "time course", found: shape });
  if (short && weekday !== undefined) {
    const weekend = weekday === 0 || weekday === 6;
    signs.push({ id: weekend ? "weekendRise" : "weekdayRise", marker: "day of the week", found: DAY_NAMES[weekday]! });
  }
  return signs;
}

const DAY_NAMES = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

/** What else moved: other analytes of the sample, other sites, the laboratory's batch, the water. */
function companySigns(circumstances: Circumstances): Sign[] {
  const { analyte, ratio, otherRatios = {}, flowRatio, precursors = [], qualityFlags = [], batch, neighbours } = circumstances;
  const signs: Sign[] = [];
  const others = otherDrugs(analyte, otherRatios);
  const factor = bands.coherence.dilutionFactor;
  const moved = others.filter((other) => (ratio > 1 ? other.ratio > factor : other.ratio < 1 / factor));
  const along = moved.length;
  const together = others.length >= bands.coherence.analytesMin && along / others.length >= bands.coherence.shareMin;
  const found = `${along} of ${others.length} other drugs and markers moved along`;
  if (together && (ratio < 1 || (flowRatio !== undefined && flowRatio > factor))) {
    signs.push({
      id: "dilution",
      marker: "all analytes together",
      found: flowRatio === undefined ? found : `${found}, flow ${shown(flowRatio)} times the usual`,
    });
  } else if (together && !batch) signs.push({ id: "influx", marker: "all analytes together", found });
  else if (!together && ratio > 1 && LEISURE.has(groupOf(analyte)) && leisureOf(moved).length >= bands.leisure.othersMin) {
    signs.push({ id: "leisureTogether", marker: "party drugs together", found: leisureOf(moved).join(", ") });
  } else if (others.length >= bands.coherence.analytesMin && along === 0)
    signs.push({ id: "alone", marker: "other analytes", found });
  if (batch) {
    const found = `all that the method measured moved at ${batch.moved} of ${batch.sites} sites`;
    signs.push({ id: "laboratoryBatch", marker: "laboratory batch", found });
  }
  for (const flag of qualityFlags) signs.push({ id: "quality", marker: "quality control", found: flag });
  if (precursors.length > 0) signs.push({ id: "precursors", marker: "precursors and by-products", found: precursors.join(", ") });
  if (neighbours) {
    const found = `${neighbours.risen} of ${neighbours.sites} sites of the region rose together`;
    signs.push({ id: "regional", marker: "other sites", found });
  }
  return signs;
}

/** What is used on a night out. */
const LEISURE: ReadonlySet<string | undefined> = new Set(["cocaine", "amphetamines", "arylcyclohexylamines", "cathinones"]);
const groupOf = (analyte: string) => findSubstance(analyte)?.group;
const leisureOf = (drugs: readonly { drug: string }[]) =>
  drugs.flatMap(({ drug }) => (LEISURE.has(groupOf(drug)) ? [drug] : [])).sort();

/** Amphetamine is a drug, and what the body makes of methamphetamine. */
const AMPHETAMINES = ["amphetamine", "methamphetamine"];

/**
 * The other drugs and population markers of a sample, each once, by the median of its residues: a drug and what becomes of it move
 * together whatever happened, so residues of the analyte's own drug tell nothing here.
 */
function otherDrugs(analyte: string, ratios: Readonly<Record<string, number>>): { drug: string; ratio: number }[] {
  const drugOf = (id: string) => {
    const drug = findSubstance(id)?.parent ?? id;
    return AMPHETAMINES.includes(analyte) && AMPHETAMINES.includes(drug) ? analyte : drug;
  };
  const own = drugOf(analyte);
  const byDrug = Map.groupBy(Object.entries(ratios), ([id]) => drugOf(id));
  return [...byDrug].flatMap(([drug, residues]) => {
    if (drug === own) return [];
    const sorted = residues.map(([, ratio]) => ratio).sort((a, b) => a - b);
    return [{ drug, ratio: sorted[sorted.length >> 1]! }];
  });
}
