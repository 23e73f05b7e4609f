/** Ways of counting people, the one whose series is shown first where only one can be, as the server's overview does. */
const FIRST = ["supplied", "census", "designCapacity", "combined"];

/** A derived series is named `profile@version/population/…`, a laboratory's own after laboratory, method and replicate. */
export function isDerived(variant: string): boolean {
  return variant.includes("@");
}

/** Of derived series side by side the one of a static count of people, named after the first profile. */
export function firstVariant(variants: readonly string[]): string | undefined {
  const rank = (variant: string) => {
    const at = FIRST.indexOf(variant.split("/")[1] ?? "");
    return at < 0 ? FIRST.length : at;
  };
  return variants.filter(isDerived).toSorted((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1))[0];
}

/** The same samples under several profiles would be drawn over each other: one derived series stands for them. */
export function oneVariant<T extends { variant: string }>(series: readonly T[]): T[] {
  const first = firstVariant(series.map(({ variant }) => variant));
  return series.filter(({ variant }) => !isDerived(variant) || variant === first);
}
