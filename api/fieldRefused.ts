import { ApiProblem } from "./problems.ts";

/** A field that is of the right form, but not right: told as those are that the schema refuses. */
export function fieldRefused(path: string, found: string, expected: string): ApiProblem {
  const mend = "Correct the field and send it again.";
  const refusal = { code: "field_invalid", where: { path: `body.${path}` }, found, expected, mend };
  return new ApiProblem(400, "Bad request", `${path}: found ${found}, expected ${expected}.`, [refusal]);
}
