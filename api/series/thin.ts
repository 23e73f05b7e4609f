interface Thinnable {
  value: number;
  censored?: boolean;
}

/**
 * At most about so many points, evenly, of each stretch the lowest and the highest value and one that is censored: a chart of the
 * thinned series shows every peak and where values lie below the limit.
 * @param points oldest first
 */
export function thin<T extends Thinnable>(points: readonly T[], pointsMax: number): T[] {
  if (points.length <= pointsMax) return [...points];
  const stretch = Math.ceil(points.length / Math.max(1, Math.floor(pointsMax / 3)));
  const kept: T[] = [];
  for (let from = 0; from < points.length; from += stretch) {
    const part = points.slice(from, from + stretch);
    const lowest = part.reduce((a, b) => (b.value < a.value ? b : a));
    const highest = part.reduce((a, b) => (b.value > a.value ? b : a));
    const censored = part.find((point) => point.censored);
    const chosen = new Set([lowest, highest, ...(censored ? [censored] : [])]);
    kept.push(...part.filter((point) => chosen.has(point)));
  }
  return kept;
}
