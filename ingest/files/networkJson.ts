import { type Network, type NetworkCheck, network } from "../../schemas/network.ts";
import { type Refusal, refusalsOf } from "../../schemas/refusal.ts";

/** A network read from a file with what had to be assumed, or why it was refused. */
export type NetworkRead = { readonly network: Network; readonly checks: NetworkCheck[] } | { readonly refusals: Refusal[] };

/** Reads the project's own JSON. A field of `null` is read as absent, as some exporters write it; an unknown field is refused. */
export function readNetworkJson(text: string, file: string): NetworkRead {
  let value: unknown;
  let nulls = 0;
  try {
    value = JSON.parse(text, (_, field) => {
      if (field !== null) return field;
      nulls++;
      return undefined;
    });
  } catch (error) {
    const mend = "Export the file again: it is cut off or is not JSON.";
    return {
      refusals: [{ code: "json_broken", where: { file }, found: (error as Error).message, expected: "a JSON object", mend }],
    };
  }
  const parsed = network.safeParse(value);
  if (!parsed.success) return { refusals: refusalsOf(parsed.error, value, { file }) };
  const checks: NetworkCheck[] = [];
  if (nulls > 0) {
    checks.push({ code: "null_read_as_absent", count: nulls, examples: [], found: "fields of null", assumed: "unknown" });
  }
  return { network: parsed.data, checks };
}
