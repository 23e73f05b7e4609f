import { FIELD_NAMES, FIELDS } from "../../ingest/files/fields.ts";
import { findSubstance } from "../../schemas/substances.ts";
import { type Cell, csvLine } from "../csv.ts";
import { type ExportedResult, sourceOf, type Terms } from "./selection.ts";

/** Told beside what is read back: who measured it, what the substance is called, and what may be done with the row. */
const BESIDE = ["lab_id", "substance_name", "substance_name_zh", "received_at", "source", "licence"];

/**
 * One result a row, in the columns of the template that laboratories send, so that what was exported can be read again
 * (tests/api/exports.test.ts). Each row has its unit, method and licence: rows get copied apart.
 */
export async function* longCsv(results: AsyncIterable<ExportedResult>, terms: Terms): AsyncGenerator<string> {
  yield csvLine([...FIELD_NAMES.map((field) => FIELDS[field].en[0]), ...BESIDE]);
  for await (const { site, revision } of results) {
    const { sample, result, origin, receivedAt } = revision;
    const report = { ...result, sample };
    const cells = FIELD_NAMES.map((field) => cellOf(valueAt(report, FIELDS[field].path)));
    const names = findSubstance(result.analyte)?.names;
    const beside = [origin.labId, names?.en ?? null, names?.zh ?? null, receivedAt, sourceOf(site, terms), terms.licence];
    yield csvLine([...cells, ...beside]);
  }
}

function valueAt(report: object, path: string): unknown {
  return path.split(".").reduce<unknown>((inside, step) => (inside as Record<string, unknown> | undefined)?.[step], report);
}

function cellOf(value: unknown): Cell {
  if (value === undefined || value === null) return null;
  return Array.isArray(value) ? value.join(";") : (value as Cell);
}
