/**
 * Benjamini–Hochberg adjusted p-values: an anomaly whose value is at most q belongs to a list with at most q false ones expected.
 * @param pValues each in [0, 1]
 * @param tests how many were tested in all; those not given are taken to be 1, as R's p.adjust has it
 * @see Benjamini & Hochberg 1995, J. R. Stat. Soc. B 57:289
 */
export function adjustFalseDiscovery(pValues: readonly number[], tests = pValues.length): number[] {
  const adjusted = new Array<number>(pValues.length);
  const falling = pValues.map((_, i) => i).sort((a, b) => pValues[b]! - pValues[a]!);
  let least = 1;
  for (const [place, i] of falling.entries()) {
    least = Math.min(least, (pValues[i]! * tests) / (pValues.length - place));
    adjusted[i] = least;
  }
  return adjusted;
}
