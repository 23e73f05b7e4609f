/** Wrong keys of one address within the window; a script with a stale key makes a few before somebody notices. */
const WRONG_MAX = 60;
const WINDOW_MS = 60_000;
/** Addresses remembered at once, the oldest forgotten first: a flood from many must not fill the memory. */
const ADDRESSES_MAX = 10_000;

/** Counts the wrong keys of each address, so that guessing through many made-up key ids is shut out like guessing one. */
export interface Guesses {
  /** Whole seconds until the address may try again; 0 where it may now. */
  shutOutS(address: string, nowMs: number): number;
  wrong(address: string, nowMs: number): void;
}

export function countGuesses(): Guesses {
  const byAddress = new Map<string, { sinceMs: number; count: number }>();
  const current = (address: string, nowMs: number) => {
    const found = byAddress.get(address);
    return found && nowMs - found.sinceMs < WINDOW_MS ? found : undefined;
  };
  return {
    shutOutS(address, nowMs) {
      const found = current(address, nowMs);
      return found && found.count >= WRONG_MAX ? Math.ceil((found.sinceMs + WINDOW_MS - nowMs) / 1_000) : 0;
    },
    wrong(address, nowMs) {
      const found = current(address, nowMs) ?? { sinceMs: nowMs, count: 0 };
      byAddress.delete(address);
      byAddress.set(address, { ...found, count: found.count + 1 });
      const oldest = byAddress.keys().next().value;
      if (byAddress.size > ADDRESSES_MAX && oldest !== undefined) byAddress.delete(oldest);
    },
  };
}
