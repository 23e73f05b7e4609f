import { addDays } from "../../schemas/days.ts";
import type { Site } from "../../schemas/site.ts";
import { resolveAnalyte } from "../../schemas/substances.ts";
import { columnsOf } from "./eudaRows.ts";
import type { FormatContext, RowReader } from "./formats.ts";
import { cellProblem } from "./problem.ts";
import { isBlankRow, type TableRow } from "./table.ts";
import { zonedMoment } from "./zonedTime.ts";

export const STATCAN_SOURCE = "Statistics Canada, table 13-10-0871-01, Statistics Canada Open Licence";
export const STATCAN_LAB = "STATCAN";
export const STATCAN_METHOD = "CWS";

/** Zones of the provinces the survey covers. */
const ZONES: Record<string, string> = {
  "Nova Scotia": "America/Halifax",
  Quebec: "America/Toronto",
  Ontario: "America/Toronto",
  Manitoba: "America/Winnipeg",
  Saskatchewan: "America/Regina",
  Alberta: "America/Edmonton",
  "British Columbia": "America/Vancouver",
};

export function isStatcanHeader(headers: readonly string[]): boolean {
  return ["REF_DATE", "GEO", "Measure", "Characteristics", "UOM", "VALUE"].every((name) => headers.includes(name));
}

type Characteristic = "load" | "low" | "high" | "error" | "imputation";

const CHARACTERISTICS: readonly [RegExp, Characteristic][] = [
  [/^load per capita/i, "load"],
  [/^low 95/i, "low"],
  [/^high 95/i, "high"],
  [/^standard error/i, "error"],
  [/^imputation rate/i, "imputation"],
];

interface Group {
  key: string;
  row: TableRow;
  values: Partial<Record<Characteristic, number>>;
  seen: Set<Characteristic>;
  status: string;
}

/**
 * Reads table 13-10-0871: one sample a city and month, the mean of the seven days from the second Monday on, with the half-width of
 * its confidence interval as uncertainty, and status and imputation rate as flags. 0 is taken as below an unknown limit. The
 * average over the cities is skipped: it is no sample.
 */
