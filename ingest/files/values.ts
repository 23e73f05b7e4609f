import type { WallTime } from "./zonedTime.ts";

/** What a file's cells show: a point, a comma, or now this and now that. */
export type Decimal = "." | "," | "mixed";

/** Full width to plain, every blank (no-break, thin, narrow) to a plain one, outer blanks and quotes gone. */
export const normalised = (text: string) =>
  text
    .normalize("NFKC")
    .replace(/[\s\u200B\uFEFF]+/gu, " ")
    .trim();

const PLAIN = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;

/**
 * The number a cell writes. "ambiguous" where two readings differ, such as 1,234 in a file that has not shown what its comma is:
 * it is asked, never guessed.
 * @param decimal the file's decimal mark, where known
 */
export function parseNumber(text: string, decimal: Decimal | undefined): number | "ambiguous" | undefined {
  if (decimal !== "," && decimal !== "mixed" && /^\d+(\.\d+)?$/.test(text)) return Number(text);
  const written = normalised(text).replace(/[−–]/g, "-");
  const [, sign = "", body = "", exponent = ""] = /^([+-]?)\s?([\d.,' ’]+)(e[+-]?\d+)?$/i.exec(written) ?? [];
  if (!/\d/.test(body)) return undefined;
  const grouped = /^\d{1,3}(?:[ '’]\d{3})+(?=[.,]|$)/.exec(body);
  const digits = grouped ? body.replace(/[ '’]/g, "") : body;
  if (/[ '’]/.test(digits)) return undefined;
  const plain = plainNumber(digits, decimal);
  if (plain === undefined || plain === "ambiguous") return plain;
  const value = `${sign}${plain}${exponent}`;
  if (!PLAIN.test(value)) return undefined;
  return Number.isFinite(Number(value)) ? Number(value) : undefined;
}

function plainNumber(digits: string, shown: Decimal | undefined): string | "ambiguous" | undefined {
  // where both marks are decimal marks, three digits behind one may be thousands
  if (shown === "mixed" && GROUPED_ONCE.test(digits)) return "ambiguous";
  const decimal = shown === "mixed" ? undefined : shown;
  const [dots, commas] = [digits.split(".").length - 1, digits.split(",").length - 1];
  if (dots + commas === 0) return digits;
  if (dots > 0 && commas > 0) {
    // both: the last one is the decimal mark, if the others group by three
    const mark: Decimal = digits.lastIndexOf(".") > digits.lastIndexOf(",") ? "." : ",";
    const pattern = mark === "." ? /^\d{1,3}(,\d{3})+\.\d+$/ : /^\d{1,3}(\.\d{3})+,\d+$/;
    if (!pattern.test(digits) || (decimal !== undefined && decimal !== mark))
      return pattern.test(digits) ? "ambiguous" : undefined;
    return digits.replaceAll(mark === "." ? "," : ".", "").replace(",", ".");
  }
  const mark: Decimal = dots > 0 ? "." : ",";
  if (dots + commas > 1) {
    const groups = mark === "." ? /^\d{1,3}(\.\d{3})+$/ : /^\d{1,3}(,\d{3})+$/;
    if (!groups.test(digits)) return undefined;
    return decimal === mark ? "ambiguous" : digits.replaceAll(mark, "");
  }
  if (decimal === mark) return digits.replace(",", ".");
  if (decimal !== undefined) return "ambiguous"; // the other mark: thousands, or a slip
  if (mark === ".") return digits;
  return /^\d{1,3},\d{3}$/.test(digits) && !digits.startsWith("0") ? "ambiguous" : digits.replace(",", ".");
}

/** 1.234 or 1,234: a decimal fraction, or thousands. */
const GROUPED_ONCE = /^[1-9]\d{0,2}[.,]\d{3}$/;

/** The decimal mark that the cells show, where one of them can be read in one way only; undefined where none does. */
export function detectDecimal(cells: Iterable<string>, delimiter: string | undefined): Decimal | undefined {
  let [points, commas, pointThrees, commaThrees] = [0, 0, 0, 0];
  for (const cell of cells) {
    const text = normalised(cell).replace(/^[<>≤≥]\s*/, "");
    const mark = /^[+-]?\d+([.,])\d+$/.exec(text)?.[1];
    const isThree = GROUPED_ONCE.test(text);
    if (mark === "." && isThree) pointThrees++;
    else if (mark === ".") points++;
    else if (mark && isThree) commaThrees++;
    else if (mark) commas++;
  }
  if (commas > 0) return points > 0 ? "mixed" : ",";
  if (pointThrees > 0 && commaThrees > 0) return points > 0 ? "." : "mixed";
  if (points + pointThrees > 0 && commaThrees === 0) return ".";
  // in a file cut by semicolons or tabs the comma is the decimal mark of its locale
  if (commaThrees > 0 && points === 0 && (delimiter === ";" || delimiter === "\t")) return ",";
  return undefined;
}

/** What a value cell says. */
export type Reported =
  | { kind: "value"; value: number }
  | { kind: "zero" }
  | { kind: "blank" }
  | { kind: "belowLod" | "belowLoq" | "betweenLodAndLoq" | "aboveRange"; limit?: number }
  | { kind: "below"; limit: number }
  | { kind: "date" | "ambiguous" | "unreadable" };

/** Written for "not detected" (below the LOD), below the LOQ, and between the two; compared without blanks and points. */
const BELOW_LOD =
  /^(?:<(?:lod|mdl|dl|ndl|检出限|nwg)|nd|notdetected|nondetect|nichtnachweisbar|nichtnachgewiesen|nn|bdl|bld|belowlod|belowmdl|u|未检出|低于检出限|小于检出限|阴性)$/;
const BELOW_LOQ =
  /^(?:<(?:l?loq|mql|ql|rl|定量限|bg)|nq|blq|bql|bloq|belowloq|bellowloq|belowlloq|nb|nichtbestimmbar|notquantified|notquantifiable|低于定量限|小于定量限|未定量)$/;
const BETWEEN = /^(?:trace|traces|spuren|tr|痕量|detectednotquantified|dnq|lod<x<loq|<loq,>lod)$/;
const DATE_SHAPES =
  /^(?:\d{1,2}[-. /](?:jan|feb|mar|mär|mrz|apr|may|mai|jun|jul|aug|sep|sept|oct|okt|nov|dec|dez)[a-zä]*\.?(?:[-. /]\d{2,4})?|(?:jan|feb|mar|mär|mrz|apr|may|mai|jun|jul|aug|sep|sept|oct|okt|nov|dec|dez)[a-zä]*\.?[-. /]\d{1,4}|\d{4}-\d{2}-\d{2}.*|\d{1,2}[./]\d{1,2}[./](?:\d{2}|\d{4})(?: .*)?|\d{1,2}月\d{1,2}日|\d{4}年.*|\d{1,2}\.\d{1,2}\.)$/i;

/** A value as written, censoring included: 2.5, `<2.5`, `<LOQ`, `ND`, `n.d.`, `未检出`, blank, 0. */
export function parseReported(text: string, decimal: Decimal | undefined): Reported {
  const number = parseNumber(text, decimal);
  if (typeof number === "number") return number === 0 ? { kind: "zero" } : { kind: "value", value: number };
  if (number === "ambiguous") return { kind: "ambiguous" };
  const written = normalised(text);
  if (/^(?:|-+|na|n\/a|nan|null)$/i.test(written)) return { kind: "blank" };
  const [, sign, rest] = /^(<=?|≤|>=?|≥|小于|大于)\s*(.+)$/.exec(written) ?? [];
  if (sign !== undefined) {
    const limit = parseNumber(rest!, decimal);
    if (limit === "ambiguous") return { kind: "ambiguous" };
    if (limit !== undefined) {
      if (limit <= 0) return { kind: "unreadable" };
      return /^[<≤小]/.test(sign) ? { kind: "below", limit } : { kind: "aboveRange", limit };
    }
  }
  const word = written.toLowerCase().replace(/[ .]/g, "");
  if (BELOW_LOD.test(word)) return { kind: "belowLod" };
  if (BELOW_LOQ.test(word)) return { kind: "belowLoq" };
  if (BETWEEN.test(word)) return { kind: "betweenLodAndLoq" };
  if (DATE_SHAPES.test(written)) return { kind: "date" };
  return { kind: "unreadable" };
}

/** What a date cell says: a wall time, with an offset if it has one. */
export interface When {
  wall: WallTime;
  /** A day alone; the hour is unknown. */
  dayOnly: boolean;
  /** `Z` or `+02:00`. */
  offset?: string;
  /** It was a spreadsheet's day number. */
  serial?: boolean;
}

export interface DateReading {
  /** Which of 05/04/2026 is the day; without it such a date is ambiguous. */
  dateOrder?: "dmy" | "mdy" | undefined;
  date1904?: boolean | undefined;
}

const MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const TIME = String.raw`(?:[T ,]*(\d{1,2})(?::|时|点)(\d{1,2})(?:(?::|分)(\d{1,2})?(?:[.,]\d+)?秒?)?\s?(am|pm)?)?分?\s?(Z|[+-]\d{2}:?\d{2})?$`;
const YMD = new RegExp(String.raw`^(\d{4})(?:[-/.]|年\s?)(\d{1,2})(?:[-/.]|月\s?)(\d{1,2})日?${TIME}`, "i");
const DMY = new RegExp(String.raw`^(\d{1,2})\.\s?(\d{1,2})\.\s?(\d{4})${TIME}`, "i");
const SLASH = new RegExp(String.raw`^(\d{1,2})[/-](\d{1,2})[/-](\d{4})${TIME}`, "i");
const NAMED = new RegExp(String.raw`^(\d{1,2})[- .]([a-z]{3})[a-z]*\.?[- .](\d{4})${TIME}`, "i");
const COMPACT = new RegExp(String.raw`^(20\d{2})(\d{2})(\d{2})${TIME}`, "i");

/**
 * A date or time as files write it: ISO 8601, dd.mm.yyyy, 2026年5月4日, 4 May 2026, 2026/5/4, or a spreadsheet's day number between
 * 1982 and 2091. "ambiguous" for 05/04/2026 unless the order is given or the day is above 12; undefined for what is no date.
 */
export function parseWhen(
  text: string,
  { dateOrder, date1904 }: DateReading,
  serialToWall: (serial: number, date1904: boolean) => string,
): When | "ambiguous" | undefined {
  const written = normalised(text);
  const ymd = YMD.exec(written) ?? COMPACT.exec(written);
  if (ymd) return whenOf(Number(ymd[1]), Number(ymd[2]), Number(ymd[3]), ymd);
  const dmy = DMY.exec(written);
  if (dmy) return whenOf(Number(dmy[3]), Number(dmy[2]), Number(dmy[1]), dmy);
  const named = NAMED.exec(written);
  if (named) return whenOf(Number(named[3]), MONTHS.indexOf(named[2]!.toLowerCase()) + 1, Number(named[1]), named);
  const slash = SLASH.exec(written);
  if (slash) {
    const [first, second] = [Number(slash[1]), Number(slash[2])];
    const order = dateOrder ?? (first > 12 ? "dmy" : second > 12 ? "mdy" : first === second ? "dmy" : undefined);
    if (!order) return "ambiguous";
    return order === "dmy" ? whenOf(Number(slash[3]), second, first, slash) : whenOf(Number(slash[3]), first, second, slash);
  }
  if (/^\d{5}(\.\d+)?$/.test(written) && Number(written) >= 30_000 && Number(written) < 70_000) {
    const wall = serialToWall(Number(written), date1904 ?? false);
    const parsed = parseWhen(wall, {}, serialToWall);
    if (typeof parsed === "object") return { ...parsed, dayOnly: !written.includes("."), serial: true };
  }
  return undefined;
}

function whenOf(year: number, month: number, day: number, match: RegExpExecArray): When | undefined {
  const [hourText, minuteText, secondText, half, offset] = match.slice(4);
  let hour = Number(hourText ?? 0);
  if (half) hour = (hour % 12) + (half.toLowerCase() === "pm" ? 12 : 0);
  const wall = { year, month, day, hour, minute: Number(minuteText ?? 0), second: Number(secondText ?? 0) };
  const date = new Date(Date.UTC(year, month - 1, day));
  const real = date.getUTCFullYear() === year && date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
  if (!real || hour > 24 || wall.minute > 59 || wall.second > 59 || (hour === 24 && wall.minute + wall.second > 0))
    return undefined;
  if (year < 1990 || year > 2100) return undefined;
  return {
    wall,
    dayOnly: hourText === undefined,
    ...(offset ? { offset: offset.replace(/^([+-]\d{2})(\d{2})$/, "$1:$2").toUpperCase() } : {}),
  };
}
