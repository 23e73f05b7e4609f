import type { Silence, SilenceMatch } from "../schemas/silence.ts";
import type { Facets } from "./facets.ts";

/** Every field that is given must fit; one without fields is about everything. */
export function matches(match: SilenceMatch, { siteId, region, analyte, labs, verdict }: Facets): boolean {
  return (
    (match.siteId === undefined || match.siteId === siteId) &&
    (match.region === undefined || match.region === region) &&
    (match.analyte === undefined || match.analyte === analyte) &&
    (match.verdict === undefined || match.verdict === verdict) &&
    (match.labId === undefined || labs.includes(match.labId))
  );
}

/** The silence that hides the message, or the flag that puts it off, in force at the time. */
export function muteOf(silences: readonly Silence[], facets: Facets, now: string): Silence | undefined {
  const inForce = silences.filter(({ startsAt, endsAt, match }) => startsAt <= now && now < endsAt && matches(match, facets));
  return inForce.find(({ kind }) => kind === "silence") ?? inForce.toSorted((a, b) => (a.endsAt < b.endsAt ? 1 : -1))[0];
}

/** Why, for the delivery log. */
export function noteOf({ kind, silenceId, author, reason }: Silence): string {
  return `${kind} ${silenceId} of ${author}: ${reason}`;
}
