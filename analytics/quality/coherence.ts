/** What a day's changes, taken together, look like. Each is today's load (or flow) over its usual. */
export type Coherence = "usual" | "dilution" | "people" | "signal" | "markersDisagree";

/**
 * Reads drug, markers and flow together: concentrations of everything down as the flow goes up is dilution, all loads up is more
 * people, the drug alone up is a signal.
 * @param limit the factor beyond which a change counts
 */
export function coherenceOf(
  { drug, markers, flow }: { drug: number; markers: readonly number[]; flow: number },
  limit: number,
): Coherence {
  const up = (ratio: number) => ratio > limit;
  const down = (ratio: number) => ratio < 1 / limit;
  if (markers.some(up) && markers.some(down)) return "markersDisagree";
  const concentrations = [drug, ...markers].map((ratio) => ratio / flow);
  if (up(flow) && concentrations.every(down)) return "dilution";
  if (markers.length > 0 && markers.every(up) && up(drug)) return "people";
  if (up(drug) && !markers.some(up)) return "signal";
  return markers.some(up) || markers.some(down) ? "markersDisagree" : "usual";
}
