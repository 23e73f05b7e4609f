import { parseArgs } from "node:util";
import { pino } from "pino";
import { askToRecompute } from "../analytics/worker/recompute.ts";
import { exit } from "./exitCodes.ts";
import { readSettings } from "./settings.ts";
import { openStores } from "./stores.ts";

export const command = {
  name: "rebuild",
  summary: "let the analytics compute every site again from the records",
  usage: "usage: sewertrace rebuild",
};

export async function run(argv: readonly string[]): Promise<number> {
  parseArgs({ args: [...argv] });
  const stores = await openStores(readSettings(), pino({ level: "silent" }));
  try {
    const sites = await stores.records.sites.list();
    await askToRecompute(stores.log, sites, "replay");
    process.stderr.write(`${sites.length} sites will be computed again by the analytics role\n`);
  } finally {
    await stores.close();
  }
  return exit.ok;
}
