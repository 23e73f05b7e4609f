import { createReadStream } from "node:fs";
import { basename, extname } from "node:path";
import { parseArgs } from "node:util";
import { parse } from "csv-parse/sync";
import { pino } from "pino";
import { z } from "zod";
import { checkFile } from "../ingest/files/checkFile.ts";
import { readEudaReports, readEudaSites } from "../ingest/files/euda.ts";
import { readNetworkGeojson } from "../ingest/files/networkGeojson.ts";
import { type NetworkRead, readNetworkJson } from "../ingest/files/networkJson.ts";
import { STATCAN_LAB, statcanSite } from "../ingest/files/statcan.ts";
import { readSwmm } from "../ingest/files/swmm.ts";
import { publishAll, reportMessage } from "../ingest/publish.ts";
import { labId as labIdOf } from "../schemas/identifiers.ts";
import { refusalsOf, shown } from "../schemas/refusal.ts";
import { type Site, site } from "../schemas/site.ts";
import { CommandError, exit } from "./exitCodes.ts";
import { importOdm } from "./importOdm.ts";
import { bytesOf, jsonOf, textOf } from "./inputFile.ts";
import { tellRefusals } from "./refusalLine.ts";
import { readSettings } from "./settings.ts";
import { openStores, type Stores } from "./stores.ts";

export const command = {
  name: "import",
  summary: "bring sites, a sewer network or public data into the records",
  usage: `usage: sewertrace import sites FILE.json
       sewertrace import network FILE.inp|FILE.json|FILE.geojson
       sewertrace import euda ww2025-all-data.csv --sites ww2025-site-info-table.csv
       sewertrace import statcan 13100871.csv
       sewertrace import odm MEASURES.csv|ODM.xlsx --lab LAB [--samples SAMPLES.csv]

Sites and networks go to the records. Results go through the log like any laboratory's, so a running ingest role stores them. odm reads
the drugs of PHES-ODM 2.2 tables (docs/uploads.md), whose sites must be on record.`,
};

export async function run(argv: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: { sites: { type: "string" }, samples: { type: "string" }, lab: { type: "string" } },
  });
  const [what, file, ...more] = positionals;
  if (!what || !file || more.length > 0 || !Object.hasOwn(IMPORTS, what)) throw new CommandError(command.usage, exit.usage);
  const stores = await openStores(readSettings(), pino({ level: "silent" }));
  try {
    return await (IMPORTS[what] as Import)(stores, file, values);
  } finally {
    await stores.close();
  }
}

type Import = (stores: Stores, file: string, options: { sites?: string; samples?: string; lab?: string }) => Promise<number>;

const IMPORTS: Record<string, Import> = {
  sites: importSites,
  network: importNetwork,
  euda: importEudaFiles,
  statcan: importStatcanFile,
  odm: importOdmFile,
};

async function importSites({ records }: Stores, file: string): Promise<number> {
  const value = jsonOf(file);
  const parsed = z.array(site).safeParse(value);
  if (!parsed.success) {
    tellRefusals(refusalsOf(parsed.error, value, { file }));
    return exit.dataRefused;
  }
  await saveSites({ records }, parsed.data);
  process.stderr.write(`${parsed.data.length} sites\n`);
  return exit.ok;
}

export async function saveSites({ records }: Pick<Stores, "records">, sites: readonly Site[]): Promise<void> {
  const at = new Date().toISOString();
  await records.transaction(async (inside) => {
    for (const each of sites) await inside.sites.save(each, at);
  });
}

async function importNetwork({ records }: Stores, file: string): Promise<number> {
  const readers: Record<string, (text: string, file: string) => NetworkRead> = {
    ".inp": (inp) => readSwmm(inp, file),
    ".geojson": readNetworkGeojson,
    ".json": readNetworkJson,
  };
  const reader = readers[extname(file).toLowerCase()];
  if (!reader) throw new CommandError(`${file}: a network is read from .inp, .geojson or .json`, exit.usage);
  const read = reader(textOf(file), file);
  if ("refusals" in read) {
    tellRefusals(read.refusals);
    return exit.dataRefused;
  }
  for (const { found, assumed } of read.checks) process.stderr.write(`${file}: ${found}; assumed: ${assumed}\n`);
  const version = await records.networks.save(read.network, new Date().toISOString());
  process.stdout.write(`${read.network.id} ${version}\n`);
  return exit.ok;
}

