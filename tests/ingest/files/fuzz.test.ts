import { expect, it } from "vitest";
import { fuzz, says } from "./fuzz.ts";

// To repeat a run: FUZZ_SEED=n. A long one by hand: node tests/ingest/files/fuzz.ts 1000000
const seed = Number(process.env["FUZZ_SEED"] ?? 20261124);
const inputs = 3_000;

it(`${inputs} mutated files: no crash, no hang, no value that its cell does not say (seed ${seed})`, async () => {
  const { taken } = await fuzz(inputs, seed);
  expect(taken).toBeGreaterThan(inputs); // most mutations leave most of a file readable
}, 120_000);

it("the check of what a cell says can fail", () => {
  expect(says("12,5", 12.5)).toBe(true);
  expect(says("1.234,5", 1234.5)).toBe(true);
  expect(says("12,5", 125.5)).toBe(false);
  expect(says("abc", 3)).toBe(false);
  expect(says("", 0)).toBe(false);
});
