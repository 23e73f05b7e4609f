import { globSync, readFileSync } from "node:fs";
import { expect, it } from "vitest";

const VALUE_IMPORT = /^import (?!type )[^;]*from "([^"]+)"/gm;
const valuesOf = (file: string) => [...readFileSync(file, "utf8").matchAll(VALUE_IMPORT)].map(([, from]) => from as string);

// A value from schemas/ brings the schema library: 20 kB, and code made from text, which a strict policy on scripts refuses.
it("of schemas/ the dashboard takes types, and words from a file that itself takes types only", () => {
  const files = globSync("dashboard/**/*.{ts,tsx}", { exclude: ["dashboard/dist/**"] });
  expect(files.length).toBeGreaterThan(50);
  const values = files.flatMap(valuesOf).filter((from) => from.includes("/schemas/"));
  expect(new Set(values.map((from) => from.slice(from.indexOf("schemas/"))))).toEqual(new Set(["schemas/leadWords.ts"]));
  expect(valuesOf("schemas/leadWords.ts")).toEqual([]);
});
