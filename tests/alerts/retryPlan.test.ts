import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { nextWaitMs, retryAfterMs } from "../../alerts/retryPlan.ts";

const HOUR_MS = 3_600_000;
/** Waits of a receiver that never answers. */
const plan = (uniform: number) => {
  const waits: number[] = [];
  for (let wait = nextWaitMs(1, undefined, uniform); wait !== null; wait = nextWaitMs(waits.length + 1, undefined, uniform))
    waits.push(wait);
  return waits;
};

describe("the plan of attempts", () => {
  it("begins after seconds, is over three days long and ends", () => {
    const waits = plan(0.5);
    expect(waits).toHaveLength(9);
    expect(waits[0]).toBe(5_000);
    expect(waits.reduce((a, b) => a + b) / HOUR_MS).toBeGreaterThan(72);
  });

  it("waits longer each time, whatever the jitter", () =>
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 8 }), fc.double({ min: 0, max: 0.999, noNaN: true }), (attempt, u) => {
        return (nextWaitMs(attempt + 1, undefined, u) ?? 0) > (nextWaitMs(attempt, undefined, u) ?? 0);
      }),
    ));

  it("spreads receivers that fail together by a fifth to either side", () => {
    expect(nextWaitMs(2, undefined, 0)).toBeCloseTo(240_000);
    expect(nextWaitMs(2, undefined, 1)).toBeCloseTo(360_000);
  });

  it("heeds a Retry-After that is longer, up to a day, and never tries earlier than planned", () => {
    expect(nextWaitMs(1, 60_000, 0.5)).toBe(60_000);
    expect(nextWaitMs(1, 1_000, 0.5)).toBe(5_000);
    expect(nextWaitMs(1, 1_000 * HOUR_MS, 0.5)).toBe(24 * HOUR_MS);
    expect(nextWaitMs(10, 60_000, 0.5)).toBeNull();
  });
});

describe("Retry-After", () => {
  const now = Date.parse("2026-05-06T08:00:00Z");
  it.each([
    ["120", 120_000],
    [" 0 ", 0],
    ["Wed, 06 May 2026 08:01:00 GMT", 60_000],
    ["Wed, 06 May 2026 07:00:00 GMT", 0],
    ["soon", undefined],
    ["", undefined],
    [undefined, undefined],
  ])("%j", (header, expected) => expect(retryAfterMs(header, now)).toBe(expected));
});
