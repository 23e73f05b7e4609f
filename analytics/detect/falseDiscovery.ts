/**
 * Benjamini–Hochberg adjusted p-values: an anomaly whose value is at most q belongs to a list with at most q false ones expected.
 * @param pValues each in [0, 1], of all the series of a run
 * @see Benjamini & Hochberg 1995, J. R. Stat. Soc. B 57:289
 */
export function adjustFalseDiscovery(pValues: readonly number[]): number[] {
  const adjusted = new Array<number>(pValues.length);
  const falling = pValues.map((_, i) => i).sort((a, b) => pValues[b]! - pValues[a]!);
  let least = 1;
  for (const [place, i] of falling.entries()) {
    least = Math.min(least, (pValues[i]! * pValues.length) / (pValues.length - place));
    adjusted[i] = least;
  }
  return adjusted;
}
