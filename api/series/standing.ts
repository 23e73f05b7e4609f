import { createHash } from "node:crypto";
import { type ActiveMethods, readActiveMethods } from "../../analytics/worker/methods.ts";
import type { Measure, SeriesQuery } from "../../store/series/series.ts";
import type { Places } from "../leads/plantsOnly.ts";
import type { ApiPorts } from "../ports.ts";
import { rounds } from "../rounds.ts";

/** How the data stands at one moment: what an answer made of series rests on. */
export interface Standing {
  methods: ActiveMethods;
  /** Another text whenever an answer about these series may be another. */
  versionOf(query: Pick<SeriesQuery, "measure" | "siteIds">): string;
}

/** What the routes of series are given beside the ports. */
export interface StandingPort {
  standing: () => Promise<Standing>;
}

/**
 * Read from the records for every round of requests, so that it holds whichever process wrote: three short questions, shared by all who wait.
 * A version is read before the data is, so an answer is at least as new as the version it is kept under.
 */
export function standingOf({ records, settings, places }: Pick<ApiPorts, "records" | "settings"> & { places: Places }) {
  const changes = new Map<Measure, { newest: number; bySite: Map<string | null, number> }>();
  let seen = 0;
  let methods: { text: string; active: ActiveMethods } | undefined;
  const read = async (): Promise<Standing> => {
    const [changed, hidden, added, { large }] = await Promise.all([
      records.seriesChanges.after(seen),
      records.quality.hiddenHashes(),
      records.methods.added(),
      places(),
    ]);
    for (const { measure, siteId, changeNumber } of changed) {
      const known = changes.get(measure) ?? { newest: 0, bySite: new Map() };
      changes.set(measure, known);
      known.bySite.set(siteId, changeNumber);
      known.newest = Math.max(known.newest, changeNumber);
      seen = Math.max(seen, changeNumber);
    }
    const text = JSON.stringify(added);
    if (methods?.text !== text)
      methods = {
        text,
        active: await readActiveMethods({ methods: { ...records.methods, added: async () => added } }, settings),
      };
    const { active } = methods;
    let ofAll: string | undefined;
    return {
      methods: active,
      versionOf({ measure, siteIds }) {
        const known = changes.get(measure);
        if (!siteIds) {
          ofAll ??= digest([...hidden].flat().join(), [...large].join(), text);
          return `${known?.newest ?? 0} ${ofAll}`;
        }
        const numbers = [null, ...siteIds].map((siteId) => known?.bySite.get(siteId) ?? 0);
        return `${Math.max(...numbers)} ${digest(...siteIds.map((siteId) => hidden.get(siteId) ?? ""), text)}`;
      },
    };
  };
  const shared = rounds<undefined, Standing>(read);
  return () => shared(undefined);
}

function digest(...parts: readonly string[]): string {
  return createHash("sha1").update(parts.join("\n")).digest("base64");
}
