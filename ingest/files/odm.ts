import { sample as sampleSchema } from "../../schemas/sample.ts";
import { resolveAnalyte } from "../../schemas/substances.ts";
import { parseUnit } from "../../schemas/units.ts";
import { columnsOf } from "./eudaRows.ts";
import { resolveMode } from "./fields.ts";
import type { FormatContext, RowReader } from "./formats.ts";
import { cellProblem, type Problem } from "./problem.ts";
import { applyReported } from "./reported.ts";
import { MEND_CELL } from "./rowCells.ts";
import { isBlankRow, type TableRow } from "./table.ts";
import { parseWhen } from "./values.ts";
import { serialToWall } from "./xlsx.ts";
import { addDay, zonedMoment } from "./zonedTime.ts";

/**
 * PHES-ODM 2.2 has no measure for a drug. These identifiers extend its measures, declared in docs/uploads.md; its own `caff` and
 * `crea` are used where they exist. Unit `ngL` extends its units likewise.
 */
export const ODM_EXTENSION: Readonly<Record<string, string>> = {
  caff: "caffeine",
  crea: "creatinine",
  ext_bzec: "benzoylecgonine",
  ext_coc: "cocaine",
  ext_meth: "methamphetamine",
  ext_amp: "amphetamine",
  ext_mdma: "mdma",
  ext_mda: "mda",
  ext_mor: "morphine",
  ext_6mam: "6-mam",
  ext_cod: "codeine",
  ext_ket: "ketamine",
  ext_nket: "norketamine",
  ext_thccooh: "thc-cooh",
  ext_mtd: "methadone",
  ext_eddp: "eddp",
  ext_ftn: "fentanyl",
  ext_nftn: "norfentanyl",
  ext_eto: "etomidate",
  ext_eta: "etomidate-acid",
  ext_cot: "cotinine",
};

/** Aggregations that are one result: a single reading, or a mean of replicates. Deviations and limits are not results. */
const RESULT_AGGREGATIONS = /^(?:sin|me|mean|med|)$/i;

const hasAll = (headers: readonly string[], names: readonly string[]) => {
  const column = columnsOf(headers);
  return names.every((name) => name in column);
};

export const isOdmMeasures = (headers: readonly string[]) =>
  hasAll(headers, ["measurerepid", "sampleid", "measure", "value", "unit"]);
export const isOdmSamples = (headers: readonly string[]) => hasAll(headers, ["sampleid", "siteid", "colltype"]);

/** Reads the table `samples`: gives the samples that a table `measures` then refers to. */
export function odmSamplesReader(context: FormatContext): RowReader {
  const { file, headers, onProblem } = context;
  const column = columnsOf(headers);
  return {
    row(row: TableRow) {
      if (isBlankRow(row)) return;
      const position = { file, row, headers };
      const text = (name: string) => (row.cells[column[name] ?? -1] ?? "").trim();
      const fail = (name: string, code: string, expected: string) =>
        onProblem(cellProblem(position, column[name], { code, severity: "error", expected, mend: MEND_CELL }));
      const siteId = context.mapping.sites?.[text("siteid")] ?? text("siteid");
      const timeZone = context.timeZoneOf(siteId);
      if (timeZone === undefined) return fail("siteid", "site_unknown", "the id of a site on record (GET /api/v1/sites)");
      const mode = resolveMode(text("colltype"));
      if (!mode)
        return fail(
          "colltype",
          "field_invalid",
          "a collection type: grb, comp, manComp, timePr, volPr, flowPr, cosca or passiveGen",
        );
      const times = timesOf(text, timeZone, context);
      if (!times)
        return fail(
          text("colldtstart") ? "colldtstart" : "colldt",
          "date_invalid",
          "the collection's start and end, or its date and period",
        );
      const parsed = sampleSchema.safeParse({ sampleId: text("sampleid"), siteId, mode, ...times });
      if (parsed.success) context.onSample(parsed.data);
      else fail("sampleid", "field_invalid", parsed.error.issues[0]!.message);
    },
    end(): void {},
  };
}

