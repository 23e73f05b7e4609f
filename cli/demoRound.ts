import { scoreRound } from "../analytics/quality/interlaboratory.ts";
import { addDays } from "../schemas/days.ts";
import { DRUG_USE } from "../simulation/drugs.ts";
import type { Records } from "../store/records/records.ts";

/** A round as a provider would report it: spiked water, one standard deviation a tenth of the assigned value. */
const ROUND = {
  provider: "simulated",
  unit: "ng/L",
  sigmaShare: 0.1,
  assigned: { value: 100, uncertainty: 1 },
  found: 104,
} as const;

/** A round a year, the last a month ago. */
const DAYS_AGO = [760, 395, 30];

/** Interlaboratory rounds that the simulated laboratory passed for its whole panel: without one its results are not ranked. */
export async function recordPassedRounds({ rounds }: Records, labId: string, endDay: string): Promise<void> {
  const { provider, unit, sigmaShare, assigned, found: value } = ROUND;
  const { sigma, scores } = scoreRound([{ labId, value }], sigmaShare, assigned);
  const known = { provider, value, unit, sigma, assigned: assigned.value, assignedUncertainty: assigned.uncertainty };
  for (const day of DAYS_AGO.map((days) => addDays(endDay, -days))) {
    const roundId = `simulated-${day}`;
    await rounds.save(DRUG_USE.flatMap(({ analyte }) => scores.map((score) => ({ ...score, ...known, roundId, analyte, day }))));
  }
}
