import { parseUnit } from "../../schemas/units.ts";
import { batchControls, type CompoundMethod, injectionOf, type Peak } from "./batchControls.ts";
import { resolveMode } from "./fields.ts";
import type { FormatContext, RowReader } from "./formats.ts";
import type { MassHunterCompound, MassHunterHeader } from "./massHunterHeader.ts";
import { cellProblem } from "./problem.ts";
import { applyReported } from "./reported.ts";
import type { ResultDraft } from "./reports.ts";
import { MEND_CELL, MEND_SAMPLE } from "./rowCells.ts";
import { isBlankRow, type TableRow } from "./table.ts";
import { parseNumber } from "./values.ts";

/** Results held until the batch's last injection is read: about 50 MB. What a longer file says later no longer counts for them. */
const HELD_RESULTS_MAX = 60_000;

/**
 * Reads the rows of an export. Only samples give results: calibrators, blanks and controls are told, and say what the quality rules
 * judge the samples by. The export names neither site nor time nor unit: the sample must be on record, and the unit and method stand
 * in the laboratory's mapping.
 */
export function massHunterReader(header: MassHunterHeader, context: FormatContext): RowReader {
  const { file, mapping, onProblem } = context;
  const headers = header.names;
  const unitText = mapping.constants.unit ?? "";
  const unit = parseUnit(unitText);
  const controls = batchControls();
  let held: { draft: ResultDraft; compound: MassHunterCompound; peak: Peak; method: CompoundMethod }[] = [];
  let told = false;

  const release = () => {
    for (const { draft, compound, peak, method } of held) {
      controls.addTo(draft.result, compound.name, peak, method);
      context.add(draft);
    }
    held = [];
  };

  const tellUnknown = (row: TableRow) => {
    for (const compound of header.compounds) {
      if (compound.analyte) continue;
      onProblem({
        ...cellProblem({ file, row, headers }, undefined, {
          code: "analyte_unknown",
          severity: "warning",
          found: compound.name,
          expected: "a substance by name or synonym",
          mend: "Its column is not read. Name it in the mapping, or ask for the substance to be added.",
        }),
        column: headers[compound.concentration]!,
      });
    }
  };

  /** What an injection shows of a compound. Only what would stand in the result must be a number: instruments write S/N as Infinity. */
  const peakOf = (row: TableRow, compound: MassHunterCompound, onBad: (index: number) => void) => {
    const { peak, ratio: ionRatio, concentration, method } = compound;
    const found: Peak & { isRecovery?: number } = {};
    for (const [name, index] of Object.entries({ ...peak, ionRatio, concentration })) {
      const value = numberAt(row, index, context);
      if (typeof value === "number") found[name as keyof Peak] = value;
      else if (value === "bad" && (name === "ionRatio" || name === "isRecovery")) onBad(index!);
    }
    const spiked = numberAt(row, method.spiked, context);
    if (found.recoveryPercent === undefined && found.concentration !== undefined && typeof spiked === "number" && spiked > 0)
      found.recoveryPercent = (found.concentration / spiked) * 100;
    return found;
  };

  const resultOf = (row: TableRow, compound: MassHunterCompound): Record<string, unknown> => {
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
    const rawFile = header.dataFile === undefined ? "" : row.cells[header.dataFile]!.trim();
    if (rawFile) result["rawFile"] = rawFile;
    if (compound.manual !== undefined && /^(?:true|yes|1|x|mi|wahr)$/i.test(row.cells[compound.manual]!.trim()))
      result["flags"] = ["MI"];
    return result;
  };

  const readSample = (row: TableRow, sample: Record<string, unknown>) => {
    for (const compound of header.compounds) {
      if (!compound.analyte || row.cells[compound.concentration]!.trim() === "") continue;
      const position = { file, row, headers };
      let readable = true;
      const { isRecovery, ...peak } = peakOf(row, compound, (bad) => {
        readable = false;
        onProblem(cellProblem(position, bad, NUMBER_INVALID));
      });
      if (!readable) continue;
      const result = resultOf(row, compound);
      if (peak.ionRatio !== undefined) result["ionRatio"] = peak.ionRatio;
      if (isRecovery !== undefined) result["isRecovery"] = isRecovery;
      const index = compound.concentration;
      const cell = { position, index, flag: "", flagIndex: undefined, decimal: context.decimal, onProblem };
      if (!applyReported(result, row.cells[index]!, cell)) continue;
      controls.note("sample", compound.name, peak);
      const columns = {
        value: index,
        "sample.sampleId": header.sampleName,
        ...(compound.peak.signalToNoise === undefined ? {} : { "controls.signalToNoise": compound.peak.signalToNoise }),
      };
      held.push({ draft: { row, sample, result, columns }, compound, peak, method: methodOf(row, compound) });
    }
    if (held.length >= HELD_RESULTS_MAX) release();
  };

  const methodOf = (row: TableRow, { method, ownInternalStandard }: MassHunterCompound): CompoundMethod => {
    const at = (index: number | undefined) => {
      const value = numberAt(row, index, context);
      return value === "bad" ? undefined : value;
    };
    return { retentionMin: at(method.retentionMin), calibrationR2: at(method.calibrationR2), ownInternalStandard };
  };

  return {
    row(row: TableRow) {
      if (isBlankRow(row)) return;
      const fail = (index: number | undefined, code: string, expected: string, mend: string) =>
        onProblem(cellProblem({ file, row, headers }, index, { code, severity: "error", expected, mend }));
      if (row.cells.length !== headers.length) {
        return fail(undefined, "row_length", `${headers.length} cells as in the header, not ${row.cells.length}`, MEND_LENGTH);
      }
      const type = header.type === undefined ? "" : row.cells[header.type]!.trim();
      const injection = injectionOf(type);
      if (injection !== "sample") {
        for (const compound of header.compounds)
          controls.note(
            injection,
            compound.name,
            peakOf(row, compound, () => {}),
          );
        return context.onSkipped(type);
      }
      if (!told) tellUnknown(row);
      told = true;
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
      readSample(row, sample as Record<string, unknown>);
    },
    end: release,
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

const NUMBER_INVALID = {
  code: "number_invalid",
  severity: "error",
  expected: "a number such as 48.2",
  mend: MEND_CELL,
} as const;
const MEND_LENGTH = "A cell was lost or added, so the values may stand under the wrong compound: export the batch anew.";
