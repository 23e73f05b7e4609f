import { parseUnit } from "../../schemas/units.ts";
import { resolveCompound, resolveMode } from "./fields.ts";
import type { FormatContext, RowReader } from "./formats.ts";
import type { ColumnMapping } from "./mapping.ts";
import { cellProblem } from "./problem.ts";
import { applyReported } from "./reported.ts";
import { MEND_CELL, MEND_SAMPLE } from "./rowCells.ts";
import { isBlankRow, type TableRow } from "./table.ts";
import { parseNumber } from "./values.ts";

/** The columns of one compound in an Agilent MassHunter quantitative export. */
interface Compound {
  name: string;
  analyte: string | undefined;
  concentration: number;
  ratio?: number;
  recovery?: number;
  /** Column of manual integration: `MI` on a value becomes a flag. */
  manual?: number;
}

export interface MassHunterHeader {
  /** Group and column name by column, `Methamphetamine Results / Final Conc.` */
  names: string[];
  sampleName: number;
  type: number | undefined;
  dataFile: number | undefined;
  compounds: Compound[];
}

/** English and German names of the columns we read. */
const NAME = /^(?:name|sample name|probenname)$/i;
const TYPE = /^(?:type|sample type|typ|probentyp)$/i;
const DATA_FILE = /^(?:data file|datendatei|datei)$/i;
const FINAL = /^(?:final conc\.?|endkonz\.?|finale konz\.?)$/i;
const CALCULATED = /^(?:calc\.? conc\.?|ber\. konz\.?)$/i;

/**
 * The two header rows of an export: groups above (`Sample`, `X Results`, `Qualifier (150.1 -> 91.1) Results`, `X-d5 (ISTD) Results`),
 * columns below. Undefined where the two rows are not such a pair.
 */
export function massHunterHeader(
  groups: readonly string[],
  columns: readonly string[],
  mapping: ColumnMapping,
): MassHunterHeader | undefined {
  if (!groups.some((group) => /results?$|ergebnisse$/i.test(group.trim()))) return undefined;
  const names: string[] = [];
  const header: MassHunterHeader = { names, sampleName: -1, type: undefined, dataFile: undefined, compounds: [] };
  let group = "";
  let compound: Compound | undefined;
  let inQualifier = false;
  for (const [index, text] of columns.entries()) {
    const started = (groups[index] ?? "").trim();
    if (started !== "") {
      group = started;
      inQualifier = /^qualifier|^qual\b/i.test(group);
      if (!inQualifier) compound = undefined;
    }
    const column = text.trim();
    names.push(group === "" ? column : `${group} / ${column}`);
    if (/^(?:sample|probe)$/i.test(group)) {
      if (NAME.test(column)) header.sampleName = index;
      else if (TYPE.test(column)) header.type = index;
      else if (DATA_FILE.test(column)) header.dataFile = index;
    } else if (inQualifier) {
      const last = header.compounds.at(-1);
      if (last && last.ratio === undefined && /^(?:ratio|verhältnis)$/i.test(column)) last.ratio = index;
    } else if (FINAL.test(column) || (CALCULATED.test(column) && !compound)) {
      const name = group.replace(/\s*(?:results?|ergebnisse)$/i, "");
      if (/\(?(?:istd|is)\)?\s*$/i.test(name)) continue; // an internal standard
      if (compound)
        compound.concentration = index; // the final concentration counts the dilution; the calculated one does not
      else {
        compound = { name, analyte: mappedAnalyte(name, mapping), concentration: index };
        header.compounds.push(compound);
      }
    } else if (compound && /^MI$/.test(column)) compound.manual = index;
    else if (compound && /^ISTD resp(?:onse)?\.? ?ratio$|^IS recovery/i.test(column) && /recovery/i.test(column))
      compound.recovery = index;
  }
  return header.sampleName >= 0 && header.compounds.length > 0 ? header : undefined;
}

/** The mapping may name a compound that the registry calls otherwise: `{"METH Q1": {"analyte": "methamphetamine"}}`. */
function mappedAnalyte(name: string, { columns }: ColumnMapping): string | undefined {
  const mapped = columns[name];
  return typeof mapped === "object" ? resolveCompound(mapped.analyte) : resolveCompound(name);
}

/**
 * Reads the rows of an export. Only samples count: calibrators, blanks and controls are skipped and told. The export names neither
 * site nor time nor unit: the sample must be on record, and the unit and method stand in the laboratory's mapping.
 */
