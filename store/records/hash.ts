import { createHash } from "node:crypto";

/** SHA-256 in hex of the parts, each set apart from the next so that ("ab", "c") differs from ("a", "bc"). */
export function hashOf(...parts: readonly string[]): string {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(`${part.length}:`).update(part);
  return hash.digest("hex");
}

/** JSON with sorted keys and without undefined: equal values give equal text. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    inner !== null && typeof inner === "object" && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}

/** Length of derived identifiers in hex digits: 80 bits, so that a billion of them hold no two alike. */
const IDENTIFIER_LENGTH = 20;

/** An identifier derived from what it is about, so that computing it again finds the same one: `anomaly-3f…`. */
export function derivedId(kind: string, ...about: readonly string[]): string {
  return `${kind}-${hashOf(...about).slice(0, IDENTIFIER_LENGTH)}`;
}
