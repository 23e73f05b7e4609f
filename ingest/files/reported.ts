import { cellProblem, type Position, type Problem } from "./problem.ts";
import { type Decimal, parseReported, type Reported } from "./values.ts";

export interface ReportedCell {
  position: Position;
  /** Column of the value. */
  index: number;
  /** What stands in a censoring or qualifier column beside it. */
  flag: string;
  flagIndex: number | undefined;
  decimal: Decimal | undefined;
  onProblem: (problem: Problem) => void;
}

/** Words for the censoring that the template offers. */
const WORDS: Record<string, Reported["kind"] | "none"> = {
  none: "none",
  "=": "none",
  detected: "none",
  检出: "none",
  belowlod: "belowLod",
  belowloq: "belowLoq",
  betweenlodandloq: "betweenLodAndLoq",
  aboverange: "aboveRange",
  "<": "belowLoq",
  ">": "aboveRange",
};

/**
 * Puts value, censoring and limit into the result as the cell and its flag say them.
 * @returns false where the cell is refused; it has been reported then
 */
export function applyReported(result: Record<string, unknown>, text: string, cell: ReportedCell): boolean {
  const { position, index, onProblem } = cell;
  const kind = position.row.kinds?.[index];
  const refuse = (code: string, expected: string, mend: string, column = index): false => {
    onProblem(cellProblem(position, column, { code, severity: "error", expected, mend }));
    return false;
  };
  const warn = (code: string, expected: string, mend: string) =>
    onProblem(cellProblem(position, index, { code, severity: "warning", expected, mend }));
  if (kind === "formulaWithoutValue") return refuse("formula_without_value", "a value", MEND_FORMULA);
  if (kind === "error" || kind === "boolean") return refuse("number_invalid", "a number, <2.5, <LOQ, ND or nothing", MEND);
  const decimal = kind === "number" ? "." : cell.decimal;
  const reported: Reported = kind === "date" ? { kind: "date" } : parseReported(text, decimal);
  const flag = flagKind(cell.flag, cell.decimal);
  if (flag === "unknown")
    return refuse(
      "censoring_unknown",
      "none, belowLod, belowLoq, betweenLodAndLoq, aboveRange, <, >, ND or <LOQ",
      MEND,
      cell.flagIndex,
    );
  if (reported.kind === "date") {
    return refuse("excel_date", "a number; a spreadsheet made a date of it, such as 3.4 to 3 April", MEND_DATE);
  }
  if (reported.kind === "ambiguous") return refuse("number_ambiguous", "a number that can be read in one way", MEND_NUMBER);
  if (reported.kind === "unreadable") return refuse("number_invalid", "a number, <2.5, <LOQ, ND or nothing", MEND);
  if (/^0\d+[.,]\d/.test(text.trim())) {
    return refuse(
      "excel_leading_zero",
      "a number without a leading zero, which comes from a date such as 3 April (03.04)",
      MEND_DATE,
    );
  }
  if (kind === "text" && reported.kind === "value") warn("number_as_text", "a number cell", MEND_TEXT);
  return merge(result, reported, flag, { refuse, warn });
}

interface Voice {
  refuse: (code: string, expected: string, mend: string) => false;
  warn: (code: string, expected: string, mend: string) => void;
}

