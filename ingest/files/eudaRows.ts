import { addDays } from "../../schemas/days.ts";
import type { Site } from "../../schemas/site.ts";
import { countryTimeZone } from "./countryTimeZone.ts";
import { dateShapedDays, EUDA_DAYS, type EudaWeek, meanIsRecomputable, recomputedMean, repairsOf } from "./eudaMeans.ts";
import { cellProblem, type Position, type Problem } from "./problem.ts";
import type { ResultDraft } from "./reports.ts";
import { isBlankRow, type TableRow } from "./table.ts";
import { zonedMoment } from "./zonedTime.ts";

export const EUDA_SOURCE = "EUDA and SCORE, CC BY 4.0";
export const EUDA_LAB = "EUDA";
export const EUDA_METHOD = "SCORE";

/** The file names two residues by their drug. */
const RESIDUES: Record<string, string> = { cocaine: "benzoylecgonine", cannabis: "thc-cooh" };

/** Country codes of the file that are not ISO 3166-1. */
const COUNTRIES: Record<string, string> = { H: "HU", EL: "GR", UK: "GB" };

/**
 * The file gives a year and a weekday, not a date. Campaigns are one week between March and May, from Wednesday on: we date all of
 * them to the Wednesday of ISO week 16 (13 to 22 April). The weekday is true, the date is within five weeks of the true one.
 */
const CAMPAIGN_ISO_WEEK = 16;

/** The local day of a weekday column (0 is Wednesday) of a year's campaign. */
export function eudaDay(year: number, column: number): string {
  const january4 = `${year}-01-04`; // always in ISO week 1
  const weekday = (new Date(`${january4}T00:00:00Z`).getUTCDay() + 6) % 7; // 0 is Monday
  return addDays(january4, (CAMPAIGN_ISO_WEEK - 1) * 7 - weekday + 2 + column);
}

export const eudaSiteId = (siteId: string) => `EUDA-${siteId}`;

/** What the all-data file itself says of a site; the suffix of a city of several plants, "(4)", stays in its name. */
export function eudaSite({ siteId, country, city }: { siteId: string; country: string; city: string }, longitude?: number): Site {
  const code = COUNTRIES[country] ?? country;
  const timeZone = countryTimeZone(code, longitude) ?? "UTC";
  const known = /^[A-Z]{2}$/.test(code) ? { country: code } : {};
  return { siteId: eudaSiteId(siteId), name: city || siteId, kind: "wwtp", ...known, timeZone, source: EUDA_SOURCE };
}

export interface EudaCounts {
  rows: number;
  /** Daily values, those below the limit included. */
  values: number;
  /** Written 0: below the limit of quantification, the limit unknown. */
  belowLimit: number;
  notSampled: number;
  meansNotRecomputable: number;
}

/** Whether a header row is that of the all-data file, with or without its `Site ID`. */
export function isEudaHeader(headers: readonly string[]): boolean {
  const column = columnsOf(headers);
  return (
    column["year"] !== undefined && column["metabolite"] !== undefined && EUDA_DAYS.every((day) => day.toLowerCase() in column)
  );
}

/** Bounds what is kept of a file that is not damaged: the true release has about 100. */
const WAITING_MAX = 10_000;

export interface EudaReaderOptions {
  file: string;
  headers: readonly string[];
  /** By our site id; sites made from the data are added. */
  sites: Map<string, Site>;
  counts: EudaCounts;
  onNewSite: (site: Site) => void;
  add: (draft: ResultDraft) => void;
  onProblem: (problem: Problem) => void;
}

