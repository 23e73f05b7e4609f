/** What an injection of a batch is, by the words of Agilent MassHunter and Skyline. */
export type Injection = "sample" | "calibrator" | "blank" | "control" | "other";

export function injectionOf(type: string): Injection {
  const word = type.replace(/[\s_-]/g, "").toLowerCase();
  if (/^(?:|sample|probe|unknown)$/.test(word)) return "sample";
  if (/^(?:cal|kal|standard|calibration)$/.test(word)) return "calibrator";
  if (/^(?:blank|matrixblank|leerwert|blindwert)$/.test(word)) return "blank";
  if (/^(?:qc|cc|qk|qualitycontrol)$/.test(word)) return "control";
  return "other";
}

/** What an injection shows of one compound, each absent where the export does not say. */
export interface Peak {
  /** 0 in a blank where nothing was found. */
  concentration?: number | undefined;
  /** Qualifier to quantifier, percent. */
  ionRatio?: number | undefined;
  retentionMin?: number | undefined;
  signalToNoise?: number | undefined;
  /** Area or height of the internal standard. */
  standardResponse?: number | undefined;
  /** Found of what was spiked, percent. */
  recoveryPercent?: number | undefined;
}

/** What the export says of a compound's method, as far as it does. */
export interface CompoundMethod {
  retentionMin?: number | undefined;
  calibrationR2?: number | undefined;
  ownInternalStandard?: boolean | undefined;
}

interface Seen {
  ratios: number[];
  retentionsMin: number[];
  responses: number[];
  blank: number | undefined;
  /** Of the batch's controls the one furthest from 100 %. */
  recoveryPercent: number | undefined;
}

/** A median of fewer responses than this is the sample's own more than the batch's. */
const RESPONSES_MIN = 3;

/**
 * Gathers what the injections of a batch say of each other, so that a result leaves with what the quality rules judge it by: its
 * blanks, calibrators, controls and the others' internal standards. A batch stands by its worst blank and its worst control.
 */
export function batchControls() {
  const compounds = new Map<string, Seen>();
  const of = (compound: string): Seen => {
    let seen = compounds.get(compound);
    if (!seen) {
      seen = { ratios: [], retentionsMin: [], responses: [], blank: undefined, recoveryPercent: undefined };
      compounds.set(compound, seen);
    }
    return seen;
  };
  const medians = new Map<Seen, number | undefined>();

  return {
    note(injection: Injection, compound: string, peak: Peak): void {
      if (injection === "other") return;
      const seen = of(compound);
      if (peak.standardResponse !== undefined && peak.standardResponse >= 0 && injection !== "blank") {
        seen.responses.push(peak.standardResponse);
        medians.delete(seen);
      }
      if (injection === "calibrator") {
        if (peak.ionRatio !== undefined && peak.ionRatio > 0) seen.ratios.push(peak.ionRatio);
        if (peak.retentionMin !== undefined) seen.retentionsMin.push(peak.retentionMin);
      } else if (injection === "blank") seen.blank = Math.max(seen.blank ?? 0, peak.concentration ?? 0);
      else if (injection === "control" && peak.recoveryPercent !== undefined) {
        const worst = seen.recoveryPercent ?? 100;
        if (seen.recoveryPercent === undefined || Math.abs(peak.recoveryPercent - 100) > Math.abs(worst - 100))
          seen.recoveryPercent = peak.recoveryPercent;
      }
    },
    /** Puts what is known into the result: `isRecovery` where it has none yet, and `controls`. */
    addTo(result: Record<string, unknown>, compound: string, peak: Peak, method: CompoundMethod = {}): void {
      const seen = of(compound);
      if (!medians.has(seen)) medians.set(seen, median(seen.responses));
      const usual = medians.get(seen);
      const response = within(peak.standardResponse, 0, Number.MAX_VALUE);
      if (result["isRecovery"] === undefined && response !== undefined && usual)
        result["isRecovery"] = short((response / usual) * 100);
      const expectedRetentionMin = mean(seen.retentionsMin) ?? method.retentionMin;
      const { loq, value, censoring } = result;
      const controls = {
        expectedIonRatio: mean(seen.ratios),
        retentionDeviationMin:
          peak.retentionMin === undefined || expectedRetentionMin === undefined
            ? undefined
            : peak.retentionMin - expectedRetentionMin,
        signalToNoise: within(peak.signalToNoise, 0, Number.MAX_VALUE),
        calibrationR2: within(method.calibrationR2, 0, 1),
        blankPercentOfLoq: seen.blank === undefined || typeof loq !== "number" ? undefined : (seen.blank / loq) * 100,
        sampleToBlank: seen.blank && censoring === "none" && typeof value === "number" ? value / seen.blank : undefined,
        spikeRecoveryPercent: seen.recoveryPercent === undefined ? undefined : Math.max(0, seen.recoveryPercent),
        ownInternalStandard: method.ownInternalStandard,
      };
      const known = Object.entries(controls).filter(([, fact]) => fact !== undefined);
      if (known.length > 0)
        result["controls"] = Object.fromEntries(
          known.map(([name, fact]) => [name, typeof fact === "number" ? short(fact) : fact]),
        );
    },
  };
}

/** Instruments print four to six digits: more in what is computed from them would be noise. */
const short = (value: number) => Number(value.toPrecision(6));

/** What an instrument prints out of all bounds, such as a negative signal to noise, says nothing. */
const within = (value: number | undefined, low: number, high: number) =>
  value !== undefined && value >= low && value <= high ? value : undefined;

const mean = (values: readonly number[]) =>
  values.length === 0 ? undefined : values.reduce((sum, value) => sum + value, 0) / values.length;

function median(values: readonly number[]): number | undefined {
  if (values.length < RESPONSES_MIN) return undefined;
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
