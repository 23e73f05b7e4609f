import type { AssayReport } from "../../schemas/assay.ts";
import type { Site } from "../../schemas/site.ts";
import { delimitedParser } from "./delimited.ts";
import { textDecoder } from "./encoding.ts";
import { columnsOf, EUDA_LAB, type EudaCounts, eudaReader, eudaSite, isEudaHeader } from "./eudaRows.ts";
import type { Problem } from "./problem.ts";
import { assembleReports } from "./reports.ts";
import { isBlankRow, type TableRow } from "./table.ts";

/**
 * The sites of the EUDA site-info table (`SiteID,Country,City,Location,Latitude,Longitude,Population,…`).
 * @param data the all-data file: a site that only it has is added, with what it says of it
 * @throws Error when the text is another table
 */
export function readEudaSites(table: string | Uint8Array, data?: string | Uint8Array): Site[] {
  const [header, ...rows] = rowsOf(table);
  const column = columnsOf(header?.cells ?? []);
  if (column["siteid"] === undefined || column["population"] === undefined) {
    throw new Error("not the EUDA site-info table: it has no columns SiteID and Population");
  }
  const sites = rows.filter((row) => !isBlankRow(row)).map((row) => tableSite(row, column));
  return data === undefined ? sites : [...sites, ...sitesOnlyIn(data, new Set(sites.map(({ siteId }) => siteId)))];
}

function tableSite({ cells }: TableRow, column: Record<string, number>): Site {
  const text = (name: string) => cells[column[name] ?? -1]?.trim() ?? "";
  const [latitude, longitude] = [finite(text("latitude")), finite(text("longitude"))];
  const people = finite(text("population"));
  const location = text("location");
  return {
    ...eudaSite({ siteId: text("siteid"), country: text("country"), city: text("city") }, longitude),
    ...(latitude !== undefined && longitude !== undefined ? { latitude, longitude } : {}),
    ...(location && location !== "N/A" && location !== text("city")
      ? { name: location.slice(0, 200), region: text("city").slice(0, 100) }
      : {}),
    ...(people ? { population: { people, source: "EUDA site-info table, supplied by the plant", year: EUDA_SITES_YEAR } } : {}),
  };
}

function sitesOnlyIn(data: string | Uint8Array, known: Set<string>): Site[] {
  const [header, ...rows] = rowsOf(data);
  const column = columnsOf(header?.cells ?? []);
  const added: Site[] = [];
  for (const { cells } of rows) {
    const text = (name: string) => cells[column[name] ?? -1]?.trim() ?? "";
    const site = eudaSite({ siteId: text("siteid"), country: text("country"), city: text("city") });
    if (text("siteid") === "" || known.has(site.siteId)) continue;
    known.add(site.siteId);
    added.push(site);
  }
  return added;
}

/** The site-info table carries one population a site and no year: that of its release. */
const EUDA_SITES_YEAR = 2025;

export interface EudaOptions {
  uploadId?: string;
  fileName?: string;
  /** From readEudaSites; gives the time zones. A site of the data that is not among them is made from the data. */
  sites?: readonly Site[];
}

/** The reports, to be read once; beside them what is worth telling, exact once they have been read to the end. */
export interface EudaReading extends AsyncIterable<AssayReport> {
  findings: Problem[];
  newSites: Site[];
  counts: EudaCounts;
}

/**
 * Reads the EUDA all-data file: one report a site and day with all its residues. The whole file is gathered first (its rows are
 * sorted by residue), so its size is bounded: a release has 430 kB.
 */
export function readEudaReports(
  source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  options: EudaOptions = {},
): EudaReading {
  const findings: Problem[] = [];
  const newSites: Site[] = [];
  const ready: AssayReport[] = [];
  const file = options.fileName ?? "ww-all-data.csv";
  let headers: string[] | undefined;
  const assembly = assembleReports({
    labId: EUDA_LAB,
    uploadId: options.uploadId ?? "EUDA-import",
    file,
    headers: () => headers ?? [],
    onReport: ({ report }) => ready.push(report),
    onProblem: (problem) => findings.push(problem),
  });
  const sites = new Map(options.sites?.map((site) => [site.siteId, site]));
  const counts: EudaCounts = { rows: 0, values: 0, belowLimit: 0, notSampled: 0, meansNotRecomputable: 0 };
  let reader: ReturnType<typeof eudaReader> | undefined;
  const parser = delimitedParser(",", (row) => {
    if (!reader) {
      headers = row.cells.map((cell) => cell.replace(/^\uFEFF/, "").trim());
      if (!isEudaHeader(headers)) throw new Error("not the EUDA all-data file: it has no columns Year, Metabolite and Wednesday");
      const onNewSite = (site: Site) => newSites.push(site);
      reader = eudaReader({ file, headers, sites, counts, onNewSite, add: assembly.add, onProblem: (p) => findings.push(p) });
    } else reader.row(row);
  });
  async function* reports() {
    const text = textDecoder();
    for await (const chunk of source) {
      parser.write(text.write(chunk));
      yield* ready.splice(0);
    }
    parser.write(text.end());
    parser.end();
    reader?.end();
    assembly.end();
    yield* ready.splice(0);
  }
  return { [Symbol.asyncIterator]: reports, findings, newSites, counts };
}

const finite = (text: string) => (text !== "" && Number.isFinite(Number(text)) ? Number(text) : undefined);

function rowsOf(csv: string | Uint8Array): TableRow[] {
  const rows: TableRow[] = [];
  const parser = delimitedParser(",", (row) => rows.push(row));
  parser.write((typeof csv === "string" ? csv : new TextDecoder().decode(csv)).replace(/^\uFEFF/, ""));
  parser.end();
  return rows;
}
