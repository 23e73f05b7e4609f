import type { Sample } from "../../schemas/sample.ts";
import type { Site } from "../../schemas/site.ts";
import { eudaReader, isEudaHeader } from "./eudaRows.ts";
import { type ColumnMapping, mappingOf, readHeader } from "./mapping.ts";
import { massHunterReader } from "./massHunter.ts";
import { massHunterHeader } from "./massHunterHeader.ts";
import { isOdmMeasures, isOdmSamples, odmMeasuresReader, odmSamplesReader } from "./odm.ts";
import { cellProblem, type Problem } from "./problem.ts";
import type { RowContext } from "./rowCells.ts";
import { sampleListReader } from "./sampleList.ts";
import { isSkylineHeader, skylineReader } from "./skyline.ts";
import { isStatcanHeader, statcanReader } from "./statcan.ts";
import type { TableRow } from "./table.ts";
import { CONTROL_NUMBERS, tableReader } from "./tableRows.ts";

export const FORMATS = [
  "long",
  "wide",
  "samples",
  "massHunter",
  "skyline",
  "euda",
  "statcan",
  "odmSamples",
  "odmMeasures",
] as const;
export type Format = (typeof FORMATS)[number];

/** Reads the rows below a header, one at a time. */
export interface RowReader {
  row(row: TableRow): void;
  end(): void;
}

export interface FormatContext extends RowContext {
  /** Sites on record by id; what the EUDA and Statistics Canada readers make is added. */
  sites: Map<string, Site>;
  onNewSite: (site: Site) => void;
  /** A row that is no result by its nature: a calibrator, a blank, a mean. */
  onSkipped: (why: string) => void;
  /** Samples that the file itself lists (PHES-ODM). */
  onSample: (sample: Sample) => void;
}

/** A header that was understood. */
export interface Recognised {
  format: Format;
  headers: readonly string[];
  /** Rows that make up the header, this one included. */
  headerRows: TableRow[];
  mapping: ColumnMapping;
  /** Columns whose cells tell the decimal mark; all where undefined. */
  numberColumns?: readonly number[];
  open(context: FormatContext): RowReader;
}

/** The format that a row, with the one above it, is the header of; undefined where it is no header. */
export function recognise(
  row: TableRow,
  above: TableRow | undefined,
  mapping: ColumnMapping,
  isSampleList: boolean,
): Recognised | undefined {
  const headers = row.cells.map((cell) => cell.replace(/^\uFEFF/, "").trim());
  const as = (format: Format, open: (context: FormatContext) => RowReader): Recognised => ({
    format,
    headers,
    headerRows: [row],
    mapping,
    open,
  });
  if (isEudaHeader(headers)) {
    return as("euda", (context) => {
      const counts = { rows: 0, values: 0, belowLimit: 0, notSampled: 0, meansNotRecomputable: 0 };
      return eudaReader({ ...context, counts });
    });
  }
  if (isStatcanHeader(headers)) return as("statcan", statcanReader);
  if (isOdmMeasures(headers)) return as("odmMeasures", odmMeasuresReader);
  if (isOdmSamples(headers)) return as("odmSamples", odmSamplesReader);
  if (isSkylineHeader(headers)) return as("skyline", skylineReader);
  const massHunter = above && massHunterHeader(above.cells, headers, mapping);
  if (massHunter) {
    return {
      ...as("massHunter", (context) => massHunterReader(massHunter, context)),
      headers: massHunter.names,
      headerRows: [above, row],
    };
  }
  const read = readHeader(headers, mapping, isSampleList);
  if (!read) return undefined;
  return {
    ...as(read.layout, (context) => {
      for (const problem of headerProblems(row, headers, read, context.file)) context.onProblem(problem);
      return read.layout === "samples" ? sampleListReader(read, context) : tableReader(read, context);
    }),
    mapping: mappingOf(read, mapping),
    numberColumns: read.columns
      .filter((column) => column.kind === "analyte" || NUMBER_FIELDS.has(column.field))
      .map(({ index }) => index),
  };
}

const NUMBER_FIELDS: ReadonlySet<string> = new Set([
  "value",
  "lod",
  "loq",
  "uncertainty",
  "ionRatio",
  "isRecovery",
  ...CONTROL_NUMBERS,
  "dilution",
  "flowM3D",
]);

function headerProblems(
  row: TableRow,
  headers: readonly string[],
  read: NonNullable<ReturnType<typeof readHeader>>,
  file: string,
): Problem[] {
  const position = { file, row, headers };
  const unknown = read.unknown.map(({ index }) =>
    cellProblem(position, index, {
      code: "column_unknown",
      severity: "warning",
      expected: "a column of the template or a substance",
      mend: 'Nothing of this column was read. Say in the mapping what it holds, or "ignore".',
    }),
  );
  const repeated = read.repeated.map(({ index, field }) =>
    cellProblem(position, index, {
      code: "column_repeated",
      severity: "error",
      expected: `one column for ${field}`,
      mend: "Say in the mapping which of the columns counts, and ignore the others.",
    }),
  );
  return [...repeated, ...unknown];
}
