import { addDays } from "../schemas/days.ts";
import type { UnitCode } from "../schemas/units.ts";
import type { Random } from "./random.ts";

/** A value as it goes on the wire, before it is spoiled or not. */
export type WireObject = Record<string, unknown>;

/** What the series must hold for one reading. */
export interface ExpectedReading {
  siteId: string;
  deviceId: string;
  quantity: string;
  timeMs: number;
  /** In the unit in which the quantity is stored. */
  value: number;
}

/** What the records must hold for one result. */
export interface ExpectedResult {
  labId: string;
  sampleId: string;
  siteId: string;
  analyte: string;
  method: string;
  replicate: number;
  startMs: number;
  censored: boolean;
  /** In ng/L; the limit where censored. */
  value: number;
}

interface WireUnit {
  quantity: string;
  unit: UnitCode;
  /** Stored value = wire value times factor plus offset: written here by hand, so that the conversion under test is not its own oracle. */
  factor: number;
  offset?: number;
  low: number;
  high: number;
}

const WIRE_UNITS: readonly WireUnit[] = [
  { quantity: "flow", unit: "m3/d", factor: 1, low: 5_000, high: 200_000 },
  { quantity: "flow", unit: "m3/h", factor: 24, low: 200, high: 8_000 },
  { quantity: "flow", unit: "10*4.m3/d", factor: 10_000, low: 0.5, high: 20 },
  { quantity: "temperature", unit: "Cel", factor: 1, low: 8, high: 28 },
  { quantity: "temperature", unit: "K", factor: 1, offset: -273.15, low: 281, high: 301 },
  { quantity: "ph", unit: "[pH]", factor: 1, low: 6.5, high: 8.5 },
  { quantity: "conductivity", unit: "mS/cm", factor: 1_000, low: 0.4, high: 2 },
  { quantity: "ammoniumNitrogen", unit: "mg/L", factor: 1, low: 10, high: 60 },
  { quantity: "methamphetamine", unit: "ug/L", factor: 1_000, low: 0.005, high: 0.4 },
];

const START_DAY = "2026-01-01";
const START_MS = Date.parse(`${START_DAY}T00:00:00+08:00`);
const READING_INTERVAL_MS = 300_000;
const CHINA_OFFSET_MS = 8 * 3_600_000;

/** One of many readings; no two share an identity. */
export function streamReading(random: Random, index: number, siteIds: readonly string[]) {
  const { quantity, unit, factor, offset = 0, low, high } = WIRE_UNITS[index % WIRE_UNITS.length] as WireUnit;
  const siteId = siteIds[index % siteIds.length] as string;
  const value = Number((low + (high - low) * random.uniform()).toPrecision(4));
  // whole rounds of sites and units share a moment: every (site, quantity, unit, time) comes once
  const timeMs = START_MS + Math.floor(index / (siteIds.length * WIRE_UNITS.length)) * READING_INTERVAL_MS;
  const deviceId = `probe-${index % (siteIds.length * WIRE_UNITS.length)}`;
  const wire: WireObject = { siteId, deviceId, time: chinaTime(timeMs), quantity, value, unit, status: "ok" };
  const expected: ExpectedReading = { siteId, deviceId, quantity, timeMs, value: value * factor + offset };
  return { wire, expected };
}

const PANEL = [
  "methamphetamine",
  "amphetamine",
  "ketamine",
  "norketamine",
  "mdma",
  "benzoylecgonine",
  "cocaine",
  "morphine",
  "codeine",
  "6-mam",
  "cotinine",
  "etomidate-acid",
];
const LAB_ID = "LAB-STREAM";
const METHOD = "JD-YJY02.10-2021";
const LOQ_NG_L = 2;
const CENSORED_SHARE = 0.2;

/** One of many assay reports, with a full panel; each is a sample of its own. */
export function streamReport(random: Random, index: number, siteIds: readonly string[]) {
  const siteId = siteIds[index % siteIds.length] as string;
  const day = addDays(START_DAY, Math.floor(index / siteIds.length));
  const sampleId = `${siteId}-${day}`;
  const start = `${day}T08:00:00+08:00`;
  const items = PANEL.map((analyte) => streamResult(random, analyte));
  const wire: WireObject = {
    labId: LAB_ID,
    uploadId: `U-${sampleId}`,
    reportedAt: `${addDays(day, 2)}T17:00:00+08:00`,
    sample: { sampleId, siteId, mode: "flowProportional", start, end: `${addDays(day, 1)}T08:00:00+08:00` },
    results: items.map((item) => item.wire),
  };
  const identity = { labId: LAB_ID, sampleId, siteId, method: METHOD, replicate: 1, startMs: Date.parse(start) };
  const expected: ExpectedResult[] = items.map(({ analyte, censored, valueNgL }) => ({
    ...identity,
    analyte,
    censored,
    value: valueNgL,
  }));
  return { wire, expected };
}

/** Labs write ng/L or ug/L. */
function streamResult(random: Random, analyte: string) {
  const common = { analyte, method: METHOD, replicate: 1 };
  if (random.uniform() < CENSORED_SHARE) {
    const wire: WireObject = { ...common, unit: "ng/L", censoring: "belowLoq", loq: LOQ_NG_L };
    return { analyte, wire, censored: true, valueNgL: LOQ_NG_L };
  }
  const valueNgL = Number((LOQ_NG_L + 400 * random.uniform()).toPrecision(4));
  const inMicrograms = random.uniform() < 0.3;
  const [value, unit, loq] = inMicrograms ? [valueNgL / 1_000, "ug/L", LOQ_NG_L / 1_000] : [valueNgL, "ng/L", LOQ_NG_L];
  const wire: WireObject = { ...common, value, unit, censoring: "none", loq };
  return { analyte, wire, censored: false, valueNgL };
}

/** `2026-01-01T00:05:00+08:00` */
function chinaTime(timeMs: number): string {
  return `${new Date(timeMs + CHINA_OFFSET_MS).toISOString().slice(0, 19)}+08:00`;
}
