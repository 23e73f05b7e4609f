import { refusalInChinese } from "../schemas/refusalWords.ts";
import { ApiProblem } from "./problems.ts";

/** A field that is of the right form, but not right: told as those are that the schema refuses. */
export function fieldRefused(path: string, found: string, expected: string): ApiProblem {
  const mend = "Correct the field and send it again.";
  const refusal = { code: "field_invalid", where: { path: `body.${path}` }, found, expected, mend };
  const detail = {
    en: `${path}: found ${found}, expected ${expected}.`,
    zh: `${path}：当前为 ${found}，应为${refusalInChinese(expected)}。`,
  };
  return new ApiProblem(400, "Bad request", detail, [refusal]);
}
