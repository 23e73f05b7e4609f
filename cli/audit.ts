import { pino } from "pino";
import { CommandError, exit } from "./exitCodes.ts";
import { readSettings } from "./settings.ts";
import { openStores } from "./stores.ts";

export const command = {
  name: "audit",
  summary: "print or verify the audit log and the log of a lead",
  usage: `usage: sewertrace audit list|verify [CHAIN]

CHAIN is audit (the default) or lead:LEAD_ID. list prints one JSON entry a line. verify exits 3 when an entry was altered or removed.`,
};

export async function run(argv: readonly string[]): Promise<number> {
  const [action, chain = "audit"] = argv;
  if (action !== "list" && action !== "verify") throw new CommandError(command.usage, exit.usage);
  const stores = await openStores(readSettings(), pino({ level: "silent" }));
  try {
    if (action === "verify") {
      const broken = await stores.records.chains.verify(chain);
      process.stdout.write(broken === null ? `${chain}: whole\n` : `${chain}: entry ${broken} does not fit the chain\n`);
      return broken === null ? exit.ok : exit.dataRefused;
    }
    for (let after = 0; ; ) {
      const page = await stores.records.chains.list(chain, { after });
      for (const entry of page) process.stdout.write(`${JSON.stringify(entry)}\n`);
      const last = page.at(-1);
      if (!last) return exit.ok;
      after = last.seq;
    }
  } finally {
    await stores.close();
  }
}
