import type { Bilingual, Verdict } from "../../schemas/anomaly.ts";
import { dayNumber } from "../../schemas/days.ts";
import { findSubstance, resolveAnalyte } from "../../schemas/substances.ts";
import { weekdayOf } from "../detect/design.ts";
import type { DayScore, SeriesDetection } from "../detect/detectSeries.ts";
import type { Anomaly } from "../detect/episodes.ts";
import { explainedAcross } from "../detect/explanation.ts";
import { regionalRises, scoreOn } from "../detect/regional.ts";
import { RESIDUE_FRACTIONS } from "../load/ratios.ts";
import { signsTold } from "./phrases.ts";
import thresholds from "./thresholds.json" with { type: "json" };
import { type Circumstances, verdictOf } from "./verdict.ts";

export interface Judged {
  readonly detection: SeriesDetection;
  readonly anomaly: Anomaly;
  readonly verdict: Verdict;
  /** The anomaly's sentence, with what other sites told and what was weighed. */
  readonly explanation: Bilingual;
}

/** What other sites tell of an anomaly: the rise of its region that it is part of, and whether its laboratory's batch moved. */
export interface Weighing {
  readonly regional: { readonly start: string; readonly risen: number; readonly sampled: number } | null;
  readonly batch: { readonly moved: number; readonly sites: number } | null;
}

/** Of one site and day: the analytes that a method quantified, and how many of them lay far above and far below what was expected. */
export interface BatchMove {
  readonly day: string;
  readonly method: string;
  readonly measured: number;
  readonly up: number;
  readonly down: number;
}

/** From how many sites, and what share of those sampled, a rise is the region's. */
export const REGIONAL_RULE = { sitesMin: thresholds.bands.sites.sitesMin, shareMin: thresholds.bands.sites.regionalShare };

/** Enantiomeric fractions, 0 to 1, come as an analyte of their own, named after the drug. */
const FRACTION = /^(.+?)[-_ ](ef|enantiomeric[-_ ]fraction)$/i;
export const isFraction = (analyte: string) => FRACTION.test(analyte);
const SYNTHESIS_ROLES = new Set(["precursor", "pre-precursor", "route-marker", "by-product"]);
/** Past values that tell a site's usual ratio of two analytes; fewer tell nothing. */
const USUAL_VALUES = { min: 8, max: 60 } as const;

/**
 * A verdict for each anomaly of a run, from the other analytes of the same sample and the other sites.
 * @param regionOf the region of a site: a rise is regional among the sites of one region
 */
export function judgeAll(detections: readonly SeriesDetection[], regionOf: (siteId: string) => string = () => ""): Judged[] {
  const bySite = Map.groupBy(detections, ({ siteId }) => siteId);
  const regional = new Map(
    regionalRises(detections, REGIONAL_RULE, regionOf).flatMap(({ start, risen, sampled, anomalies }) =>
      anomalies.map((anomaly) => [anomaly, { start, risen: risen.length, sampled }] as const),
    ),
  );
  const batches = Map.groupBy([...bySite.values()].flatMap(batchMovesOf), ({ day, method }) => JSON.stringify([day, method]));
  return detections.flatMap((detection) =>
    detection.anomalies.map((anomaly) => {
      const { method } = scoreOn(detection, anomaly.peak)!;
      const weighing = {
        regional: regional.get(anomaly) ?? null,
        batch: batchMoved(batches.get(JSON.stringify([anomaly.peak, method])) ?? [], anomaly.ratio > 1),
      };
      const circumstances = ownCircumstances(detection, bySite.get(detection.siteId)!, anomaly);
      const verdict = weighedVerdict(circumstances, weighing);
      return { detection, anomaly, verdict, explanation: explainedWith(anomaly.explanation, verdict, weighing) };
    }),
  );
}

/** The verdict of what is known at the site itself, and of what other sites tell. A batch that moved explains why sites rose together. */
export function weighedVerdict(own: Circumstances, { regional, batch }: Weighing): Verdict {
  return verdictOf({
    ...own,
    ...(regional && !batch ? { neighbours: { risen: regional.risen, sites: regional.sampled } } : {}),
    ...(batch ? { batch } : {}),
  });
}

