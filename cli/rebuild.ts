import { pino } from "pino";
import type { SeriesChange } from "../schemas/change.ts";
import { exit } from "./exitCodes.ts";
import { readSettings } from "./settings.ts";
import { openStores } from "./stores.ts";

export const command = {
  name: "rebuild",
  summary: "let the analytics compute every site again from the records",
  usage: "usage: sewertrace rebuild",
};

/** A change that covers all days there can be. */
const EVER = { from: "1970-01-01", to: "9999-12-31" };

export async function run(): Promise<number> {
  const stores = await openStores(readSettings(), pino({ level: "silent" }));
  try {
    const sites = await stores.records.sites.list();
    const messages = sites.map(({ siteId, parentSiteId }) => {
      const change: SeriesChange = { siteId, name: "flow", ...EVER, cause: "replay" };
      return { key: parentSiteId ?? siteId, value: JSON.stringify(change), headers: { schema: "series-changes/1" } };
    });
    if (messages.length > 0) await stores.log.publish("series-changes", messages);
    process.stderr.write(`${sites.length} sites will be computed again by the analytics role\n`);
  } finally {
    await stores.close();
  }
  return exit.ok;
}
