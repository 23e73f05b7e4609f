/**
 * What the trace believes before it has seen a sample. Shares are probabilities, sd are of natural logarithms.
 * Where the numbers come from, and what they were tuned on: docs/trace-back.md.
 */
export interface TraceModel {
  /** Laboratory and 24-hour sampling together, sd ln. */
  readonly noiseSdLn: number;
  /** Share of results that are wrong by more than noise, and the sd ln of those. */
  readonly outlierShare: number;
  readonly outlierSdLn: number;
  /** Added in quadrature to the noise on a day whose flows exceed the dry ones by `rainRatio`. */
  readonly rainSdLn: number;
  readonly rainRatio: number;
  /** How far a manhole's ordinary load lies from its baseline, sd ln: the truth is one of these levels, learned from the samples. */
  readonly effectLevels: readonly EffectLevel[];
  /** How far the ordinary loads of all manholes lie together from their shared-out baselines, ln: sewage is lost or joins on the way. */
  readonly commonShift: readonly { readonly ln: number; readonly prior: number }[];
  /** The effect at the plant itself, whose baseline is measured for years. */
  readonly plantEffectSdLn: number;
  /** Chance that the map is wrong about one sampled manhole: the source's sewage does not pass where it should. */
  readonly mapErrorShare: number;
  /** Chance that the source emits on a day, and how probable each is. */
  readonly emission: readonly { readonly share: number; readonly prior: number }[];
  /** Before any sample: nothing but noise (at a large and at a small excess), a diffuse rise, a source outside the map. */
  readonly noise: { readonly surely: number; readonly likely: number };
  readonly diffuse: number;
  readonly outside: number;
  /** That there is another source beside those found. */
  readonly furtherSource: number;
  /** Excess load at the plant as a multiple of its baseline: smallest that is looked for, largest, steps; below `likely` as its square less likely. */
  readonly excessRatio: { readonly min: number; readonly max: number; readonly steps: number; readonly likely: number };
  /** Day-to-day variation of the emitted mass, added to the excess's own sd as a share of it. */
  readonly emissionSdShare: number;
  /** Prior of a node: shares by people (or flow), evenly over nodes with inflow, evenly over all. */
  readonly nodePrior: { readonly byInflow: number; readonly overInlets: number; readonly overAll: number };
}

export interface EffectLevel {
  /** Baseline shared out by flow or people. */
  readonly staticSdLn: number;
  /** Baseline measured at the manhole. */
  readonly surveyedSdLn: number;
  readonly prior: number;
}

export const TRACE_MODEL: TraceModel = {
  noiseSdLn: 0.245,
  outlierShare: 0.01,
  outlierSdLn: 1.5,
  rainSdLn: 0.35,
  rainRatio: 1.5,
  effectLevels: [
    { staticSdLn: 0.2, surveyedSdLn: 0.07, prior: 0.4 },
    { staticSdLn: 0.35, surveyedSdLn: 0.15, prior: 0.33 },
    { staticSdLn: 0.6, surveyedSdLn: 0.3, prior: 0.17 },
    { staticSdLn: 1.0, surveyedSdLn: 0.6, prior: 0.06 },
    { staticSdLn: 1.5, surveyedSdLn: 1.0, prior: 0.04 },
  ],
  commonShift: [
    { ln: -0.25, prior: 0.2 },
    { ln: 0, prior: 0.6 },
    { ln: 0.25, prior: 0.2 },
  ],
  plantEffectSdLn: 0.05,
  mapErrorShare: 0.01,
  emission: [
    { share: 0.98, prior: 0.5 },
    { share: 0.75, prior: 0.25 },
    { share: 0.5, prior: 0.15 },
    { share: 0.3, prior: 0.1 },
  ],
  noise: { surely: 0.5, likely: 0.1 },
  diffuse: 0.04,
  outside: 0.01,
  furtherSource: 0.2,
  excessRatio: { min: 0.1, max: 30, steps: 13, likely: 0.3 },
  emissionSdShare: 0.15,
  nodePrior: { byInflow: 0.2, overInlets: 0.3, overAll: 0.5 },
};