export function statcanReader(context: FormatContext): RowReader {
  const { file, headers, onProblem } = context;
  const column = columnsOf(headers);
  const [dateColumn, geoColumn, measureColumn] = [column["ref_date"]!, column["geo"]!, column["measure"]!];
  const [characteristicColumn, valueColumn, statusColumn] = [column["characteristics"]!, column["value"]!, column["status"]];
  const samples = new Map<string, Record<string, unknown>>();
  let group: Group | undefined;

  const flush = () => {
    if (!group) return;
    const { row, values, status } = group;
    group = undefined;
    const position = { file, row, headers };
    const fail = (index: number, code: string, expected: string) =>
      onProblem(cellProblem(position, index, { code, severity: "error", expected, mend: MEND_TABLE }));
    const geo = row.cells[geoColumn]!.trim();
    const month = row.cells[dateColumn]!.trim();
    if (!/^\d{4}-(?:0[1-9]|1[0-2])$/.test(month)) return fail(dateColumn, "date_invalid", "a month such as 2022-01");
    const analyte = residueOf(row.cells[measureColumn]!);
    if (!analyte) return fail(measureColumn, "analyte_unknown", "a substance by name or synonym");
    if (values.load === undefined)
      return status === "" ? fail(valueColumn, "value_missing", "a load per capita") : context.onSkipped(`status ${status}`);
    const flags = [status, values.imputation ? `imputed ${values.imputation} %` : ""].filter((flag) => flag !== "");
    const halfWidth = values.high === undefined ? undefined : values.high - values.load;
    const result: Record<string, unknown> = {
      analyte,
      quantity: "populationNormalisedLoad",
      unit: "mg/d/(10*3.{inh})",
      ...(values.load === 0 ? { censoring: "belowLoq" } : { value: values.load }),
      method: STATCAN_METHOD,
      ...(flags.length > 0 ? { flags } : {}),
    };
    if (values.load > 0 && halfWidth !== undefined && halfWidth > 0) {
      result["uncertainty"] = Number(halfWidth.toFixed(6));
      if (values.error) result["coverageFactor"] = Number((halfWidth / values.error).toFixed(4));
    }
    context.add({ row, sample: sampleOf(geo, month), result, columns: { value: valueColumn, analyte: measureColumn } });
  };

  const sampleOf = (geo: string, month: string) => {
    const site = siteOf(geo, context);
    const sampleId = `${site.siteId}-${month}`;
    const known = samples.get(sampleId);
    if (known) return known;
    const first = secondMonday(month);
    const sample = {
      sampleId,
      siteId: site.siteId,
      mode: "timeProportional",
      start: midnight(first, site.timeZone),
      end: midnight(addDays(first, 7), site.timeZone),
    };
    samples.set(sampleId, sample);
    return sample;
  };

  return {
    row(row: TableRow) {
      if (isBlankRow(row)) return;
      const geo = row.cells[geoColumn]?.trim() ?? "";
      if (/^weighted average/i.test(geo) || geo === "Canada") return context.onSkipped("average over cities");
      const key = [row.cells[dateColumn], geo, row.cells[measureColumn]].join("\n");
      if (group?.key !== key) {
        flush();
        group = { key, row, values: {}, seen: new Set(), status: "" };
      }
      const characteristic = CHARACTERISTICS.find(([pattern]) => pattern.test(row.cells[characteristicColumn] ?? ""))?.[1];
      const text = row.cells[valueColumn]?.trim() ?? "";
      const fail = (index: number, code: string, expected: string) =>
        onProblem(cellProblem({ file, row, headers }, index, { code, severity: "error", expected, mend: MEND_TABLE }));
      if (!characteristic)
        return fail(
          characteristicColumn,
          "characteristic_unknown",
          "load, confidence interval, standard error or imputation rate",
        );
      if (text !== "" && !/^-?\d+(?:\.\d+)?$/.test(text)) return fail(valueColumn, "number_invalid", "a number");
      if (group.seen.has(characteristic))
        return fail(
          characteristicColumn,
          "result_twice",
          "each characteristic of a city, month and substance once: the first stands",
        );
      group.seen.add(characteristic);
      if (text !== "") group.values[characteristic] = Number(text);
      if (characteristic === "load") {
        group.row = row; // its value is the result's place
        group.status = statusColumn === undefined ? "" : (row.cells[statusColumn] ?? "").trim();
      }
    },
    end: flush,
  };
}

const MEND_TABLE = "Take the table anew from Statistics Canada.";

/** "Cocaine (Benzoylecgonine)" names the drug and, behind it, the residue that is measured. */
function residueOf(measure: string): string | undefined {
  const [, drug, residue] = /^([^(]+?)\s*\(([^)]+)\)\s*$/.exec(measure) ?? [];
  return (residue && resolveAnalyte(residue)) || resolveAnalyte(drug ?? measure);
}

/** A city of the survey as a site; the survey does not say which plants. */
export function statcanSite(geo: string): Site {
  const [city = geo, province = ""] = geo.split(",").map((part) => part.trim());
  const siteId = `STATCAN-${city.replace(/[^\p{L}\p{N}]+/gu, "-")}`;
  const region = province ? { region: province } : {};
  return {
    siteId,
    name: city,
    kind: "wwtp",
    country: "CA",
    ...region,
    timeZone: ZONES[province] ?? "America/Toronto",
    source: STATCAN_SOURCE,
  };
}

function siteOf(geo: string, { sites, onNewSite }: FormatContext): Site {
  const site = statcanSite(geo);
  const known = sites.get(site.siteId);
  if (known) return known;
  sites.set(site.siteId, site);
  onNewSite(site);
  return site;
}

/** The first of the seven days: the second Monday of the month. */
export function secondMonday(month: string): string {
  const weekday = (new Date(`${month}-01T00:00:00Z`).getUTCDay() + 6) % 7; // 0 is Monday
  return addDays(`${month}-01`, ((7 - weekday) % 7) + 7);
}

const midnight = (day: string, timeZone: string) => {
  const [year, month, date] = day.split("-").map(Number) as [number, number, number];
  return zonedMoment({ year, month, day: date, hour: 0, minute: 0, second: 0 }, timeZone);
};
