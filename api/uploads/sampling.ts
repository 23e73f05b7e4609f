import { factsOf, type Surroundings } from "../../analytics/quality/facts.ts";
import { judge } from "../../analytics/quality/rules.ts";
import type { SampleProblem } from "../../ingest/files/checkFile.ts";
import type { AssayReport, AssayResult } from "../../schemas/assay.ts";
import { type QualityRule, qualityRules } from "../../schemas/qualityRules.ts";
import type { Sample } from "../../schemas/sample.ts";
import type { Site } from "../../schemas/site.ts";
import { findSubstance } from "../../schemas/substances.ts";

/** What a laboratory can still mend, or must know: of the catalogue's rules, those about how a sample was taken and kept. */
const RULES: Record<string, { code: string; path: string; mend: string }> = {
  SAMPLING_WINDOW: {
    code: "sampling_window",
    path: "sample.end",
    mend: "Correct start and end. A shorter or longer composite is taken, and its load is less certain.",
  },
  SAMPLING_PULSES: {
    code: "sampling_pulses",
    path: "sample.pulsesTaken",
    mend: "Correct the numbers, or ask the plant why the sampler missed: parts of the day are not in the bottle.",
  },
  TEMP: {
    code: "storage_temperature",
    path: "sample.storage.temperatureCel",
    mend: "Keep samples at 4 °C, or frozen. Correct the value if it is not what the thermometer said.",
  },
  HOLD_TIME: {
    code: "holding_time",
    path: "sample.custody",
    mend: "Analyse within the holding time, or freeze the sample and enter when.",
  },
  HOLD_TIME_UNSTABLE: {
    code: "holding_time_unstable",
    path: "sample.custody",
    mend: "Freeze or acidify at once where such a substance is asked for; its value is a lower bound.",
  },
  PRESERV: {
    code: "preservation",
    path: "sample.storage.preservation",
    mend: "Freeze at -20 °C or acidify below pH 2 for substances that do not last, and enter it as preservation.",
  },
  COC: {
    code: "custody_broken",
    path: "sample.custody",
    mend: "Enter the missing hand-over, or the seal as it stands on the bottle. A lead cannot rest on the sample as it is.",
  },
};

const CATALOGUE: readonly QualityRule[] = qualityRules.filter(({ id }) => Object.hasOwn(RULES, id));

/** At or below this a sample counts as frozen, °C: -20 nominal, with what a freezer's door costs. */
const FROZEN_MAX_CEL = -15;
const ACIDIFIED = /\bpH\s*(?:<|≤|=)?\s*[12]\b|\bHCl\b|acid|säure|酸/i;
const FROZEN = /frozen|freez|gefroren|冷冻|冻存/i;

/** Clocks of a plant and of a server may differ by this, and a site's zone may be entered wrong by less than a day. */
const AHEAD_MAX_MS = 86_400_000;

/** What is odd about how the sample of a report was taken and kept, judged by the stability of what was measured in it; warnings. */
export function samplingProblems({ sample, results }: AssayReport, site: Site, now: Date): SampleProblem[] {
  const unstable = results.filter(({ analyte }) => findSubstance(analyte)?.stability === "low");
  // only the stability of the analyte makes a difference, so one of each class speaks for all
  const flags = judge(factsAbout((unstable[0] ?? results[0])!, sample, site), CATALOGUE);
  const analytes = [...new Set(unstable.map(({ analyte }) => analyte))].join(", ");
  const odd = flags.map(({ ruleId, value, threshold, unit }): SampleProblem => {
    const { code, path, mend } = RULES[ruleId]!;
    const { title } = CATALOGUE.find(({ id }) => id === ruleId)!;
    return { code, severity: "warning", path, mend, ...words(ruleId, title.en, value, threshold, unit, analytes) };
  });
  return Date.parse(sample.end) > now.getTime() + AHEAD_MAX_MS ? [aheadOfTime(sample, now), ...odd] : odd;
}

function aheadOfTime({ end }: Sample, now: Date): SampleProblem {
  return {
    code: "sample_in_future",
    severity: "warning",
    path: "sample.end",
    found: end,
    expected: `a sample that was taken before today, ${now.toISOString().slice(0, 10)}`,
    mend: "Correct the year or the day; if they are right, set the clock of the server.",
  };
}

const factsAbout = (result: AssayResult, sample: Sample, site: Site) => ({
  ...factsOf(result, sample, site, surroundings(sample)),
  transportTemperatureCel: warmestCel(sample),
  holdingDays: holdingDays(sample),
  preservationMatches: preservationMatches(result.analyte, sample),
});

function words(
  ruleId: string,
  title: string,
  value: number | null,
  threshold: QualityRule["warnOutside"],
  unit: string,
  analytes: string,
): { found: string; expected: string } {
  if (ruleId === "COC") return { found: "hand-overs out of order, without a collection, or under another seal", expected: title };
  if (ruleId === "PRESERV")
    return { found: "neither frozen nor acidified", expected: `preservation for ${analytes}, which is unstable` };
  const found = `${Number((value ?? 0).toFixed(1))} ${unit}`;
  const of = ruleId === "HOLD_TIME_UNSTABLE" ? `: ${analytes}` : "";
  return { found, expected: `${rangeText(threshold, unit)} (${title}${of})` };
}

function rangeText(threshold: QualityRule["warnOutside"], unit: string): string {
  const [low, high] = threshold ?? [null, null];
  if (low !== null && high !== null) return `${low} to ${high} ${unit}`;
  return low === null ? `at most ${high} ${unit}` : `at least ${low} ${unit}`;
}

function surroundings(sample: Sample): Surroundings {
  const { custody = [], storage } = sample;
  if (isPreserved(storage)) return { preservedAt: sample.end };
  const frozen = custody.find(({ temperatureCel }) => temperatureCel !== undefined && temperatureCel <= FROZEN_MAX_CEL);
  // not frozen when the laboratory got it: it lasted at least until then without
  const received = frozen ?? custody.find(({ action }) => action === "received");
  return received ? { preservedAt: received.time } : {};
}

const isPreserved = (storage: Sample["storage"]) =>
  storage !== undefined &&
  (storage.temperatureCel <= FROZEN_MAX_CEL ||
    ACIDIFIED.test(storage.preservation ?? "") ||
    FROZEN.test(storage.preservation ?? ""));

/** Whether a substance that does not last was kept so that it does; undefined where the storage is not told, or it lasts anyway. */
function preservationMatches(analyte: string, { storage }: Sample): number | undefined {
  if (storage === undefined || findSubstance(analyte)?.stability !== "low") return undefined;
  return Number(isPreserved(storage));
}

function warmestCel({ storage, custody = [] }: Sample): number | undefined {
  const all = [storage?.temperatureCel, ...custody.map(({ temperatureCel }) => temperatureCel)].filter(
    (cel) => cel !== undefined,
  );
  return all.length === 0 ? undefined : Math.max(...all);
}

/** From the end of sampling until the bottle was opened for analysis; a frozen sample waits without harm. */
function holdingDays(sample: Sample): number | undefined {
  const opened = sample.custody?.find(({ action }) => action === "opened");
  if (!opened || isPreserved(sample.storage)) return undefined;
  return (Date.parse(opened.time) - Date.parse(sample.end)) / 86_400_000;
}
