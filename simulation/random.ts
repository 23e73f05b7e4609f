/** A seeded source of random numbers: the same seed gives the same world on every machine. */
export interface Random {
  /** Uniform in [0, 1). */
  uniform(): number;
  /** Standard normal. */
  normal(): number;
  /** Whole number from low to high, both included. */
  integer(low: number, high: number): number;
  /** exp(N(0, sd)): a factor around 1 whose logarithm has the given standard deviation. */
  factor(sdLn: number): number;
  pick<T>(from: readonly T[]): T;
  /** A new array in random order (Fisher-Yates). */
  shuffled<T>(items: readonly T[]): T[];
}

/**
 * sfc32 of PractRand (C. Doty-Humphrey), seeded from the parts by FNV-1a; normals by Box-Muller.
 * @param seed what tells this stream from others, such as (7, "flow", "plant-3")
 */
export function seededRandom(...seed: readonly (string | number)[]): Random {
  const next = sfc32(fnv1a(seed.join("|")));
  const uniform = () => next() / 2 ** 32;
  let spare: number | undefined;
  const normal = () => {
    if (spare !== undefined) {
      const kept = spare;
      spare = undefined;
      return kept;
    }
    const radius = Math.sqrt(-2 * Math.log(1 - uniform()));
    const angle = 2 * Math.PI * uniform();
    spare = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  };
  const integer = (low: number, high: number) => low + Math.floor(uniform() * (high - low + 1));
  return {
    uniform,
    normal,
    integer,
    factor: (sdLn) => Math.exp(sdLn * normal()),
    pick<T>(from: readonly T[]): T {
      if (from.length === 0) throw new RangeError("seededRandom: nothing to pick from");
      return from[integer(0, from.length - 1)] as T;
    },
    shuffled<T>(items: readonly T[]): T[] {
      const order = [...items];
      for (let i = order.length - 1; i > 0; i--) {
        const j = integer(0, i);
        [order[i], order[j]] = [order[j] as T, order[i] as T];
      }
      return order;
    },
  };
}

function sfc32(seed: number): () => number {
  let [a, b, c, counter] = [seed, seed ^ 0x9e3779b9, seed ^ 0x85ebca6b, 1];
  const next = () => {
    const sum = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (c << 21) | (c >>> 11);
    c = (c + sum) | 0;
    return sum >>> 0;
  };
  for (let i = 0; i < 15; i++) next(); // mixes the seed into all of the state
  return next;
}

function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}
