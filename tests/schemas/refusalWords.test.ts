import { globSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { refusalInChinese } from "../../schemas/refusalWords.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const TEXT = String.raw`("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|${"`"}(?:[^${"`"}\\]|\\.)*${"`"})`;
/** Where the sentences of refusals are written: fields and constants of these names, and the short calls of the readers of files. */
const WRITTEN = [
  new RegExp(String.raw`\b(?:expected|mend|MEND(?:_[A-Z]+)?)\b\s*[:=]\s*${TEXT}`, "g"),
  new RegExp(String.raw`\b(?:refuse|warn)\(\s*"[a-z_]+",\s*${TEXT}`, "g"),
  new RegExp(String.raw`\bfieldRefused\([^,]+,[^,]+,\s*${TEXT}`, "g"),
];
/** A made-up value for each gap of a template; what only sometimes follows at its end is left out. */
const filled = (text: string) =>
  text
    .slice(1, -1)
    .replace(/(\w)\$\{\w+\}$/, "$1")
    .replace(/\$\{[^}]*$/, "")
    .replace(/\$\{(?:[^{}]|\{[^{}]*\})*\}/g, "7")
    .replaceAll("\\'", "'");

function sentences(): Map<string, string> {
  const found = new Map<string, string>();
  for (const file of globSync(["ingest/**/*.ts", "api/**/*.ts", "schemas/refusal.ts"], { cwd: ROOT })) {
    if (/examples|words|openapi/.test(file)) continue;
    const source = readFileSync(ROOT + file, "utf8");
    for (const pattern of WRITTEN) for (const [, text] of source.matchAll(pattern)) found.set(filled(text!), file);
  }
  return found;
}

/** Codes, paths and formats are the same in every language. */
const isWordless = (sentence: string) => !/[a-z]{2,} [a-z]{2,}/i.test(sentence);

it("every sentence that a reader of files, the ingest or the API refuses with has its Chinese", () => {
  const all = sentences();
  expect(all.size).toBeGreaterThan(90);
  const without = [...all].filter(([sentence]) => !isWordless(sentence) && !/\p{Script=Han}/u.test(refusalInChinese(sentence)));
  expect(without.map(([sentence, file]) => `${file}: ${sentence}`)).toEqual([]);
});

it("what stands in a gap is kept, and what is not in the table is returned as it is", () => {
  expect(refusalInChinese("at most 500 readings in one message")).toBe("一条消息最多 500 个读数");
  expect(refusalInChinese('what row 3 says of sample s-1: "2026-05-04"')).toBe('与第 3 行对样品 s-1 的记录一致："2026-05-04"');
  expect(refusalInChinese("a unit such as ng/L, ug/L or mg/d/(10*3.{inh}); did you mean ug/L?")).toContain("是否应为 ug/L？");
  expect(refusalInChinese("number >0")).toBe("数值 >0");
  expect(refusalInChinese("a sentence that nobody wrote")).toBe("a sentence that nobody wrote");
});
