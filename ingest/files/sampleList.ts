import { refusalsOf } from "../../schemas/refusal.ts";
import { sample } from "../../schemas/sample.ts";
import { FIELDS } from "./fields.ts";
import type { FormatContext, RowReader } from "./formats.ts";
import type { ReadHeader } from "./mapping.ts";
import { rowCells } from "./rowCells.ts";
import { sampleReader } from "./sampleRows.ts";
import type { TableRow } from "./table.ts";

/** Reads a list of samples, for results of instruments that know a sample by its name alone. */
export function sampleListReader(read: ReadHeader, context: FormatContext): RowReader {
  const cells = rowCells(read.columns, context);
  const sampleOf = sampleReader(cells, context);
  const columns = new Map<string, number>();
  for (const column of read.columns) if (column.kind === "field") columns.set(FIELDS[column.field].path, column.index);
  return {
    row(row: TableRow) {
      const found = sampleOf(row);
      if (!found) return;
      const parsed = sample.safeParse(found);
      if (parsed.success) context.onSample(parsed.data);
      else {
        for (const { where, code, found: text, expected, mend } of refusalsOf(parsed.error, found, {})) {
          cells.problem(row, columns.get(`sample.${where.path}`), { code, severity: "error", found: text, expected, mend });
        }
      }
    },
    end(): void {},
  };
}
