/**
 * Ticks of a log axis around the values: at 1, 2 and 5 of each decade, at the decades alone where there are many of those, or
 * where little room asks for few. An axis that shows them needs `text`: with `tickFormat` Plot leaves labels of a log axis out.
 */
export function logTicks(values: readonly number[], few = false): number[] {
  const positive = values.filter((value) => value > 0);
  if (positive.length === 0) return [1];
  const first = Math.floor(Math.log10(Math.min(...positive)));
  const last = Math.ceil(Math.log10(Math.max(...positive)));
  const steps = few || last - first > 4 ? [1] : [1, 2, 5];
  const powers = Array.from({ length: last - first + 1 }, (_, index) => first + index);
  return powers.flatMap((power) => steps.map((step) => Number(`${step}e${power}`))).filter((tick) => tick <= 10 ** last);
}
