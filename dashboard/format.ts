import { language, t, tData } from "./language.ts";

/** How a locale writes numbers, units, days and times. Days and times are those of the site, not of the reader. */
const locale = () => (language.value === "zh" ? "zh-CN" : "en-GB");

/** @param digits significant digits; a load is rarely known better than to three */
export function formatNumber(value: number, digits = 3): string {
  if (!Number.isFinite(value)) return "–";
  const whole = Math.abs(value) >= 1000 ? { maximumFractionDigits: 0 } : { maximumSignificantDigits: digits };
  return new Intl.NumberFormat(locale(), whole).format(value);
}

/** A share too small for its digits is said to be smaller, not zero. */
export function formatShare(share: number, fractionDigits = 0): string {
  const least = 10 ** -(fractionDigits + 2);
  if (share > 0 && share < least / 2) return `< ${formatShare(least, fractionDigits)}`;
  return new Intl.NumberFormat(locale(), { style: "percent", maximumFractionDigits: fractionDigits }).format(share);
}

/** Information gained: hundredths of a bit are noise already. */
export function formatBits(bits: number): string {
  if (bits < 0.01) return `< ${formatNumber(0.01)}`;
  return new Intl.NumberFormat(locale(), { minimumFractionDigits: 2, maximumFractionDigits: 2 }).format(bits);
}

/** A p-value is written out down to 0.001; below, its power of ten is what matters. */
export function formatP(p: number): string {
  if (p >= 0.001) return formatNumber(p, 2);
  if (p < 1e-12) return "< 10⁻¹²";
  const power = Math.floor(Math.log10(p));
  return `${formatNumber(p / 10 ** power, 2)} × 10${superscript(power)}`;
}

/** A p-value with its sign, as a sentence says it: p = 0.02, p < 10⁻¹². */
export function formatPSentence(p: number): string {
  const text = formatP(p);
  return text.startsWith("<") ? `p ${text}` : `p = ${text}`;
}

/** A UCUM code as people read it: `mg/d/(10*3.{inh})` is mg/day/1000 people. */
export function formatUnit(code: string): string {
  return tData("unit", code);
}

/** A calendar day such as `2026-05-04`, or the local day of a moment. */
export function formatDay(day: string | Date, style: "short" | "long" = "long"): string {
  const date = typeof day === "string" ? new Date(`${day.slice(0, 10)}T00:00:00Z`) : day;
  const options: Intl.DateTimeFormatOptions = { timeZone: "UTC", day: "numeric", month: "short" };
  if (style === "long") options.year = "numeric";
  return new Intl.DateTimeFormat(locale(), options).format(date);
}

/** What two days have in common is said once, as the language says it. */
export function formatDays(from: string, to: string): string {
  const options: Intl.DateTimeFormatOptions = { timeZone: "UTC", day: "numeric", month: "short", year: "numeric" };
  return new Intl.DateTimeFormat(locale(), options).formatRange(new Date(from), new Date(to));
}

export function formatMonth(day: string): string {
  return new Intl.DateTimeFormat(locale(), { timeZone: "UTC", month: "short", year: "numeric" }).format(new Date(day));
}

/** A moment in the site's time zone, with the zone's name. */
export function formatMoment(moment: string, timeZone: string): string {
  return new Intl.DateTimeFormat(locale(), {
    timeZone,
    year: "numeric",
    month: "short",
    day: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    timeZoneName: "short",
  }).format(new Date(moment));
}

/** The reader's own time of day: when something reached this screen. */
export function formatClock(moment: Date): string {
  return new Intl.DateTimeFormat(locale(), { hour: "2-digit", minute: "2-digit", second: "2-digit" }).format(moment);
}

/** Ticks of a time axis: the year where it begins or where the axis begins, months and days in between. */
export function formatTick(date: Date, index: number, ticks: readonly Date[] = [date]): string {
  const step = ticks.length > 1 ? (ticks[1]!.getTime() - ticks[0]!.getTime()) / 86_400_000 : 1;
  const newYear = index === 0 || ticks[index - 1]!.getUTCFullYear() !== date.getUTCFullYear();
  const zoned = { timeZone: "UTC" } as const;
  const year = () => new Intl.DateTimeFormat(locale(), { ...zoned, year: "numeric" }).format(date);
  if (step > 360) return year();
  const parts: Intl.DateTimeFormatOptions =
    step >= 27 ? { ...zoned, month: "short" } : { ...zoned, day: "numeric", month: "short" };
  const text = new Intl.DateTimeFormat(locale(), parts).format(date);
  return newYear ? `${text}\n${year()}` : text;
}

/** Offsets of a zone from UTC by the quarter of an hour: no zone changes its clock within one. */
const offsets = new Map<string, Map<number, number>>();
const QUARTER_MS = 900_000;
/** A reader who walks through decades of many sites does not fill the memory. */
const OFFSETS_MAX = 50_000;

/**
 * The site's wall clock at a moment, as a Date whose UTC fields are that clock. Charts are drawn on such dates, so that a day
 * is a day of the site wherever the reader sits.
 */
export function wallClock(moment: string, timeZone: string): Date {
  const ms = Date.parse(moment);
  const quarter = Math.floor(ms / QUARTER_MS);
  let ofZone = offsets.get(timeZone);
  if (!ofZone || ofZone.size > OFFSETS_MAX) {
    ofZone = new Map();
    offsets.set(timeZone, ofZone);
  }
  let offset = ofZone.get(quarter);
  if (offset === undefined) {
    offset = offsetMs(quarter * QUARTER_MS, timeZone);
    ofZone.set(quarter, offset);
  }
  return new Date(ms + offset);
}

const clocks = new Map<string, Intl.DateTimeFormat>();

function offsetMs(ms: number, timeZone: string): number {
  let clock = clocks.get(timeZone);
  if (!clock) {
    const two = "2-digit" as const;
    const fields = { year: "numeric", month: two, day: two, hour: two, minute: two, second: two } as const;
    clock = new Intl.DateTimeFormat("en-CA", { timeZone, hourCycle: "h23", ...fields });
    clocks.set(timeZone, clock);
  }
  const part = Object.fromEntries(clock.formatToParts(ms).map(({ type, value }) => [type, value]));
  return Date.parse(`${part["year"]}-${part["month"]}-${part["day"]}T${part["hour"]}:${part["minute"]}:${part["second"]}Z`) - ms;
}

/** A rank between 0 and 1 in words: 93rd, P93, highest. */
export function formatRank(rank: number): string {
  if (rank >= 1) return t("rank.highest");
  if (rank <= 0) return t("rank.lowest");
  const whole = Math.max(1, Math.min(99, Math.round(100 * rank)));
  if (language.value === "zh") return `P${whole}`;
  const suffix = { one: "st", two: "nd", few: "rd", other: "th" } as Record<string, string>;
  return `${whole}${suffix[new Intl.PluralRules("en", { type: "ordinal" }).select(whole)] ?? "th"}`;
}

function superscript(power: number): string {
  return String(power).replace(/[-\d]/g, (sign) => (sign === "-" ? "⁻" : "⁰¹²³⁴⁵⁶⁷⁸⁹"[Number(sign)]!));
}
