import type { TraceModel } from "./model.ts";
import type { Visit } from "./visits.ts";

/**
 * Days on which a source may or may not have emitted, in groups that hang together through visits of several days. What a
 * hypothesis says of each pattern of a group's days is one stretch of a row of `size` numbers.
 */
export interface Calendar {
  readonly groups: readonly { readonly days: readonly number[]; readonly start: number; readonly patterns: number }[];
  readonly size: number;
  /** For each visit its group, -1 where all its samples are of the trigger's day. */
  readonly groupOf: Int32Array;
  /** For each visit, its own pattern within each pattern of its group. */
  readonly ownPattern: readonly Int32Array[];
  /** For each share of days on which a source emits, the chance of each pattern: rows of `size`. */
  readonly chance: readonly Float64Array[];
}

export function calendarOf(visits: readonly Visit[], model: TraceModel): Calendar {
  const joined: { days: number[]; visits: Set<number> }[] = [];
  for (const [v, { days }] of visits.entries()) {
    if (days.length === 0) continue;
    const touched = joined.filter((group) => group.days.some((day) => days.includes(day)));
    const merged = { days: [...days], visits: new Set([v]) };
    for (const group of touched) {
      joined.splice(joined.indexOf(group), 1);
      for (const day of group.days) if (!merged.days.includes(day)) merged.days.push(day);
      for (const other of group.visits) merged.visits.add(other);
    }
    joined.push(merged);
  }
  const groupOf = new Int32Array(visits.length).fill(-1);
  const ownPattern = visits.map(() => Int32Array.of(0));
  let size = 0;
  const groups = joined.map(({ days, visits: own }, g) => {
    const start = size;
    const patterns = 2 ** days.length;
    size += patterns;
    for (const v of own) {
      groupOf[v] = g;
      const bits = visits[v]!.days.map((day) => days.indexOf(day));
      ownPattern[v] = Int32Array.from({ length: patterns }, (_, pattern) =>
        bits.reduce((mine, at, bit) => mine | (((pattern >> at) & 1) << bit), 0),
      );
    }
    return { days, start, patterns };
  });
  const chance = model.emission.map(({ share }) => {
    const row = new Float64Array(size);
    for (const { days, start, patterns } of groups) {
      for (let pattern = 0; pattern < patterns; pattern++) {
        const on = bitCount(pattern);
        row[start + pattern] = share ** on * (1 - share) ** (days.length - on);
      }
    }
    return row;
  });
  return { groups, size, groupOf, ownPattern, chance };
}

function bitCount(pattern: number): number {
  let count = 0;
  for (let rest = pattern; rest > 0; rest &= rest - 1) count++;
  return count;
}

/**
 * What many hypotheses say of the patterns of emission, a row each. One that passes a sample more than another is a copy of its
 * row with that sample's factors, so a whole sewer costs one step a class.
 */
export class EmissionRows {
  readonly #calendar: Calendar;
  readonly #emission: TraceModel["emission"];
  readonly #values: Float64Array;
  readonly #lnScale: Float64Array;
  /** For each row, share and group, the chance-weighted sum over the group's patterns. */
  readonly #sums: Float64Array;
  readonly #sumsARow: number;

  constructor(calendar: Calendar, rows: number, model: TraceModel) {
    this.#calendar = calendar;
    this.#emission = model.emission;
    this.#values = new Float64Array(rows * calendar.size);
    this.#lnScale = new Float64Array(rows);
    this.#sumsARow = this.#emission.length * calendar.groups.length;
    this.#sums = new Float64Array(rows * this.#sumsARow);
  }

  /** Makes the row that of a hypothesis which no sample has seen. */
  clear(row: number): void {
    const { size } = this.#calendar;
    this.#values.fill(1, row * size, (row + 1) * size);
    this.#lnScale[row] = 0;
    this.#sums.fill(1, row * this.#sumsARow, (row + 1) * this.#sumsARow);
  }

  copy(from: number, to: number): void {
    const { size } = this.#calendar;
    this.#values.copyWithin(to * size, from * size, (from + 1) * size);
    this.#lnScale[to] = this.#lnScale[from]!;
    this.#sums.copyWithin(to * this.#sumsARow, from * this.#sumsARow, (from + 1) * this.#sumsARow);
  }

  /** Multiplies by the visit's factors, one for each of its own patterns. */
  multiply(row: number, visit: number, factors: Float64Array): void {
    const { groups, size, groupOf, ownPattern, chance } = this.#calendar;
    const g = groupOf[visit]!;
    if (g < 0) {
      this.#lnScale[row]! += Math.log(factors[0]!);
      return;
    }
    const { start, patterns } = groups[g]!;
    const own = ownPattern[visit]!;
    const at = row * size + start;
    let most = 0;
    for (let pattern = 0; pattern < patterns; pattern++) {
      const value = this.#values[at + pattern]! * factors[own[pattern]!]!;
      this.#values[at + pattern] = value;
      if (value > most) most = value;
    }
    this.#lnScale[row]! += Math.log(most);
    for (let pattern = 0; pattern < patterns; pattern++) this.#values[at + pattern]! /= most;
    for (let s = 0; s < chance.length; s++) {
      let sum = 0;
      for (let pattern = 0; pattern < patterns; pattern++) sum += this.#values[at + pattern]! * chance[s]![start + pattern]!;
      this.#sums[row * this.#sumsARow + s * groups.length + g] = sum;
    }
  }

  /** ln of the sum over all patterns and shares of days. */
  lnSum(row: number): number {
    const groups = this.#calendar.groups.length;
    let sum = 0;
    for (let s = 0; s < this.#emission.length; s++) {
      let product = this.#emission[s]!.prior;
      const from = row * this.#sumsARow + s * groups;
      for (let g = 0; g < groups; g++) product *= this.#sums[from + g]!;
      sum += product;
    }
    return this.#lnScale[row]! + Math.log(sum);
  }
}