/** Reads rows of the all-data file, one at a time. */
export function eudaReader(options: EudaReaderOptions) {
  const { file, headers, sites, counts, onProblem } = options;
  const column = columnsOf(headers);
  const dayColumns = EUDA_DAYS.map((day) => column[day.toLowerCase()]!);
  const samples = new Map<string, Record<string, unknown>>();
  let damageFound = false;
  /** Cells that are suspects only if the file turns out to be damaged: rows off their means are in the true file too. */
  const waiting: Problem[] = [];

  const siteOf = (row: TableRow): Site | undefined => {
    const text = (name: string) => row.cells[column[name] ?? -1]?.trim() ?? "";
    const place = { siteId: text("siteid"), country: text("country"), city: text("city") };
    if (place.siteId === "") return byCity(place);
    const known = sites.get(eudaSiteId(place.siteId));
    if (known) return known;
    const site = eudaSite(place);
    sites.set(site.siteId, site);
    options.onNewSite(site);
    return site;
  };

  /** A copy that lost its Site ID column still names country and city. */
  const byCity = ({ country, city }: { country: string; city: string }): Site | undefined => {
    const code = COUNTRIES[country] ?? country;
    for (const site of sites.values()) if ((site.region ?? site.name) === city && site.country === code) return site;
    return undefined;
  };

  const sampleOf = (site: Site, year: number, index: number): Record<string, unknown> => {
    const sampleId = `${site.siteId}-${year}-${EUDA_DAYS[index]}`;
    const known = samples.get(sampleId);
    if (known) return known;
    const start = midnight(eudaDay(year, index), site.timeZone);
    const end = midnight(addDays(eudaDay(year, index), 1), site.timeZone);
    // SCORE asks for 24-hour composites; the file does not say in which proportion
    const sample = { sampleId, siteId: site.siteId, mode: "timeProportional", start, end };
    samples.set(sampleId, sample);
    return sample;
  };

  return {
    row(row: TableRow) {
      if (isBlankRow(row)) return;
      counts.rows++;
      const position: Position = { file, row, headers };
      const year = Number(row.cells[column["year"]!]);
      if (!Number.isInteger(year) || year < 1990 || year > 2100) return onProblem(yearInvalid(position, column["year"]!));
      const texts = dayColumns.map((index) => (row.cells[index] ?? "").trim());
      const week = weekOf(year, texts, row.cells, column);
      const damaged = damageOf(position, week, texts, dayColumns, onProblem);
      if (damaged.size > 0) damageFound = true;
      else if (waiting.length < WAITING_MAX) {
        waiting.push(...dateShapedDays(week, texts).map((day) => meanDiffers(position, dayColumns[day]!)));
      }
      if (!meanIsRecomputable(week)) {
        counts.meansNotRecomputable++;
        onProblem(meanNotRecomputable(position, week, column["dailymean"]));
      }
      const site = siteOf(row);
      if (!site) return onProblem(siteMissing(position, column["city"]));
      const name = row.cells[column["metabolite"]!]!.trim();
      const analyte = RESIDUES[name.toLowerCase()] ?? name;
      for (const [index, text] of texts.entries()) {
        if (isNotSampled(text)) counts.notSampled++;
        else if (!damaged.has(index)) addValue(row, text, dayColumns[index]!, analyte, sampleOf(site, year, index));
      }
    },
    end(): void {
      if (damageFound) for (const problem of waiting) onProblem(problem);
    },
  };

  function addValue(row: TableRow, text: string, at: number, analyte: string, sample: Record<string, unknown>) {
    const value = decimal(text);
    if (value === undefined) return onProblem(valueInvalid({ file, row, headers }, at));
    counts.values++;
    if (value === 0) counts.belowLimit++;
    const content = value === 0 ? { censoring: "belowLoq" } : { value, censoring: "none" };
    const unit = "mg/d/(10*3.{inh})";
    const result = { analyte, quantity: "populationNormalisedLoad", unit, ...content, method: EUDA_METHOD, replicate: 1 };
    options.add({
      row,
      sample,
      result,
      columns: { value: at, analyte: column["metabolite"]!, "sample.siteId": column["siteid"] ?? at },
    });
  }
}

