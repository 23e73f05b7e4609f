import type { SeriesChange } from "../../schemas/change.ts";
import type { Site } from "../../schemas/site.ts";
import type { Log } from "../../store/log/log.ts";

/** A change that covers all days there can be. */
const EVER = { from: "1970-01-01", to: "9999-12-31" };

/** Lets the analytics compute the sites again from the records: after a change of what they are computed with. */
export async function askToRecompute(log: Log, sites: readonly Site[], cause: SeriesChange["cause"]): Promise<void> {
  const messages = sites.map(({ siteId, parentSiteId }) => {
    const change: SeriesChange = { siteId, name: "flow", ...EVER, cause };
    return { key: parentSiteId ?? siteId, value: JSON.stringify(change), headers: { schema: "series-changes/1" } };
  });
  if (messages.length > 0) await log.publish("series-changes", messages);
}
