import { ApiError } from "../answer.ts";

/** Why the server refused, field by field where it says so. */
export function failureOf(error: unknown): string {
  const { problem, message } = ApiError.from(error);
  return problem?.refusals?.map(({ where, expected }) => `${where.path}: ${expected}`).join("; ") ?? message;
}
