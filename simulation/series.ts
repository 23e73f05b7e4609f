import { addDays, dayNumber } from "../schemas/days.ts";
import { type Random, seededRandom } from "./random.ts";

/** How a programme samples: every day, once a week, or seven days in a row once a year. */
export const FAMILIES = ["daily", "weekly", "weekAYear"] as const;
export type Family = (typeof FAMILIES)[number];

export const EVENT_KINDS = ["spike", "dump", "step", "ramp"] as const;
export type EventKind = (typeof EVENT_KINDS)[number];

export interface SimulatedPoint {
  readonly day: string;
  /** For a censored value the limit. */
  readonly load: number;
  readonly censored: boolean;
  /** The true median of the log load without the event, and the true log load added by it. */
  readonly expectedLog: number;
  readonly eventLog: number;
}

export interface SimulatedSeries {
  readonly siteId: string;
  readonly analyte: string;
  readonly points: readonly SimulatedPoint[];
  readonly sd: number;
  readonly phi: number;
  /** Days between samples that follow each other. */
  readonly step: number;
  /** Index of the first point that is judged; the earlier ones are history. */
  readonly judgedFrom: number;
  readonly event: { readonly kind: EventKind; readonly from: number; readonly to: number } | undefined;
}

export interface SeriesPlan {
  readonly family: Family;
  readonly seed: number;
  readonly series: number;
  readonly analytes: number;
  /** Share of values below the limit, or undefined to draw 0 to 0.6 for each series. */
  readonly censoredShare?: number;
  readonly events: boolean;
  /** How far two weeks a year apart differ in level, standard deviation in log units. */
  readonly yearSd?: number;
}

/** Loads with their truth: rhythm, season, trend, correlated log-normal noise, limits, gaps, storms, old contamination, an event. */
export function simulateSeries({
  family,
  seed,
  series,
  analytes,
  censoredShare,
  events,
  yearSd = YEAR_SD,
}: SeriesPlan): SimulatedSeries[] {
  const drugs = Array.from({ length: analytes }, (_, a) => rhythmOf(seededRandom(seed, family, "drug", a)));
  return Array.from({ length: series }, (_, s) => {
    const random = seededRandom(seed, family, events ? "event" : "clean", s);
    const drug = s % analytes;
    const share = censoredShare ?? (s % 3 === 0 ? 0 : 0.6 * random.uniform());
    const kind = events ? EVENT_KINDS[Math.floor(s / analytes) % EVENT_KINDS.length] : undefined;
    return simulateOne(family, `S${s}`, `drug${drug}`, drugs[drug]!, { share, kind, yearSd }, random);
  });
}

function rhythmOf(random: Random): number[] {
  const weekend = random.uniform() < 0.5 ? 0 : 0.8 * random.uniform();
  return [0.7, 0.1, 0, 0, 0, 0.4, 1].map((share) => share * weekend + 0.04 * random.normal());
}

/** About a quarter a year. The residues of the EUDA file change by more (analytics/detect/referencePools.json). */
const YEAR_SD = 0.25;
const LAST_DAY = "2025-11-30";

function sampledDays(family: Family, random: Random): number[] {
  const last = dayNumber(LAST_DAY);
  if (family === "weekly")
    return Array.from({ length: 208 }, (_, i) => last - 7 * (207 - i)).filter(() => random.uniform() > 0.03);
  if (family === "weekAYear") {
    return Array.from({ length: 56 }, (_, i) => last - 364 * (7 - Math.floor(i / 7)) - 6 + (i % 7)).filter(
      () => random.uniform() > 0.03,
    );
  }
  const gap = random.integer(100, 600);
  const days = Array.from({ length: 913 }, (_, i) => i).filter((i) => random.uniform() > 0.03 && !(i >= gap && i < gap + 20));
  return days.map((i) => last - 912 + i);
}

/** Values that are judged at the end of the series. */
const JUDGED = { daily: 180, weekly: 52, weekAYear: 7 } as const;

