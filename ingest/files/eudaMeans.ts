/** Columns of the week as the EUDA file orders them, the day on which each 24-hour sample began. */
export const EUDA_DAYS = ["Wednesday", "Thursday", "Friday", "Saturday", "Sunday", "Monday", "Tuesday"] as const;

/** Printed means and daily values carry two decimals: half a unit of the last place each, and one for the float. */
const TOLERANCE = 0.011 + 1e-9;

/** One row's numbers; a day that was not sampled is undefined. */
export interface EudaWeek {
  year: number;
  days: readonly (number | undefined)[];
  weekdayMean: number | undefined;
  dailyMean: number | undefined;
}

/** Plain mean of the days sampled; the published daily mean is this for all but 123 of 4,376 rows of the 2025 release. */
export function recomputedMean(days: readonly (number | undefined)[]): number | undefined {
  const sampled = days.filter((day) => day !== undefined);
  return sampled.length === 0 ? undefined : sampled.reduce((sum, day) => sum + day, 0) / sampled.length;
}

/** Whether the printed daily mean is the mean of the printed days, to the rounding. */
export function meanIsRecomputable({ days, dailyMean }: EudaWeek): boolean {
  const mean = recomputedMean(days);
  return mean === undefined || dailyMean === undefined || Math.abs(mean - dailyMean) <= TOLERANCE;
}

/** Weekdays are Tuesday to Thursday; in 2021, undocumented, Tuesday to Friday. */
const weekdays = (year: number) => (year === 2021 ? [0, 1, 2, 6] : [0, 1, 6]);

function meansAgree(week: EudaWeek): boolean {
  if (!meanIsRecomputable(week)) return false;
  const block = recomputedMean(weekdays(week.year).map((index) => week.days[index]));
  return block === undefined || week.weekdayMean === undefined || Math.abs(block - week.weekdayMean) <= TOLERANCE;
}

/** A day's value that a spreadsheet's date conversion would have changed to what stands there, with what it was before. */
export interface Repair {
  /** Index into the days. */
  day: number;
  was: number;
}

/**
 * The fewest values that, undone from a spreadsheet's "day.month" conversion, make the row's printed means come out; none where
 * the means come out as they are, or where no undoing mends them.
 * @param texts the cells as written
 */
export function repairsOf(week: EudaWeek, texts: readonly string[]): Repair[] {
  if (meansAgree(week)) return [];
  const candidates = texts.flatMap((text, day) => originals(text).map((was) => ({ day, was })));
  for (const repairs of fewestFirst(candidates)) {
    const days = week.days.with(repairs[0]!.day, repairs[0]!.was);
    for (const { day, was } of repairs) days[day] = was;
    if (meansAgree({ ...week, days })) return repairs;
  }
  return monthYearRepair(week, texts);
}

/** Days whose cell has the shape a date conversion leaves, in a row whose means do not come out: suspects once the file has others. */
export function dateShapedDays(week: EudaWeek, texts: readonly string[]): number[] {
  return meansAgree(week) ? [] : texts.flatMap((text, day) => (originals(text).length > 0 ? [day] : []));
}

/** What "d.m" may have been: 15.02 was 15.2 with the month padded, 22.9 was 22.09 with the zero dropped. */
function originals(text: string): number[] {
  const [, whole, decimals] = /^0?(\d{1,2})\.(\d{1,2})$/.exec(text) ?? [];
  if (whole === undefined || decimals === undefined || Number(whole) < 1 || Number(whole) > 31) return [];
  const month = Number(decimals);
  if (month < 1 || month > 12) return [];
  if (decimals.length === 2) return decimals.startsWith("0") ? [Number(`${Number(whole)}.${month}`)] : [];
  return [Number(`${Number(whole)}.0${month}`)];
}

/** "01.06" may be January of some year '06: the value itself is lost, but what the daily mean asks for must suit the block mean. */
function monthYearRepair(week: EudaWeek, texts: readonly string[]): Repair[] {
  if (week.dailyMean === undefined) return [];
  for (const [day, text] of texts.entries()) {
    if (!/^0[1-9]\.\d\d$|^1[0-2]\.\d\d$/.test(text)) continue;
    const others = week.days.filter((value, index) => index !== day && value !== undefined) as number[];
    const was = week.dailyMean * (others.length + 1) - others.reduce((sum, value) => sum + value, 0);
    if (was >= 100 && meansAgree({ ...week, days: week.days.with(day, Number(was.toFixed(2))) })) return [{ day, was }];
  }
  return [];
}

function* fewestFirst(candidates: readonly Repair[]): Generator<Repair[]> {
  const subsets = Array.from({ length: 1 << candidates.length }, (_, mask) => mask).slice(1);
  const bits = (mask: number) => mask.toString(2).replaceAll("0", "").length;
  for (const mask of subsets.toSorted((a, b) => bits(a) - bits(b))) {
    yield candidates.filter((_, index) => mask & (1 << index));
  }
}