/**
 * What is known of an anomaly at its own site.
 * @param own every series of the site
 */
export function ownCircumstances(detection: SeriesDetection, own: readonly SeriesDetection[], anomaly: Anomaly): Circumstances {
  const days = clearDays(detection, anomaly);
  const levels = own.flatMap((other) => {
    const level = levelOver(other, days);
    return level ? [{ analyte: other.analyte, level }] : [];
  });
  const { flowRatio } = scoreOn(detection, anomaly.peak)!;
  return circumstancesOf(detection.analyte, anomaly, levels, {
    ...(flowRatio === undefined ? {} : { flowRatio }),
    ...usualKetamineRatio(own, anomaly.start),
  });
}

/**
 * The days on which the rise is plain: on the log scale more than half as high as on its peak. One day's ratio of two analytes errs by
 * both assays, and the peak is the day on which the drug's erred upwards.
 */
function clearDays({ scores }: SeriesDetection, { start, end, peak, ratio }: Anomaly): string[] {
  const plain = scores.filter(
    ({ day, censored, ratio: own }) => start <= day && day <= end && !censored && own >= Math.sqrt(ratio),
  );
  return plain.length > 0 ? plain.map(({ day }) => day) : [peak];
}

/** Load and ratio of a series over days. */
interface Level {
  readonly censored: boolean;
  readonly load: number;
  readonly ratio: number;
}

/** Geometric means of the days on which it was quantified; below the limit where that was on fewer than half. */
function levelOver(series: SeriesDetection, days: readonly string[]): Level | undefined {
  const scores = days.flatMap((day) => scoreOn(series, day) ?? []);
  const quantified = scores.filter(({ censored }) => !censored);
  if (scores.length === 0) return undefined;
  if (quantified.length * 2 < scores.length) return { censored: true, load: scores[0]!.load, ratio: 1 };
  const mean = (of: (score: DayScore) => number) =>
    Math.exp(quantified.reduce((sum, score) => sum + Math.log(of(score)), 0) / quantified.length);
  return { censored: false, load: mean(({ load }) => load), ratio: mean(({ ratio }) => ratio) };
}

/** The sentence of an anomaly, with what other sites told of it and what was weighed. */
export function explainedWith(told: Bilingual, { evidence }: Verdict, { regional, batch }: Weighing): Bilingual {
  const across = explainedAcross(told, regional, batch);
  const signs = signsTold(evidence);
  return { en: across.en + signs.en, zh: across.zh + signs.zh };
}

/** What the methods of a site measured and moved, by day; days with too few analytes to tell are left out. */
export function batchMovesOf(own: readonly SeriesDetection[]): BatchMove[] {
  const { dilutionFactor, analytesMin } = thresholds.bands.coherence;
  const days = new Map<string, Map<string, { measured: number; up: number; down: number }>>();
  for (const { analyte, scores } of own) {
    if (isFraction(analyte)) continue;
    for (const { day, method, censored, ratio } of scores) {
      if (method === undefined || censored) continue;
      const methods = days.get(day) ?? new Map<string, { measured: number; up: number; down: number }>();
      const known = methods.get(method) ?? { measured: 0, up: 0, down: 0 };
      known.measured++;
      if (ratio > dilutionFactor) known.up++;
      else if (ratio < 1 / dilutionFactor) known.down++;
      days.set(day, methods.set(method, known));
    }
  }
  return [...days].flatMap(([day, methods]) =>
    [...methods].flatMap(([method, counts]) => (counts.measured < analytesMin ? [] : [{ day, method, ...counts }])),
  );
}

/**
 * Whether all that one method measured on a day moved the same way at several sites: then the laboratory moved.
 * @param moves of every site on the day, by the method
 */
export function batchMoved(moves: readonly BatchMove[], upward: boolean): Weighing["batch"] {
  const { shareMin } = thresholds.bands.coherence;
  const moved = moves.filter(({ measured, up, down }) => (upward ? up : down) >= shareMin * measured).length;
  const isBatch = moved >= thresholds.bands.sites.sitesMin && moved >= shareMin * moves.length;
  return isBatch ? { moved, sites: moves.length } : null;
}

