import { createWriteStream, mkdirSync } from "node:fs";
import { join } from "node:path";
import { Readable, type Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { parseArgs } from "node:util";
import { pino } from "pino";
import { EXPORTS, geojsonOf, odmTable, termsOf } from "../api/exports/exports.ts";
import { ODM_TABLES } from "../api/exports/odm.ts";
import type { Selection } from "../api/exports/selection.ts";
import { resolveAnalyte } from "../schemas/substances.ts";
import { CommandError, exit } from "./exitCodes.ts";
import { dayOf } from "./optionValues.ts";
import { readSettings } from "./settings.ts";
import { openStores, type Stores } from "./stores.ts";

export const command = {
  name: "export",
  summary: "write results, loads or sites as files for other systems",
  usage: `usage: sewertrace export long|euda|wqx|geojson [--out FILE] [--site SITE]… [--analyte A]… [--from DAY] [--to DAY]
       sewertrace export odm --out FOLDER [--site SITE]… [--analyte A]… [--from DAY] [--to DAY]

long: results, one a row, in the columns that laboratories send. euda: loads per 1,000 people by week. odm: PHES-ODM 2.2 tables with the
drugs as a declared extension. wqx: results after WQX as JSON. geojson: sites with their newest loads. Each holds licence
(SEWERTRACE_DATA_LICENCE), source, method and unit. Without --out it goes to stdout.`,
};

export async function run(argv: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      out: { type: "string" },
      site: { type: "string", multiple: true },
      analyte: { type: "string", multiple: true },
      from: { type: "string" },
      to: { type: "string" },
    },
  });
  const [form, ...more] = positionals;
  if (!form || more.length > 0) throw new CommandError(command.usage, exit.usage);
  const selection = selectionOf(values);
  const settings = readSettings();
  const terms = termsOf(settings);
  const stores = await openStores(settings, pino({ level: "silent" }));
  try {
    if (form === "odm") return await exportOdm(stores, values.out, selection, terms);
    const text = textOf(stores, form, selection, terms);
    if (!text) throw new CommandError(command.usage, exit.usage);
    await pipeline(Readable.from(text), values.out ? createWriteStream(values.out) : keptOpen(process.stdout));
    return exit.ok;
  } finally {
    await stores.close();
  }
}

function textOf(stores: Stores, form: string, selection: Selection, terms: Parameters<typeof odmTable>[3]) {
  if (Object.hasOwn(EXPORTS, form)) return EXPORTS[form as keyof typeof EXPORTS](stores, selection, terms);
  return form === "geojson" ? geojsonText(stores, selection, terms) : undefined;
}

async function* geojsonText(stores: Stores, selection: Selection, terms: Parameters<typeof odmTable>[3]) {
  yield `${JSON.stringify(await geojsonOf(stores, selection, "load", terms), null, 1)}\n`;
}

async function exportOdm(
  stores: Stores,
  folder: string | undefined,
  selection: Selection,
  terms: Parameters<typeof odmTable>[3],
): Promise<number> {
  if (!folder) throw new CommandError("export odm writes four tables: say where with --out FOLDER", exit.usage);
  mkdirSync(folder, { recursive: true });
  for (const table of ODM_TABLES)
    await pipeline(Readable.from(odmTable(stores, table, selection, terms)), createWriteStream(join(folder, `${table}.csv`)));
  return exit.ok;
}

function selectionOf(values: { site?: string[]; analyte?: string[]; from?: string; to?: string }): Selection {
  const { site: siteIds, from, to } = values;
  for (const [name, day] of Object.entries({ from, to })) if (day !== undefined) dayOf(name, day);
  const analytes = values.analyte?.map((name) => {
    const id = resolveAnalyte(name);
    if (!id) throw new CommandError(`--analyte: ${name} is not a substance of the registry`, exit.usage);
    return id;
  });
  return { ...(siteIds ? { siteIds } : {}), ...(analytes ? { analytes } : {}), ...(from ? { from } : {}), ...(to ? { to } : {}) };
}

/** A pipeline ends what it writes into; stdout is not ours to end. */
function keptOpen(out: Writable): (text: AsyncIterable<string>) => Promise<void> {
  return async (text) => {
    for await (const chunk of text) if (!out.write(chunk)) await new Promise((drained) => out.once("drain", drained));
  };
}
