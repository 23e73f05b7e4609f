import { parse } from "csv-parse/sync";
import type { Refusal } from "../../schemas/refusal.ts";
import { type TraceObservation, traceObservation } from "../../schemas/trace.ts";
import { type Decimal, detectDecimal, parseNumber } from "./values.ts";

const COLUMNS = ["node", "date", "load_g_d", "loq_g_d", "baseline_g_d", "flow_m3_d"];
const NEEDED = COLUMNS.slice(0, 3);

/**
 * Reads daily loads at nodes: `node,date,load_g_d[,loq_g_d][,baseline_g_d][,flow_m3_d]`, a load below the limit written `<0.4`.
 * A bad row is refused with its line and the others are kept.
 */
export function readLoads(
  text: string,
  file: string,
  isNode: (id: string) => boolean,
): { observations: TraceObservation[]; refusals: Refusal[] } {
  const delimiter = delimiterOf(text);
  let lines: { record: string[]; info: { lines: number } }[];
  try {
    const options = { bom: true, trim: true, delimiter, skip_empty_lines: true, relax_column_count: true, info: true };
    lines = parse(text, options) as unknown as typeof lines;
  } catch (error) {
    const mend = "Save the file again as CSV in UTF-8.";
    return {
      observations: [],
      refusals: [{ code: "csv_broken", where: { file }, found: (error as Error).message, expected: "CSV", mend }],
    };
  }
  const header = (lines[0]?.record ?? []).map((name) => name.toLowerCase());
  const wrong = [
    ...header
      .filter((name) => !COLUMNS.includes(name))
      .map((name) => ({ code: "field_unknown", found: name, expected: `one of ${COLUMNS.join(", ")}` })),
    ...NEEDED.filter((name) => !header.includes(name)).map((name) => ({
      code: "column_missing",
      found: header.join(","),
      expected: name,
    })),
  ];
  if (wrong.length > 0) {
    return {
      observations: [],
      refusals: wrong.map((one) => ({ ...one, where: { file, row: 1 }, mend: "Correct the first line." })),
    };
  }
  const observations: TraceObservation[] = [];
  const refusals: Refusal[] = [];
  const cells = (record: readonly string[]) => Object.fromEntries(header.map((name, column) => [name, record[column] ?? ""]));
  const decimal = detectDecimal(numberCells(lines.slice(1), header), delimiter);
  for (const { record, info } of lines.slice(1)) {
    const read = readRow(cells(record), isNode, decimal);
    if ("loadGD" in read) observations.push(read);
    else refusals.push({ ...read, where: { file, row: info.lines } });
  }
  return { observations, refusals };
}

/** A spreadsheet of a country with decimal commas cuts by semicolons. */
function delimiterOf(text: string): string {
  const [first = ""] = text.split("\n", 1);
  return [",", ";", "\t"].reduce((best, each) => (first.split(each).length > first.split(best).length ? each : best));
}

function* numberCells(lines: readonly { record: readonly string[] }[], header: readonly string[]): Generator<string> {
  const columns = COLUMNS.slice(2).map((name) => header.indexOf(name));
  for (const { record } of lines) for (const column of columns) yield (record[column] ?? "").replace(BELOW, "");
}

/** Below a limit, as in `<0.4`. */
const BELOW = /^<\s*/;

function readRow(
  cell: Record<string, string>,
  isNode: (id: string) => boolean,
  decimal: Decimal | undefined,
): TraceObservation | Omit<Refusal, "where"> {
  const refuse = (code: string, found: string, expected: string, mend: string) => ({ code, found, expected, mend });
  const node = cell["node"]!;
  if (!isNode(node)) return refuse("node_unknown", node, "a node of the network", "Name the node as the network does.");
  const numbers: Record<string, number | undefined> = {};
  for (const name of COLUMNS.slice(2)) {
    const text = name === "load_g_d" ? cell[name]!.replace(BELOW, "") : (cell[name] ?? "");
    if (text === "" && name !== "load_g_d") continue;
    const value = parseNumber(text, decimal);
    const zeroAllowed = name === "load_g_d" && !cell[name]!.startsWith("<");
    if (typeof value !== "number" || value < 0 || (value === 0 && !zeroAllowed)) {
      return refuse("not_a_number", cell[name]!, `${name} as a number above 0`, "Correct the cell.");
    }
    numbers[name] = value;
  }
  const load = numbers["load_g_d"]!;
  const loq = numbers["loq_g_d"];
  if (load === 0 && loq === undefined) {
    return refuse("zero_without_limit", "0", "a load above 0, or <limit", "Write a load below the limit as < and the limit.");
  }
  const censored = cell["load_g_d"]!.startsWith("<") || load === 0;
  const value: Record<string, unknown> = { node, date: cell["date"], loadGD: load === 0 ? loq : load, censored };
  if (loq !== undefined) value["loqGD"] = loq;
  if (numbers["baseline_g_d"] !== undefined) value["baselineGD"] = numbers["baseline_g_d"];
  if (numbers["flow_m3_d"] !== undefined) value["flowM3D"] = numbers["flow_m3_d"];
  const parsed = traceObservation.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  return refuse("value_wrong", cell[String(issue.path[0])] ?? "nothing", issue.message, "Correct the cell.");
}
