import { parseArgs } from "node:util";
import { pino } from "pino";
import { INGEST_GROUP, INGEST_TOPICS } from "../ingest/worker.ts";
import { exit } from "./exitCodes.ts";
import { readSettings } from "./settings.ts";
import { openStores } from "./stores.ts";

export const command = {
  name: "replay",
  summary: "let ingest read the log again from its oldest kept message",
  usage: `usage: sewertrace replay [--dry-run]

Every running ingest role must be stopped first. Reading again counts nothing twice.`,
};

export async function run(argv: readonly string[]): Promise<number> {
  const { values } = parseArgs({ args: [...argv], options: { "dry-run": { type: "boolean", default: false } } });
  const stores = await openStores(readSettings(), pino({ level: "silent" }));
  try {
    for (const topic of INGEST_TOPICS) {
      const lags = await stores.log.lag(topic, INGEST_GROUP);
      const end = lags.reduce((sum, { end }) => sum + end, 0n);
      process.stderr.write(`${topic}: up to ${end} messages ${values["dry-run"] ? "would be" : "will be"} read again\n`);
      if (!values["dry-run"]) await stores.log.seek(topic, INGEST_GROUP, "earliest");
    }
  } finally {
    await stores.close();
  }
  return exit.ok;
}
