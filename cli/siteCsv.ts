import { SITE_KINDS, type Site } from "../schemas/site.ts";
import { readCsvTable } from "./csvTable.ts";
import { CommandError, exit } from "./exitCodes.ts";

/** What a file of sites tells about one. */
export interface SiteRow {
  readonly kind?: Site["kind"];
  readonly region?: string;
  readonly people?: number;
}

/**
 * Sites by name: kind (series are compared within a kind), region (rises of its sites at once are one) and population.
 * @throws {CommandError} the file cannot be read, or a cell is wrong
 */
export function readSites(file: string): Map<string, SiteRow> {
  const sites = new Map<string, SiteRow>();
  for (const { cells, line } of readCsvTable(file, ["site"], ["kind", "region", "population"]).rows) {
    const refuse = (column: string, expected: string): never => {
      throw new CommandError(
        `${file}, row ${line}, column ${column}: found "${cells[column]}", expected ${expected}. Correct the cell and run the command again.`,
        exit.dataRefused,
      );
    };
    const kind = SITE_KINDS.find((one) => one.toLowerCase() === cells["kind"]?.toLowerCase());
    if (cells["kind"] && !kind) refuse("kind", `one of ${SITE_KINDS.join(", ")}`);
    const people = cells["population"] ? Number(cells["population"]) : undefined;
    if (people !== undefined && !(people > 0)) refuse("population", "a number of people above zero");
    sites.set(cells["site"]!, {
      ...(kind ? { kind } : {}),
      ...(cells["region"] ? { region: cells["region"] } : {}),
      ...(people === undefined ? {} : { people }),
    });
  }
  return sites;
}