function simulateOne(
  family: Family,
  siteId: string,
  analyte: string,
  rhythm: readonly number[],
  { share, kind, yearSd }: { share: number; kind: EventKind | undefined; yearSd: number },
  random: Random,
): SimulatedSeries {
  const days = sampledDays(family, random);
  const sd = 0.2 + 0.3 * random.uniform();
  const phi = 0.3 * random.uniform();
  const level = Math.log(50) + random.normal();
  const own = rhythm.map((effect) => effect + 0.05 * random.normal());
  const [amplitude, phase, trend] = [0.3 * random.uniform(), 2 * Math.PI * random.uniform(), 0.1 * random.normal()];
  let drift = 0;
  const expected = days.map((day, i) => {
    const year = (day - days[0]!) / 365.25;
    if (i > 0 && day - days[i - 1]! > 180) drift += yearSd * random.normal();
    return (
      drift + level + own[(((day + 4) % 7) + 7) % 7]! + amplitude * Math.sin((2 * Math.PI * day) / 365.25 + phase) + trend * year
    );
  });
  const judgedFrom = days.length - JUDGED[family];
  const event = kind ? placeEvent(family, kind, judgedFrom, days.length, random) : undefined;
  const added = days.map((day, i) => (event ? event.height(i, day - days[event.from]!) : 0));
  let noise = random.normal() * sd;
  const logs = days.map((day, i) => {
    const gap = i === 0 ? 1 : day - days[i - 1]!;
    const keep = phi ** gap;
    noise = keep * noise + Math.sqrt(1 - keep * keep) * sd * random.normal();
    const storm = random.uniform() < 0.02 ? -0.5 * random.uniform() : 0;
    const old = i < judgedFrom - 2 && random.uniform() < 0.015 ? Math.log(2 + 8 * random.uniform()) : 0;
    return expected[i]! + noise + storm + old;
  });
  const limit = share > 0 ? logs.toSorted((a, b) => a - b)[Math.floor(share * logs.length)]! : Number.NEGATIVE_INFINITY;
  const points = days.map((day, i) => {
    const log = logs[i]! + added[i]!;
    const censored = log < limit;
    return {
      day: addDays("1970-01-01", day),
      load: Math.exp(censored ? limit : log),
      censored,
      expectedLog: expected[i]!,
      eventLog: added[i]!,
    };
  });
  const step = family === "weekly" ? 7 : 1;
  return {
    siteId,
    analyte,
    points,
    sd,
    phi,
    step,
    judgedFrom,
    event: event && { kind: event.kind, from: event.from, to: event.to },
  };
}

/** Values an event has to show in before it counts as missed, and how long a ramp rises, both in values. */
const WINDOW = { daily: { step: 14, ramp: 28 }, weekly: { step: 6, ramp: 10 }, weekAYear: { step: 6, ramp: 7 } } as const;
const RAMP_VALUES = { daily: [14, 42], weekly: [4, 12], weekAYear: [3, 6] } as const;

function placeEvent(family: Family, kind: EventKind, judgedFrom: number, size: number, random: Random) {
  const room = kind === "spike" ? 1 : kind === "dump" ? 3 : WINDOW[family][kind];
  const from = random.integer(judgedFrom, Math.max(judgedFrom, size - room));
  const step = family === "weekly" ? 7 : 1;
  const between = (low: number, high: number) => Math.log(low) + Math.log(high / low) * random.uniform();
  if (kind === "spike") {
    const high = between(2, 10);
    return { kind, from, to: from, height: (i: number) => (i === from ? high : 0) };
  }
  if (kind === "dump") {
    const [high, decay] = [between(2, 10), 1 + 2 * random.uniform()];
    const height = (i: number, age: number) =>
      i < from ? 0 : Math.log1p((Math.exp(high) - 1) * Math.exp(-age / (decay * step)));
    return { kind, from, to: Math.min(size - 1, from + 2), height };
  }
  const high = between(1.5, 3);
  const [shortest, longest] = RAMP_VALUES[family];
  const length = kind === "ramp" ? random.integer(shortest, longest) : 1;
  const last = Math.min(size - 1, from + WINDOW[family][kind] - 1);
  return { kind, from, to: last, height: (i: number) => (i < from ? 0 : high * Math.min(1, (i - from + 1) / length)) };
}
