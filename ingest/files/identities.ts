import type { AssayResult } from "../../schemas/assay.ts";

/** What was seen under each identity, as 64 + 32 bits of hash and the row: 20 bytes an entry, so a million results fit easily. */
export function identities() {
  let size = 1 << 12;
  let count = 0;
  let keys = new Uint32Array(size * 2);
  let contents = new Uint32Array(size);
  let rows = new Uint32Array(size);

  const slot = (high: number, low: number): number => {
    let at = low & (size - 1);
    while (rows[at] !== 0 && !(keys[at * 2] === high && keys[at * 2 + 1] === low)) at = (at + 1) & (size - 1);
    return at;
  };

  const grow = () => {
    const [oldKeys, oldContents, oldRows, oldSize] = [keys, contents, rows, size];
    size *= 2;
    keys = new Uint32Array(size * 2);
    contents = new Uint32Array(size);
    rows = new Uint32Array(size);
    for (let i = 0; i < oldSize; i++) {
      if (oldRows[i] === 0) continue;
      const at = slot(oldKeys[i * 2]!, oldKeys[i * 2 + 1]!);
      keys[at * 2] = oldKeys[i * 2]!;
      keys[at * 2 + 1] = oldKeys[i * 2 + 1]!;
      contents[at] = oldContents[i]!;
      rows[at] = oldRows[i]!;
    }
  };

  return {
    /** The earlier row under the identity, and whether its content was the same; undefined for a first. */
    add(high: number, low: number, content: number, row: number): { row: number; same: boolean } | undefined {
      const at = slot(high, low);
      if (rows[at] !== 0) return { row: rows[at]!, same: contents[at] === content };
      keys[at * 2] = high;
      keys[at * 2 + 1] = low;
      contents[at] = content;
      rows[at] = row;
      if (++count > size * 0.6) grow();
      return undefined;
    },
  };
}

/** FNV-1a with the finaliser of MurmurHash3, 32 bits. */
export function hash32(text: string, seed: number): number {
  let h = seed;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  return finished(h);
}

/** The finaliser of MurmurHash3: every bit in has a say in every bit out. */
function finished(hash: number): number {
  let h = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** Two hashes as one, each bit of both in it. */
export const mixed = (one: number, other: number): number => finished(one ^ Math.imul(other, 0x9e3779b1));

/** Analytes times methods whose hashes are kept: those of a file are few, and a server reads many files. */
const KEYS_MAX = 10_000;
const keys = new Map<string, [high: number, low: number]>();

/** Hashes of what tells the results of one sample apart: analyte, method and replicate. */
export function keyHashes({ analyte, method, replicate }: AssayResult): [high: number, low: number] {
  const text = `${analyte}\n${method}`;
  let hashes = keys.get(text);
  if (!hashes) {
    if (keys.size >= KEYS_MAX) keys.clear();
    hashes = [hash32(text, 0x811c9dc5), hash32(text, 0x9e3779b9)];
    keys.set(text, hashes);
  }
  return replicate === 1 ? hashes : [mixed(hashes[0], replicate), mixed(hashes[1], replicate)];
}

const bits = new Float64Array(1);
const words = new Uint32Array(bits.buffer);

/** Hash of all fields of a result, going on from that of its sample. */
export function resultHash(result: AssayResult, seed: number): number {
  let h = seed;
  for (const field in result) {
    const value = result[field as keyof AssayResult];
    if (typeof value === "number") {
      bits[0] = value;
      h = mixed(mixed(h, words[0]!), words[1]! ^ (field.length * 256 + field.charCodeAt(field.length - 1)));
    } else if (typeof value === "string") h = mixed(h, hash32(value, field.length));
    else h = mixed(h, hash32(JSON.stringify(value) ?? "", field.length));
  }
  return h;
}
