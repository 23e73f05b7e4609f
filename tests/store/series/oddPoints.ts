import fc from "fast-check";
import type { Point } from "../../../store/series/series.ts";

/** What to change of a good point so that no engine may take it, by why. */
export const UNSTORABLE: Record<string, Partial<Point>> = {
  "an empty tag": { variant: "" },
  "a tag that ends in a backslash": { siteId: "brno\\" },
  "a tag with a line break": { name: "a\nb" },
  "a tag with a tab": { name: "a\tb" },
  "a tag with half a character": { name: "a\ud800" },
  "a tag without end": { variant: "x".repeat(70_000) },
  "a value that is not a number": { value: Number.NaN },
  "a value without bound": { value: Number.POSITIVE_INFINITY },
  "a limit that is not a number": { low: Number.NaN },
  "a time outside what the engines hold": { timeMs: Date.UTC(2262, 5, 1) },
  "a time that is no number": { timeMs: Number.NaN },
  "a slot outside its range": { slot: 1_000_000 },
  "a measure nobody knows": { measure: "lod" as never },
};

/** Text that breaks line protocol, CSV, Flux or a delete predicate when it is not escaped. */
export const ODD_TAGS = [
  "苯甲酰芽子碱",
  "a,b",
  "a b",
  " ",
  "a=b",
  '"quoted"',
  "it's",
  "back\\slash",
  "\\\\ ,",
  "C:\\x,=y",
  '") or true or ("',
  ["$", "{x}"].join(""), // as in a Flux template
  "a' OR '1'='1",
  "_measurement",
  "_time",
  ".*",
  "#comment",
  "😀",
  "/lab/method/1",
  "é",
] as const;

export const tag = fc
  .oneof(
    fc.constantFrom(...ODD_TAGS),
    fc.string({ unit: "grapheme", minLength: 1, maxLength: 20 }),
    fc.string({ minLength: 1, maxLength: 20 }),
  )
  .filter((text) => !text.endsWith("\\") && !/\p{Cc}/u.test(text));
