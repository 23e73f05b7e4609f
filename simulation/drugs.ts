/** How the people of the simulated province use one drug: invented, in the ranges that the field has published. */
export interface DrugUse {
  analyte: string;
  /** Median population-normalised load over the plants, mg/d/(10*3.{inh}). */
  loadMgD1000: number;
  /** Log-scale spread of that load between plants. */
  siteSdLn: number;
  /** Amplitude of the weekday rhythm: 0 none, 0.5 a Saturday about two and a half times the Tuesday. */
  weekend: number;
  /** Amplitude of the yearly rhythm on the log scale, highest in summer. */
  season: number;
  /** Change a year on the log scale. */
  trend: number;
  lodNgL: number;
  loqNgL: number;
  /** The drug whose excretion this residue comes with, and the ratio of their loads. */
  from?: { analyte: string; ratio: number };
}

/**
 * Levels: methamphetamine, ketamine, morphine of a Chinese province 2021 (medians 22.6, 2.4, 6.7 mg/d/1000); AMP/METH 0.09 and
 * KET/NK 5.4 as in consumption; MDMA and cocaine mostly below the limit, as reported there. Limits: LC-MS/MS of 1 to 10 ng/L. Order matters: a residue stands after what it comes from.
 */
export const DRUG_USE: readonly DrugUse[] = [
  {
    analyte: "methamphetamine",
    loadMgD1000: 22,
    siteSdLn: 0.6,
    weekend: 0.08,
    season: 0.1,
    trend: -0.15,
    lodNgL: 0.6,
    loqNgL: 2,
  },
  { analyte: "amphetamine", ...comesWith("methamphetamine", 0.09), lodNgL: 0.3, loqNgL: 1 },
  { analyte: "ketamine", loadMgD1000: 3, siteSdLn: 0.7, weekend: 0.25, season: 0.1, trend: 0.05, lodNgL: 0.3, loqNgL: 1 },
  { analyte: "norketamine", ...comesWith("ketamine", 1 / 5.4), lodNgL: 0.3, loqNgL: 1 },
  { analyte: "mdma", loadMgD1000: 0.3, siteSdLn: 0.8, weekend: 0.55, season: 0.2, trend: 0, lodNgL: 0.3, loqNgL: 1 },
  {
    analyte: "benzoylecgonine",
    loadMgD1000: 0.25,
    siteSdLn: 0.8,
    weekend: 0.35,
    season: 0.1,
    trend: 0.1,
    lodNgL: 0.3,
    loqNgL: 1,
  },
  { analyte: "cocaine", ...comesWith("benzoylecgonine", 0.35), lodNgL: 0.3, loqNgL: 1 },
  { analyte: "morphine", loadMgD1000: 6.7, siteSdLn: 0.4, weekend: -0.03, season: 0.05, trend: 0, lodNgL: 0.6, loqNgL: 2 },
  { analyte: "codeine", loadMgD1000: 4, siteSdLn: 0.4, weekend: -0.03, season: -0.15, trend: 0, lodNgL: 0.6, loqNgL: 2 },
  { analyte: "6-mam", ...comesWith("morphine", 0.02), lodNgL: 0.3, loqNgL: 1 },
  { analyte: "cotinine", loadMgD1000: 900, siteSdLn: 0.15, weekend: 0.02, season: 0, trend: -0.02, lodNgL: 3, loqNgL: 10 },
  { analyte: "etomidate-acid", loadMgD1000: 1.5, siteSdLn: 0.9, weekend: 0.2, season: 0.05, trend: 0.2, lodNgL: 0.3, loqNgL: 1 },
];

function comesWith(analyte: string, ratio: number) {
  return { from: { analyte, ratio }, loadMgD1000: 0, siteSdLn: 0.15, weekend: 0, season: 0, trend: 0 };
}

/** Sunday to Saturday, on the log scale, times `weekend`: lowest on Tuesday and Wednesday, highest on Saturday. */
export const WEEKDAY_SHAPE: readonly number[] = [1.2, 0.1, -0.7, -0.8, -0.4, 0.1, 1.0];
