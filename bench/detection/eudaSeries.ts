import { readFileSync } from "node:fs";
import { parse } from "csv-parse/sync";
import type { LoadPoint, LoadSeries } from "../../analytics/detect/series.ts";
import { addDays } from "../../schemas/days.ts";

const FILE = new URL("../../schemas/reference/data/ww2025-all-data.csv", import.meta.url);
/** As the file's columns have them: the week begins on a Wednesday. */
export const EUDA_DAYS = ["Wednesday", "Thursday", "Friday", "Saturday", "Sunday", "Monday", "Tuesday"] as const;

export type EudaRow = Record<string, string>;

/** The shipped EUDA file: its rows, and their loads by site and residue, mg/d per 1,000 people. */
export function readEuda(): { rows: EudaRow[]; series: LoadSeries[] } {
  const rows = parse(readFileSync(FILE, "utf8"), { columns: true, bom: true }) as EudaRow[];
  return { rows, series: [...Map.groupBy(rows, (row) => `${row["Site ID"]} ${row["Metabolite"]}`).values()].flatMap(seriesOf) };
}

/** The file tells the year: its week stands in March, when most were sampled. */
export function weekOf(year: string): string[] {
  const first = Array.from({ length: 7 }, (_, i) => `${year}-03-${String(8 + i).padStart(2, "0")}`).find(
    (day) => new Date(`${day}T00:00:00Z`).getUTCDay() === 3,
  )!;
  return EUDA_DAYS.map((_, i) => addDays(first, i));
}

function seriesOf(members: readonly EudaRow[]): LoadSeries[] {
  const loads = members.flatMap((row) => {
    const week = weekOf(row["Year"]!);
    return EUDA_DAYS.flatMap((name, i) => (row[name] === "" ? [] : [{ day: week[i]!, load: Number(row[name]) }]));
  });
  const smallest = Math.min(...loads.flatMap(({ load }) => (load > 0 ? [load] : [])));
  if (!Number.isFinite(smallest)) return [];
  // zero is below a limit that the file does not tell
  const points = loads.map(({ day, load }): LoadPoint => ({ day, load: load > 0 ? load : smallest, censored: load === 0 }));
  return [{ siteId: members[0]!["Site ID"]!, analyte: members[0]!["Metabolite"]!, unit: "mg/d/(10*3.{inh})", points }];
}