const midnight = (day: string, timeZone: string) => {
  const [year, month, date] = day.split("-").map(Number) as [number, number, number];
  return zonedMoment({ year, month, day: date, hour: 0, minute: 0, second: 0 }, timeZone);
};

const isNotSampled = (text: string) => text === "" || text === "NA" || text === "N/A";

/** A plain decimal number with a point. */
const decimal = (text: string) => (/^\d+(\.\d+)?(e[+-]?\d+)?$/i.test(text) ? Number(text) : undefined);

function weekOf(year: number, texts: string[], cells: readonly string[], column: Record<string, number>): EudaWeek {
  const mean = (name: string) => decimal((cells[column[name] ?? -1] ?? "").trim());
  const days = texts.map((text) => (isNotSampled(text) ? undefined : decimal(text)));
  return { year, days, weekdayMean: mean("weekdaymean"), dailyMean: mean("dailymean") };
}

/** Days whose cell a spreadsheet has touched, each reported. */
function damageOf(
  position: Position,
  week: EudaWeek,
  texts: readonly string[],
  dayColumns: readonly number[],
  onProblem: (problem: Problem) => void,
): Set<number> {
  const damaged = new Set<number>();
  for (const [day, text] of texts.entries()) {
    if (!/^0\d/.test(text)) continue;
    damaged.add(day);
    onProblem(
      cellProblem(position, dayColumns[day], {
        code: "excel_leading_zero",
        severity: "error",
        expected: "a number as an instrument writes it: without a leading zero, which comes from a date such as 3 April",
        mend: MEND_EXCEL,
      }),
    );
  }
  for (const { day, was } of repairsOf(week, texts)) {
    if (damaged.has(day)) continue;
    damaged.add(day);
    onProblem(meanDiffers(position, dayColumns[day]!, was));
  }
  return damaged;
}

function meanDiffers(position: Position, column: number, was?: number): Problem {
  const such = was === undefined ? "" : `, such as ${Number(was.toFixed(2))}`;
  return cellProblem(position, column, {
    code: "excel_mean_differs",
    severity: "error",
    expected: `a value with which the row's printed means come out${such}`,
    mend: MEND_EXCEL,
  });
}

const MEND_EXCEL =
  "A spreadsheet took numbers for dates. Do not correct single cells, others may have changed unseen: export the file anew, without opening it in a spreadsheet.";

function meanNotRecomputable(position: Position, week: EudaWeek, column: number | undefined): Problem {
  return cellProblem(position, column, {
    code: "mean_not_recomputable",
    severity: "warning",
    expected: `${recomputedMean(week.days)?.toFixed(2)}, the mean of the days sampled, to 0.01`,
    mend: "Nothing to do: the daily values are taken, the printed mean is not used.",
  });
}

const yearInvalid = (position: Position, column: number) =>
  cellProblem(position, column, { code: "year_invalid", severity: "error", expected: "a year such as 2024", mend: MEND_CELL });

const valueInvalid = (position: Position, column: number) =>
  cellProblem(position, column, {
    code: "number_invalid",
    severity: "error",
    expected: "a load in mg/d per 1,000 people such as 8.82, 0 for below the limit, or nothing for not sampled",
    mend: MEND_CELL,
  });

const siteMissing = (position: Position, column: number | undefined) =>
  cellProblem(position, column, {
    code: "site_unknown",
    severity: "error",
    expected: "a Site ID, or a country and city of the site-info table",
    mend: "Add the column Site ID, or import the site-info table first: sewertrace import euda ww-site-info-table.csv",
  });

const MEND_CELL = "Correct the cell and send the file again: rows already accepted are not counted twice.";

/** Column by header, blanks and case aside. */
export function columnsOf(headers: readonly string[]): Record<string, number> {
  return Object.fromEntries(headers.map((header, index) => [header.replace(/[\s\uFEFF]/g, "").toLowerCase(), index]));
}
