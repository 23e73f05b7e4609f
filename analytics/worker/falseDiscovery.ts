import type { Anomaly } from "../../schemas/anomaly.ts";
import type { Records } from "../../store/records/records.ts";
import { adjustPValues } from "../detect/falseDiscovery.ts";

/** Months whose anomalies, and whose judged values, are one list of tests. */
const WINDOW_MONTHS = 12;

/**
 * The q of each anomaly over all series of all sites: of those at least as strong that were raised in the twelve months to the end of
 * its own, the share that chance is expected to have given. From what is stored, so that the order in which sites were computed is no
 * matter; final once its month is complete. Rises that sites share depend on each other positively, as the correction allows.
 * @returns by anomalyId, two significant digits; anomalies that no longer stand are missing
 * @see Benjamini & Hochberg 1995, J. R. Stat. Soc. B 57:289; Benjamini & Yekutieli 2001, Ann. Stat. 29:1165 (positive dependence)
 */
export async function sharesOfChance(records: Records): Promise<Map<string, number>> {
  const [rises, judged] = await Promise.all([records.rises.list(), records.rises.judgedByMonth()]);
  const shares = new Map<string, number>();
  for (const [month, own] of Map.groupBy(rises, ({ raisedOn }) => raisedOn.slice(0, 7))) {
    const isWithin = (other: string) => other <= month && monthNumber(month) - monthNumber(other) < WINDOW_MONTHS;
    const list = rises.filter(({ raisedOn }) => isWithin(raisedOn.slice(0, 7)));
    const values = [...judged].reduce((sum, [other, count]) => sum + (isWithin(other) ? count : 0), 0);
    const adjusted = adjustPValues(
      list.map(({ chance }) => Math.min(1, chance)),
      Math.max(values, list.length),
    );
    const of = new Map(list.map(({ anomalyId }, i) => [anomalyId, Number(adjusted[i]!.toPrecision(2))]));
    for (const { anomalyId } of own) shares.set(anomalyId, of.get(anomalyId)!);
  }
  return shares;
}

const monthNumber = (month: string) => 12 * Number(month.slice(0, 4)) + Number(month.slice(5, 7));

/** The anomaly with its q, where it has one. */
export function withShare(anomaly: Anomaly, shares: ReadonlyMap<string, number> | undefined): Anomaly {
  const { qValue: _before, ...rest } = anomaly;
  const qValue = shares?.get(anomaly.anomalyId);
  return qValue === undefined ? rest : { ...rest, qValue };
}
