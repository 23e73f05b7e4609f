import { globSync, readFileSync } from "node:fs";
import { expect, it } from "vitest";

// A value from schemas/ brings the schema library: 20 kB, and code made from text, which a strict policy on scripts refuses.
it("of schemas/ the dashboard takes types only", () => {
  const files = globSync("dashboard/**/*.{ts,tsx}", { exclude: ["dashboard/dist/**"] });
  expect(files.length).toBeGreaterThan(50);
  const values = files.filter((file) =>
    /^import (?!type )[^;]*from "[./]+\/schemas\/[^"]+\.ts"/m.test(readFileSync(file, "utf8")),
  );
  expect(values).toEqual([]);
});