/** `collDTStart` and `collDTEnd` where given; else `collDT` is the end of `collPer` hours (ODM: end for composites). */
function timesOf(text: (name: string) => string, timeZone: string, { mapping }: FormatContext) {
  const wall = (name: string) => {
    const when = parseWhen(text(name), mapping, serialToWall);
    return typeof when === "object" ? when : undefined;
  };
  const moment = (when: NonNullable<ReturnType<typeof wall>>) => zonedMoment(when.wall, when.offset === "Z" ? "UTC" : timeZone);
  const [start, end, at] = [wall("colldtstart"), wall("colldtend"), wall("colldt")];
  if (start && end) return { start: moment(start), end: moment(end) };
  const only = at ?? start ?? end;
  if (!only) return undefined;
  if (only.dayOnly) return { start: moment(only), end: zonedMoment(addDay(only.wall), timeZone) };
  const hours = Number(text("collper"));
  const endTime = Date.parse(moment(only));
  if (!Number.isFinite(hours) || hours < 0 || hours > 24 * 31) return undefined;
  return { start: new Date(endTime - hours * 3_600_000).toISOString(), end: new Date(endTime).toISOString() };
}

/** A value is text by the dictionary (varchar), so text is no sign of a spreadsheet's doing. */
function withoutTextKind(row: TableRow, value: number): TableRow {
  return row.kinds?.[value] === "text" ? { ...row, kinds: row.kinds.with(value, undefined) } : row;
}

/** Reads the table `measures`. Site measures and measures without a drug (the virus part of ODM) are skipped and told. */
export function odmMeasuresReader(context: FormatContext): RowReader {
  const { file, headers, onProblem } = context;
  const column = columnsOf(headers);
  return {
    row(row: TableRow) {
      if (isBlankRow(row)) return;
      const position = { file, row, headers };
      const text = (name: string) => (row.cells[column[name] ?? -1] ?? "").trim();
      const fail = (name: string, what: Pick<Problem, "code" | "expected" | "mend">) =>
        onProblem(cellProblem(position, column[name], { ...what, severity: "error" }));
      const measure = text("measure");
      const analyte = ODM_EXTENSION[measure] ?? (measure.startsWith("ext_") ? resolveAnalyte(measure.slice(4)) : undefined);
      if (!analyte && measure.startsWith("ext_")) {
        const expected = `a declared extension: ${Object.keys(ODM_EXTENSION).join(", ")}`;
        return fail("measure", { code: "analyte_unknown", expected, mend: MEND_CELL });
      }
      if (!analyte) return context.onSkipped(`measure ${measure}`);
      if (!RESULT_AGGREGATIONS.test(text("aggregation"))) return context.onSkipped(`aggregation ${text("aggregation")}`);
      const sample = context.sampleOf(text("sampleid"));
      if (!sample) {
        const mend = "Send the samples table first, in the same workbook or before, or with --samples.";
        return fail("sampleid", { code: "sample_unknown", expected: "a sample of the table samples, or on record", mend });
      }
      const unit = parseUnit(text("unit"));
      if (!unit) return fail("unit", { code: "unit_unknown", expected: "ngL, ugL or mgL", mend: MEND_CELL });
      const index = Number(text("index"));
      const replicate = Number.isInteger(index) && index > 0 ? { replicate: index } : {};
      const result: Record<string, unknown> = {
        analyte,
        unit,
        quantity: "concentration",
        method: text("protocolid") || context.mapping.constants.method,
        ...replicate,
      };
      const flag = /beLOD|flagND/i.test(text("qualityflag"))
        ? "belowLod"
        : /belowLOQ/i.test(text("qualityflag"))
          ? "belowLoq"
          : "";
      const cell = {
        position: { file, headers, row: withoutTextKind(row, column["value"]!) },
        index: column["value"]!,
        flag,
        flagIndex: column["qualityflag"],
        decimal: context.decimal,
        onProblem,
      };
      if (!applyReported(result, row.cells[column["value"]!] ?? "", cell)) return;
      context.add({
        row,
        sample: sample as unknown as Record<string, unknown>,
        result,
        columns: {
          value: column["value"]!,
          unit: column["unit"]!,
          analyte: column["measure"]!,
          "sample.sampleId": column["sampleid"]!,
        },
      });
    },
    end(): void {},
  };
}