/** Ketamine over norketamine before the anomaly, the median: the site's own, because that of urine is no threshold. */
function usualKetamineRatio(own: readonly SeriesDetection[], before: string): Pick<Circumstances, "ketamineToNorketamineUsual"> {
  const [drug, metabolite] = ["ketamine", "norketamine"].map((id) => own.find(({ analyte }) => idOf(analyte) === id));
  if (!drug || !metabolite) return {};
  const ratios = drug.scores
    .filter(({ day, censored }) => day < before && !censored)
    .slice(-USUAL_VALUES.max)
    .flatMap(({ day, load }) => {
      const other = scoreOn(metabolite, day);
      return other && !other.censored ? [load / other.load] : [];
    })
    .sort((a, b) => a - b);
  return ratios.length < USUAL_VALUES.min ? {} : { ketamineToNorketamineUsual: ratios[ratios.length >> 1]! };
}

const idOf = (analyte: string) => resolveAnalyte(analyte) ?? analyte.toLowerCase();

/** Forms of a drug that are measured apart, such as R- and S-MDMA: together they tell its enantiomeric fraction, first over both. */
const FORMS = Object.values(RESIDUE_FRACTIONS).map((forms) => ({ forms, drug: findSubstance(forms[0])?.parent ?? forms[0] }));
/** The drug of which an analyte is one form; any other analyte is itself. */
export const drugOfForm = (analyte: string): string =>
  FORMS.find(({ forms }) => forms.some((form) => form === analyte))?.drug ?? analyte;

/** What an anomaly and the levels of all analytes of its site, its own among them, tell of its circumstances. */
function circumstancesOf(
  analyte: string,
  anomaly: Anomaly,
  levels: readonly { readonly analyte: string; readonly level: Level }[],
  known: Pick<Circumstances, "flowRatio" | "ketamineToNorketamineUsual">,
): Circumstances {
  const id = idOf(analyte);
  const drug = drugOfForm(id);
  const loads: Record<string, number> = {};
  const belowLimit: string[] = [];
  const otherRatios: Record<string, number> = {};
  const precursors: string[] = [];
  let [meanRatio, enantiomericFraction]: (number | undefined)[] = [];
  for (const { analyte: name, level } of levels) {
    const fraction = FRACTION.exec(name);
    if (fraction) {
      if (idOf(fraction[1]!) === drug && !level.censored) enantiomericFraction = level.load;
      continue;
    }
    const other = idOf(name);
    if (level.censored) belowLimit.push(other);
    else loads[other] = level.load;
    if (other === id) meanRatio = level.ratio;
    else if (!level.censored && drugOfForm(other) !== drug) otherRatios[other] = level.ratio;
    const substance = findSubstance(other);
    if (!level.censored && substance?.parent === drug && SYNTHESIS_ROLES.has(substance.role)) precursors.push(other);
  }
  enantiomericFraction ??= fractionFrom(drug, loads);
  return {
    analyte: drug,
    ratio: anomaly.ratio,
    ...(meanRatio === undefined ? {} : { meanRatio }),
    shape: anomaly.shape,
    days: dayNumber(anomaly.end) - dayNumber(anomaly.start) + 1,
    weekday: tellingWeekday(anomaly),
    loads,
    belowLimit,
    otherRatios,
    precursors,
    ...(enantiomericFraction === undefined ? {} : { enantiomericFraction }),
    ...known,
  };
}

/** The weekday of the peak; of a rise of a few days that reaches into the weekend, the Saturday or Sunday it reaches. */
function tellingWeekday({ start, end, peak }: Anomaly): number {
  const days = Array.from({ length: dayNumber(end) - dayNumber(start) + 1 }, (_, i) => weekdayOf(dayNumber(start) + i));
  const weekend = days.length <= thresholds.bands.timing.weekendDays ? days.find((day) => day === 6 || day === 0) : undefined;
  return weekend ?? weekdayOf(dayNumber(peak));
}

function fractionFrom(drug: string, loads: Readonly<Record<string, number>>): number | undefined {
  const forms = FORMS.find((one) => one.drug === drug)?.forms.map((form) => loads[form]);
  const [one, other] = forms ?? [];
  return one === undefined || other === undefined ? undefined : one / (one + other);
}
