import { z } from "zod";

/** Where bad data stood: what is known of file, sheet, row and cell, or of topic, partition and offset, and the path inside. */
export const place = z.strictObject({
  file: z.string().optional(),
  sheet: z.string().optional(),
  /** As the file shows it: 1 is the header. */
  row: z.int().optional(),
  /** As in a spreadsheet: `E14`. */
  cell: z.string().optional(),
  topic: z.string().optional(),
  partition: z.int().optional(),
  offset: z.string().optional(),
  /** Inside the message or body: `results[3].unit`. */
  path: z.string().optional(),
});
export type Place = z.infer<typeof place>;

/** Why something was refused, in words a laboratory technician can act on. The code is permanent. */
export const refusal = z.strictObject({
  code: z.string(),
  where: place,
  found: z.string(),
  expected: z.string(),
  mend: z.string(),
});
export type Refusal = z.infer<typeof refusal>;

/** Longest piece of the found value that is repeated in a refusal. */
const FOUND_LENGTH_MAX = 200;

/** The value as a refusal shows it. */
export function shown(value: unknown): string {
  const text = value === undefined ? "nothing" : typeof value === "string" ? value : JSON.stringify(value);
  return text.length > FOUND_LENGTH_MAX ? `${text.slice(0, FOUND_LENGTH_MAX)}…` : text;
}

/** `["results", 3, "unit"]` as `results[3].unit`. */
export function shownPath(path: readonly PropertyKey[]): string {
  return path.reduce<string>(
    (text, step) => (typeof step === "number" ? `${text}[${step}]` : text ? `${text}.${String(step)}` : String(step)),
    "",
  );
}

/** One refusal for each issue zod found in the value, with the value found at its path. */
export function refusalsOf(error: z.ZodError, value: unknown, where: Place): Refusal[] {
  const prefix = where.path ? [where.path] : [];
  return error.issues.flatMap((issue): Refusal[] => {
    const found = shown(valueAt(value, issue.path));
    if (issue.code === "unrecognized_keys") {
      return issue.keys.map((key) => ({
        code: "field_unknown",
        where: { ...where, path: shownPath([...prefix, ...issue.path, key]) },
        found: key,
        expected: "only the fields of the schema",
        mend: "Correct the field's name or leave it out: unknown fields are never dropped in silence.",
      }));
    }
    return [
      {
        code: found === "nothing" ? "field_missing" : "field_invalid",
        where: { ...where, path: shownPath([...prefix, ...issue.path]) },
        found,
        expected: plainly(issue.message),
        mend: "Correct the value and send it again: what was already accepted is not counted twice.",
      },
    ];
  });
}

/**
 * zod's own "Invalid input: expected number, received string" as "number": what was found stands beside it; "Too small: expected array to
 * have >=1 items" as "array with >=1 items".
 */
function plainly(message: string): string {
  return message
    .replace(/^(?:Invalid (?:input|option)|Too (?:small|big)): expected /, "")
    .replace(/ to be (?=[<>])/, " ")
    .replace(/ to have (?=[<>])/, " with ")
    .replace(/, received .*$/, "");
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((inner, step) => (inner as Record<PropertyKey, unknown> | null | undefined)?.[step], value);
}
