import { parseUnit } from "../../schemas/units.ts";
import { batchControls, type CompoundMethod, type Injection, injectionOf, type Peak } from "./batchControls.ts";
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
  retention: /^(?:best)?retentiontime$/,
  expected: /^(?:analyteconcentration|explicitanalyteconcentration)$/,
  r2: /^(?:calibrationcurve)?rsquared$/,
} as const;

/** Columns that tell the transitions of a molecule apart. */
const TRANSITION = /^(?:product ?mz|fragment ?ion)$/i;

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
  const transitions = headers.some(
    (header) => TRANSITION.test(header.trim()) || /^(?:precursor ?mz|isotope ?label ?type)$/i.test(header.trim()),
  );
  return replicate !== undefined && molecule !== undefined && concentration !== undefined && transitions;
}

/** Results and other injections held until the batch is read: about 50 MB. What a longer report says later no longer counts for them. */
const HELD_PEAKS_MAX = 60_000;

/** One molecule in one replicate, from all its transitions. */
interface Measured {
  injection: Injection;
  compound: string;
  /** Absent for a standard, control or blank, and for a result that was refused. */
  draft?: ResultDraft;
  /** Light transitions read, by what tells them apart. */
  transitions: Set<string>;
  firstArea?: number | undefined;
  peak: Peak;
  method: CompoundMethod;
}

/**
 * Reads a Skyline transition report: one row a transition, of which the first of each molecule and replicate gives the result and
 * the second the ion ratio (area to area, in percent). Standards, controls, blanks and heavy labels give no result and are told; they
 * say what the quality rules judge the others by. The replicate's name must be that of a sample on record, or of one with "_2", "-r3"
 * behind it for the replicate's number.
 */
export function skylineReader(context: FormatContext): RowReader {
  const { file, headers, mapping, onProblem } = context;
  const column = columnsOf(headers);
  const transitionColumns = headers.flatMap((header, index) => (TRANSITION.test(header.trim()) ? [index] : []));
  const controls = batchControls();
  let held: Measured[] = [];
  const open = new Map<string, Measured>();
  let lastKey = "";

  const release = () => {
    for (const { injection, compound, peak } of held) controls.note(injection, compound, peak);
    for (const { draft, compound, peak, method } of held) {
      if (!draft) continue;
      if (peak.ionRatio !== undefined) draft.result["ionRatio"] = peak.ionRatio;
      controls.addTo(draft.result, compound, peak, method);
      context.add(draft);
    }
    held = [];
    open.clear();
  };
  const text = (row: TableRow, name: SkylineColumn) => (column[name] === undefined ? "" : (row.cells[column[name]] ?? "").trim());
  const numberOf = (row: TableRow, name: SkylineColumn): number | undefined => {
    const value = parseNumber(text(row, name), row.kinds?.[column[name] ?? -1] === "number" ? "." : context.decimal);
    return typeof value === "number" ? value : undefined;
  };
  const areaOf = (row: TableRow) => {
    const area = numberOf(row, "area");
    return area !== undefined && area > 0 ? area : undefined;
  };
  /** What the rows before say of the molecule and replicate of this one; a transition that stands there twice begins another. */
  const measuredOf = (row: TableRow, injection: Injection, transition: string | undefined): Measured => {
    const key = `${text(row, "replicate")}\n${text(row, "molecule")}`;
    const known = open.get(key);
    const again = transition !== undefined && (transition === "" ? lastKey !== key : known?.transitions.has(transition));
    lastKey = key;
    if (known && !again) return known;
    if (held.length >= HELD_PEAKS_MAX) release();
    const measured: Measured = { injection, compound: text(row, "molecule"), transitions: new Set(), peak: {}, method: {} };
    held.push(measured);
    open.set(key, measured);
    return measured;
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
    const [amount, behind] = amountOf(text(row, "concentration"));
    const unit = parseUnit(behind || text(row, "units") || (mapping.constants.unit ?? ""));
    if (!unit)
      return fail(
        "concentration",
        "unit_missing",
        "a unit behind the number, in a column Quantification Units, or in the mapping",
        "Set the units in Skyline's quantification settings, or constants.unit in the mapping.",
      );
    const result: Record<string, unknown> = { analyte, unit, quantity: "concentration", method: mapping.constants.method };
    for (const limit of ["lod", "loq"] as const) {
      const value = parseNumber(mapping.constants[limit] ?? "", ".");
      if (typeof value === "number") result[limit] = value;
    }
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

  /** The first light transition says how much there is, the second how sure it is the molecule. Whether it was the first. */
  const readLight = (row: TableRow, measured: Measured, transition: string): boolean => {
    const area = areaOf(row);
    const place = measured.transitions.size;
    measured.transitions.add(transition === "" ? String(place) : transition);
    if (place === 1 && area !== undefined && measured.firstArea !== undefined)
      measured.peak.ionRatio = Number(((area / measured.firstArea) * 100).toFixed(4));
    if (place > 0) return false;
    measured.firstArea = area;
    measured.method.calibrationR2 = numberOf(row, "r2");
    const [amount] = amountOf(text(row, "concentration"));
    const [found, spiked] = [parseNumber(amount, context.decimal), numberOf(row, "expected")];
    measured.peak.retentionMin = numberOf(row, "retention");
    if (typeof found === "number") {
      measured.peak.concentration = found;
      if (spiked) measured.peak.recoveryPercent = (found / spiked) * 100;
    }
    return true;
  };

  return {
    row(row: TableRow) {
      if (isBlankRow(row)) return;
      const type = text(row, "sampleType");
      const injection = injectionOf(type);
      const label = text(row, "label");
      const isStandard = /heavy|surrogate|normalization|standard/i.test(label);
      const transition = isStandard ? undefined : transitionColumns.map((index) => (row.cells[index] ?? "").trim()).join(" ");
      const measured = measuredOf(row, injection, transition);
      if (isStandard && /heavy/i.test(label)) {
        measured.method.ownInternalStandard = true;
        measured.peak.standardResponse ??= areaOf(row);
      }
      const isFirst = transition !== undefined && readLight(row, measured, transition);
      if (injection !== "sample") return context.onSkipped(type);
      if (isStandard) return context.onSkipped("internal standard");
      const draft = isFirst ? draftOf(row) : undefined;
      if (draft) measured.draft = draft;
    },
    end: release,
  };
}

/** `15.2 ng/L`, `<2.5` or `15.2`: the amount, and the unit behind it. */
function amountOf(written: string): [amount: string, unit: string] {
  const [, amount = written, unit = ""] = /^([<>]?\s*[\d.,]+(?:e[+-]?\d+)?)\s+(\S+)$/i.exec(written) ?? [];
  return [amount, unit];
}