function merge(result: Record<string, unknown>, reported: Reported, flag: Censoring | undefined, voice: Voice): boolean {
  switch (reported.kind) {
    case "value":
      if (reported.value < 0) return voice.refuse("value_negative", "a value above zero, or a censored one such as <2.5", MEND);
      return value(result, reported.value, flag, voice);
    case "zero":
      if (flag && flag !== "none") return censored(result, flag);
      voice.warn("zero_asks", "a value above zero, or <LOQ: 0 was taken as below the limit of quantification", MEND_ZERO);
      return censored(result, "belowLoq");
    case "blank":
      if (flag && flag !== "none" && flag !== "aboveRange") return censored(result, flag);
      return voice.refuse("value_missing", "a value, <LOQ, ND, or a flag that says why there is none", MEND);
    case "below":
      return below(result, reported.limit, flag, voice);
    case "aboveRange":
      if (reported.limit === undefined) return voice.refuse("value_missing", "the upper end of the range, as in >500", MEND);
      result["value"] = reported.limit;
      result["censoring"] = "aboveRange";
      return true;
    case "belowLod":
    case "belowLoq":
    case "betweenLodAndLoq":
      return censored(result, reported.kind);
    default:
      return false; // date, ambiguous and unreadable were refused before
  }
}

type Censoring = "none" | "belowLod" | "belowLoq" | "betweenLodAndLoq" | "aboveRange";

function value(result: Record<string, unknown>, number: number, flag: Censoring | undefined, voice: Voice): boolean {
  const limit = flag === "belowLod" ? "lod" : flag === "belowLoq" ? "loq" : undefined;
  // "<" in one column and 2.5 in the next; with the limit in a column of its own the value is the laboratory's estimate below it
  if (limit && result[limit] === undefined) return below(result, number, flag, voice);
  result["value"] = number;
  result["censoring"] = flag ?? "none";
  const loq = result["loq"];
  if (result["censoring"] === "none" && typeof loq === "number" && number < loq) {
    voice.warn("value_below_loq", `a value not below the limit of quantification ${loq}, or <${loq}`, MEND_BELOW);
  }
  return true;
}

function censored(result: Record<string, unknown>, censoring: Censoring): true {
  result["censoring"] = censoring;
  return true;
}

/** `<2.5`: the limit of detection where the row says that is 2.5, else of quantification. */
function below(result: Record<string, unknown>, limit: number, flag: Censoring | undefined, voice: Voice): true {
  const lod = flag === "belowLod" || (result["lod"] === limit && result["loq"] !== limit);
  const name = lod ? "lod" : "loq";
  const beside = result[name];
  if (typeof beside === "number" && beside !== limit) {
    voice.warn(
      "limit_contradicts",
      `the limit beside it, ${beside}: what the value says was taken`,
      "Make the two limits agree.",
    );
  }
  result[name] = limit;
  // the other limit, if it now stands on the wrong side, is not known
  if (lod && typeof result["loq"] === "number" && result["loq"] < limit) delete result["loq"];
  if (!lod && typeof result["lod"] === "number" && result["lod"] > limit) delete result["lod"];
  result["censoring"] = lod ? "belowLod" : "belowLoq";
  return true;
}

function flagKind(text: string, decimal: Decimal | undefined): Censoring | "unknown" | undefined {
  if (text === "") return undefined;
  const word = WORDS[text.toLowerCase().replace(/[\s_-]/g, "")];
  if (word) return word as Censoring;
  const reported = parseReported(text, decimal);
  if (reported.kind === "belowLod" || reported.kind === "belowLoq" || reported.kind === "betweenLodAndLoq") return reported.kind;
  return reported.kind === "blank" ? undefined : "unknown";
}

const MEND = "Correct the cell and send the file again: rows already accepted are not counted twice.";
const MEND_FORMULA = "Open the workbook in a spreadsheet so that it calculates, save it, or paste the values.";
const MEND_DATE =
  "Do not correct single cells: other values may have changed unseen. Export the file anew from the instrument or LIMS, without opening it in a spreadsheet.";
const MEND_NUMBER = "Write it without thousands marks and with one decimal mark throughout, or set `decimal` in the mapping.";
const MEND_TEXT = "Nothing to do if the value is right. In the spreadsheet, format the column as number.";
const MEND_ZERO = "Did you mean <LOQ? Write <LOQ, or < and the limit. If the instrument writes 0 for it, this is right as it is.";
const MEND_BELOW = "Write < and the limit if it is not quantified; otherwise check the limit.";
