import { parseArgs } from "node:util";
import { pino } from "pino";
import { type ChainEntry, chainEntry } from "../schemas/chain.ts";
import { misfitOf } from "../store/records/chains.ts";
import { CommandError, exit } from "./exitCodes.ts";
import { textOf } from "./inputFile.ts";
import { readSettings } from "./settings.ts";
import { openStores, type Stores } from "./stores.ts";

export const command = {
  name: "audit",
  summary: "print or verify the audit log and the log of a lead",
  usage: `usage: sewertrace audit list [CHAIN]
       sewertrace audit verify [CHAIN] [--file EXPORTED.ndjson]

CHAIN is audit (the default) or lead:LEAD_ID. list prints one JSON entry a line, as GET /api/v1/audit.ndjson does: keep it elsewhere.
verify exits 3 when an entry was altered or removed. With --file the exported entries are verified, and that the records still hold the
last of them: so a log whose end was cut off, or that was written anew from its beginning, is found too.`,
};

export async function run(argv: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: { file: { type: "string" } },
  });
  const [action, chain = "audit", ...more] = positionals;
  if ((action !== "list" && action !== "verify") || more.length > 0) throw new CommandError(command.usage, exit.usage);
  const exported = values.file === undefined ? [] : readEntries(values.file);
  const stores = await openStores(readSettings(), pino({ level: "silent" }));
  try {
    return action === "list" ? await list(stores, chain) : await verify(stores, chain, exported);
  } finally {
    await stores.close();
  }
}

async function list({ records }: Stores, chain: string): Promise<number> {
  for (let after = 0; ; ) {
    const page = await records.chains.list(chain, { after });
    for (const entry of page) process.stdout.write(`${JSON.stringify(entry)}\n`);
    const last = page.at(-1);
    if (!last) return exit.ok;
    after = last.seq;
  }
}

async function verify({ records }: Stores, chain: string, exported: readonly ChainEntry[]): Promise<number> {
  const broken = (await records.chains.verify(chain)) ?? misfitOf(exported);
  if (broken !== null) {
    process.stdout.write(`${chain}: entry ${broken} does not fit the chain\n`);
    return exit.dataRefused;
  }
  const last = exported.at(-1);
  const [kept] = last ? await records.chains.list(chain, { after: last.seq - 1, limit: 1 }) : [];
  if (last && kept?.hash !== last.hash) {
    process.stdout.write(
      `${chain}: entry ${last.seq} was exported, and the records hold ${kept ? "another" : "none"} in its place\n`,
    );
    return exit.dataRefused;
  }
  process.stdout.write(`${chain}: whole${last ? `, with the ${exported.length} entries of the file` : ""}\n`);
  return exit.ok;
}

function readEntries(file: string): ChainEntry[] {
  const lines = textOf(file).split("\n").filter(Boolean);
  return lines.map((line, index) => {
    try {
      return chainEntry.parse(JSON.parse(line));
    } catch {
      throw new CommandError(
        `${file}:${index + 1}: found no entry of a log, expected a line of \`sewertrace audit list\``,
        exit.dataRefused,
      );
    }
  });
}
