import type { NetworkCheck } from "../../schemas/network.ts";

/** Something a reader of the posterior has to know: a code with its values, to be worded in any language. */
export type TraceNote =
  | { readonly code: "baseline_hopeless" | "baseline_uncertain"; readonly values: { readonly factor: number } }
  | { readonly code: "baseline_assumed"; readonly values: { readonly baselineGD: number } }
  | { readonly code: "several_sources"; readonly values: { readonly sources: number; readonly probability: number } }
  | { readonly code: "rain"; readonly values: { readonly days: readonly string[] } }
  | { readonly code: "network"; readonly values: NetworkCheck };

/** The note in English. */
export function wordNote(note: TraceNote): string {
  switch (note.code) {
    case "baseline_hopeless":
      return `The baselines of the manholes are wrong by a factor of about ${note.values.factor.toFixed(1)}: no place can be named. Survey the baselines first.`;
    case "baseline_uncertain":
      return `The baselines of the manholes are uncertain by a factor of about ${note.values.factor.toFixed(1)}: a survey would help.`;
    case "baseline_assumed":
      return `No trigger and no sample tells the plant's baseline: ${note.values.baselineGD} g/d is assumed.`;
    case "several_sources":
      return `There are ${note.values.sources} sources or more with ${Math.round(100 * note.values.probability)} %: each has its own candidates.`;
    case "rain":
      return `Rain on ${note.values.days.join(", ")}: those samples count less.`;
    case "network":
      return `Network, ${note.values.code}: ${note.values.count} ${note.values.found}; assumed: ${note.values.assumed}.`;
  }
}
