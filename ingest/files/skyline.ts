import { parseUnit } from "../../schemas/units.ts";
import { resolveCompound } from "./fields.ts";
import type { FormatContext, RowReader } from "./formats.ts";
import { cellProblem } from "./problem.ts";
import { applyReported } from "./reported.ts";
import type { ResultDraft } from "./reports.ts";
import { MEND_SAMPLE } from "./rowCells.ts";
import { isBlankRow, type TableRow } from "./table.ts";
import { parseNumber } from "./values.ts";

/** Columns by any of the names that Skyline's report editor gives them (with or without blanks: "invariant" exports have none). */
const COLUMNS = {
  replicate: /^(?:replicate(?:name)?|filename)$/,
  molecule: /^(?:molecule(?:name)?|peptide|compound)$/,
  concentration: /^(?:calculatedconcentration|quantification)$/,
  area: /^area$/,
  sampleType: /^sampletype$/,
  label: /^(?:isotopelabeltype|standardtype)$/,
  quantitative: /^quantitative$/,
  units: /^(?:quantificationunits|concentrationunits|units)$/,
  file: /^filename$/,
} as const;

type SkylineColumn = keyof typeof COLUMNS;

function columnsOf(headers: readonly string[]): Partial<Record<SkylineColumn, number>> {
  const columns: Partial<Record<SkylineColumn, number>> = {};
  for (const [index, header] of headers.entries()) {
    const name = header.replace(/[\s_]/g, "").toLowerCase();
    for (const key of Object.keys(COLUMNS) as SkylineColumn[])
      if (columns[key] === undefined && COLUMNS[key].test(name)) columns[key] = index;
  }
  return columns;
}

/** A transition report: replicate, molecule and concentration, and a product ion or area, which tables of laboratories do not have. */
export function isSkylineHeader(headers: readonly string[]): boolean {
  const { replicate, molecule, concentration } = columnsOf(headers);
  const transitions = headers.some((header) =>
    /^(?:product ?mz|fragment ?ion|precursor ?mz|isotope ?label ?type)$/i.test(header.trim()),
  );
  return replicate !== undefined && molecule !== undefined && concentration !== undefined && transitions;
}

/**
 * Reads a Skyline transition report: one row a transition, of which the first of each molecule and replicate gives the result and
 * the second the ion ratio (area to area, in percent). Standards, controls, blanks and heavy labels are skipped and told. The
 * replicate's name must be that of a sample on record, or of one with "_2", "-r3" behind it for the replicate's number.
 */
export function skylineReader(context: FormatContext): RowReader {
  const { file, headers, mapping, onProblem } = context;
  const column = columnsOf(headers);
  let open: { key: string; draft: ResultDraft; area: number | undefined; ratio: boolean } | undefined;

  const flush = () => {
    if (open) context.add(open.draft);
    open = undefined;
  };
  const text = (row: TableRow, name: SkylineColumn) => (column[name] === undefined ? "" : (row.cells[column[name]] ?? "").trim());
  const areaOf = (row: TableRow) => {
    const area = parseNumber(text(row, "area"), row.kinds?.[column.area ?? -1] === "number" ? "." : context.decimal);
    return typeof area === "number" && area > 0 ? area : undefined;
  };

  const draftOf = (row: TableRow): ResultDraft | undefined => {
    const position = { file, row, headers };
    const fail = (name: SkylineColumn, code: string, expected: string, mend: string) => {
      onProblem(cellProblem(position, column[name], { code, severity: "error", expected, mend }));
      return undefined;
    };
    const analyte = resolveCompound(text(row, "molecule"));
    if (!analyte)
      return fail(
        "molecule",
        "analyte_unknown",
        "a substance by name or synonym",
        "Name the molecule as in the registry, or ask for it to be added.",
      );
    const name = text(row, "replicate").replace(/\.(?:d|raw|wiff|mzml)$/i, "");
    const [, base, number] = /^(.+?)(?:[_-]r?(\d{1,2}))?$/i.exec(name) ?? [];
    const exact = context.sampleOf(name);
    const sample = exact ?? (base === undefined ? undefined : context.sampleOf(base));
    if (!sample) {
      return fail(
        "replicate",
        "sample_unknown",
        "the name of a sample on record: a Skyline report says neither site nor time",
        MEND_SAMPLE,
      );
    }
    const written = text(row, "concentration");
    const [, amount = written, behind = ""] = /^([<>]?\s*[\d.,]+(?:e[+-]?\d+)?)\s+(\S+)$/i.exec(written) ?? [];
    const unit = parseUnit(behind || text(row, "units") || (mapping.constants.unit ?? ""));
    if (!unit)
      return fail(
        "concentration",
        "unit_missing",
        "a unit behind the number, in a column Quantification Units, or in the mapping",
        "Set the units in Skyline's quantification settings, or constants.unit in the mapping.",
      );
    const result: Record<string, unknown> = { analyte, unit, quantity: "concentration", method: mapping.constants.method };
    if (!exact && number) result["replicate"] = Number(number);
    const index = column.concentration!;
    const cells = row.cells.with(index, amount);
    const cell = {
      position: { file, row, headers },
      index,
      flag: "",
      flagIndex: undefined,
      decimal: context.decimal,
      onProblem,
    };
    if (!applyReported(result, cells[index]!, cell)) return undefined;
    return {
      row,
      sample: sample as unknown as Record<string, unknown>,
      result,
      columns: { value: index, analyte: column.molecule!, "sample.sampleId": column.replicate! },
    };
  };

  return {
    row(row: TableRow) {
      if (isBlankRow(row)) return;
      const type = text(row, "sampleType");
      if (type !== "" && !/^(?:unknown|sample)$/i.test(type)) return context.onSkipped(type);
      if (/heavy|surrogate|normalization|standard/i.test(text(row, "label"))) return context.onSkipped("internal standard");
      const key = `${text(row, "replicate")}\n${text(row, "molecule")}`;
      if (open?.key === key) {
        const area = areaOf(row);
        if (!open.ratio && area !== undefined && open.area !== undefined) {
          open.draft.result["ionRatio"] = Number(((area / open.area) * 100).toFixed(4));
          open.ratio = true;
        }
        return;
      }
      flush();
      const draft = draftOf(row);
      if (draft) open = { key, draft, area: areaOf(row), ratio: false };
    },
    end: flush,
  };
}
