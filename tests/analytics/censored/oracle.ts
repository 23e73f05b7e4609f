import { readFileSync } from "node:fs";
import { expect } from "vitest";
import type { Observation } from "../../../analytics/censored/observations.ts";
import type { Response } from "../../../analytics/censored/tobit.ts";

/** An R result with its input; `call`, versions and data set are in the file. */
// biome-ignore lint/suspicious/noExplicitAny: each oracle has its own shape, written by R
export function oracle(name: string): any {
  return JSON.parse(readFileSync(new URL(`fixtures/${name}.json`, import.meta.url), "utf8"));
}

/** Equal within a relative tolerance, 1e-6 where none is given; NaN never passes. */
export function close(found: number, wanted: number, tolerance = 1e-6): void {
  const scale = Math.max(Math.abs(wanted), Number.MIN_VALUE);
  expect(Math.abs(found - wanted) / scale, `${found} against ${wanted}`).toBeLessThanOrEqual(tolerance);
}

export function paired(values: readonly number[], censored: readonly boolean[]): Observation[] {
  return values.map((value, index) => ({ value, censored: censored[index]! }));
}

export function responses(observations: readonly Observation[]): Response[] {
  return observations.map(({ value, censored }) => ({ kind: censored ? "below" : "exact", value }));
}

/** Worked value 7.13, ng/L, "<" censored: <10,<10,<10,12,18,<25,<25,31,44,52,60,75,90,120,210. */
export const FIFTEEN: Observation[] = [
  ...[10, 10, 10, 25, 25].map((value) => ({ value, censored: true })),
  ...[12, 18, 31, 44, 52, 60, 75, 90, 120, 210].map((value) => ({ value, censored: false })),
];