async function importEudaFiles(stores: Stores, file: string, { sites }: { sites?: string }): Promise<number> {
  if (!sites) throw new CommandError("import euda needs --sites: EUDA's site information table", exit.usage);
  for (const [table, columns] of [
    [sites, ["SiteID", "Population"]],
    [file, ["Site ID", "Metabolite"]],
  ] as const) {
    const header = textOf(table).split("\n", 1)[0] ?? "";
    if (columns.every((column) => header.includes(column))) continue;
    throw new CommandError(
      `${table}, row 1: found "${shown(header.trim())}", expected EUDA's columns, ${columns.join(" and ")} among them. Download the file again.`,
      exit.dataRefused,
    );
  }
  const published = await importEuda(stores, file, sites);
  process.stderr.write(`${published.values} values of ${published.sites} sites published; a running ingest role stores them\n`);
  return exit.ok;
}

async function importStatcanFile(stores: Stores, file: string): Promise<number> {
  const published = await importStatcan(stores, file);
  if (published === null) {
    process.stderr.write(`${file}: expected table 13-10-0871 of Statistics Canada as CSV. Download it again from its page.\n`);
    return exit.dataRefused;
  }
  process.stderr.write(`${published.values} values of ${published.sites} cities published; a running ingest role stores them\n`);
  return exit.ok;
}

async function importOdmFile(
  stores: Stores,
  file: string,
  { lab, samples }: { lab?: string; samples?: string },
): Promise<number> {
  const labId = labIdOf.safeParse(lab);
  if (!labId.success) throw new CommandError("import odm needs --lab: the laboratory whose results they are", exit.usage);
  const published = await importOdm(stores, file, { labId: labId.data, samplesFile: samples });
  if (published === null) {
    process.stderr.write(`${file}: expected the table measures of PHES-ODM as CSV, or a workbook with it. Export it again.\n`);
    return exit.dataRefused;
  }
  const { refusals, values, reports } = published;
  tellRefusals(refusals);
  process.stderr.write(`${values} values of ${reports} samples published; a running ingest role stores them\n`);
  if (refusals.length === 0) return exit.ok;
  return values > 0 ? exit.partlyAccepted : exit.dataRefused;
}

/** Publishes the monthly means of Statistics Canada's cities as reports of the laboratory STATCAN; null for any other file. */
export async function importStatcan(
  { log, records }: Pick<Stores, "log" | "records">,
  file: string,
): Promise<{ sites: number; values: number } | null> {
  const bytes = bytesOf(file);
  const { format, reports } = await checkFile(bytes, {
    fileName: basename(file),
    labId: STATCAN_LAB,
    uploadId: "statcan-13100871",
    sites: [],
  });
  if (format !== "statcan") return null;
  const rows: Record<string, string>[] = parse(bytes, { columns: true, bom: true });
  const measured = new Set(reports.map(({ sample }) => sample.siteId));
  const cities = [...new Set(rows.map((row) => row["GEO"] ?? ""))].map(statcanSite).filter(({ siteId }) => measured.has(siteId));
  await saveSites({ records }, cities);
  await publishAll(log, "assay-reports", reports.map(reportMessage));
  return { sites: cities.length, values: reports.reduce((sum, { results }) => sum + results.length, 0) };
}

export interface EudaImport {
  sites: number;
  reports: number;
  /** Daily values, those below the limit included. */
  values: number;
}

/** Publishes EUDA's daily values as reports of the laboratory EUDA. */
export async function importEuda(
  { log, records }: Pick<Stores, "log" | "records">,
  dataFile: string,
  siteFile: string,
  onPublished?: (reports: number) => void,
): Promise<EudaImport> {
  const sites = readEudaSites(bytesOf(siteFile), bytesOf(dataFile));
  await saveSites({ records }, sites);
  const counted: EudaImport = { sites: sites.length, reports: 0, values: 0 };
  async function* messages() {
    for await (const report of readEudaReports(createReadStream(dataFile))) {
      counted.reports += 1;
      counted.values += report.results.length;
      yield reportMessage(report);
    }
  }
  await publishAll(log, "assay-reports", messages(), onPublished);
  return counted;
}