export function massHunterReader(header: MassHunterHeader, context: FormatContext): RowReader {
  const { file, mapping, onProblem } = context;
  const headers = header.names;
  const unitText = mapping.constants.unit ?? "";
  const unit = parseUnit(unitText);
  let told = false;

  return {
    row(row: TableRow) {
      if (isBlankRow(row)) return;
      const position = { file, row, headers };
      const fail = (index: number | undefined, code: string, expected: string, mend: string) =>
        onProblem(cellProblem(position, index, { code, severity: "error", expected, mend }));
      if (row.cells.length !== headers.length) {
        return fail(undefined, "row_length", `${headers.length} cells as in the header, not ${row.cells.length}`, MEND_LENGTH);
      }
      const type = header.type === undefined ? "" : row.cells[header.type]!.trim();
      if (type !== "" && !/^(?:sample|probe|unknown)$/i.test(type)) return context.onSkipped(type);
      if (!told) {
        told = true;
        for (const compound of header.compounds) {
          if (compound.analyte) continue;
          onProblem({
            ...cellProblem(position, undefined, {
              code: "analyte_unknown",
              severity: "warning",
              found: compound.name,
              expected: "a substance by name or synonym",
              mend: "Its column is not read. Name it in the mapping, or ask for the substance to be added.",
            }),
            column: headers[compound.concentration]!,
          });
        }
      }
      const sampleId = row.cells[header.sampleName]!.trim();
      const sample = context.sampleOf(sampleId) ?? constantSample(sampleId, context);
      if (!sample)
        return fail(
          header.sampleName,
          "sample_unknown",
          "the name of a sample on record: a MassHunter export says neither site nor time",
          MEND_SAMPLE,
        );
      if (!unit)
        return fail(
          undefined,
          "unit_missing",
          "a unit for the concentrations, which the export does not give",
          "Give it once in the laboratory's mapping: constants.unit, for example ng/L.",
        );
      const rawFile = header.dataFile === undefined ? "" : row.cells[header.dataFile]!.trim();
      for (const compound of header.compounds) {
        if (!compound.analyte || row.cells[compound.concentration]!.trim() === "") continue;
        const result: Record<string, unknown> = {
          analyte: compound.analyte,
          unit,
          quantity: "concentration",
          method: mapping.constants.method,
        };
        for (const limit of ["lod", "loq"] as const) {
          const value = parseNumber(mapping.constants[limit] ?? "", ".");
          if (typeof value === "number") result[limit] = value;
        }
        if (rawFile) result["rawFile"] = rawFile;
        if (compound.manual !== undefined && /^(?:true|yes|1|x|mi|wahr)$/i.test(row.cells[compound.manual]!.trim()))
          result["flags"] = ["MI"];
        const ratio = numberAt(row, compound.ratio, context);
        if (ratio === "bad") {
          fail(compound.ratio, "number_invalid", "a number such as 48.2", MEND_CELL);
          continue;
        }
        if (ratio !== undefined) result["ionRatio"] = ratio;
        const cell = {
          position,
          index: compound.concentration,
          flag: "",
          flagIndex: undefined,
          decimal: context.decimal,
          onProblem,
        };
        if (!applyReported(result, row.cells[compound.concentration]!, cell)) continue;
        context.add({
          row,
          sample: sample as Record<string, unknown>,
          result,
          columns: { value: compound.concentration, "sample.sampleId": header.sampleName },
        });
      }
    },
    end(): void {},
  };
}

function numberAt(row: TableRow, index: number | undefined, context: FormatContext): number | undefined | "bad" {
  const text = index === undefined ? "" : row.cells[index]!.trim();
  if (text === "") return undefined;
  const value = parseNumber(text, row.kinds?.[index!] === "number" ? "." : context.decimal);
  return typeof value === "number" ? value : "bad";
}

/** The mapping may give site and times once, for a batch of one sampling. */
function constantSample(sampleId: string, { mapping, timeZoneOf }: FormatContext): Record<string, unknown> | undefined {
  const { siteId, start, end, mode } = mapping.constants;
  if (!siteId || !start || !end || sampleId === "" || timeZoneOf(siteId) === undefined) return undefined;
  return { sampleId, siteId, start, end, mode: resolveMode(mode ?? "") ?? "timeProportional" };
}

const MEND_LENGTH = "A cell was lost or added, so the values may stand under the wrong compound: export the batch anew.";
