import type { MethodProfile } from "../../schemas/profiles.ts";
import type { DerivedValue } from "./derived.ts";

/**
 * What the programme's own table would print for a value: below the limit EUDA writes 0, others the limit. Only for exports that
 * imitate a programme; what is stored and shown stays censored. Null where absent, and for a programme that imputes.
 */
export function publishedValue(
  { amount, censoring }: DerivedValue,
  { exportsCensoredAs, calendar }: MethodProfile,
): number | null {
  if (amount === null) return null;
  const rounded = Number(amount.value.toFixed(calendar.decimals));
  if (censoring === "none" || censoring === "aboveRange") return rounded;
  if (exportsCensoredAs === "multipleImputation") return null;
  return exportsCensoredAs === "zero" ? 0 : rounded;
}
