/**
 * Group commit: what several callers write at one moment is written by one call, the next when that has ended. Each is told when its own is
 * durable. Where a call of several fails, each is tried alone, so that none fails for another's sake.
 * @param write all or nothing, in the order given; returns what each caller is told
 * @param itemsMax of one call; the rest waits for the next, first come first served
 */
export function together<Item, Done>(
  write: (items: readonly Item[]) => Promise<readonly Done[]>,
  itemsMax: number,
): (item: Item) => Promise<Done> {
  interface Waiting {
    item: Item;
    resolve: (done: Done) => void;
    reject: (reason: unknown) => void;
  }
  let waiting: Waiting[] = [];
  let running = false;
  const writeThese = async (these: readonly Waiting[]): Promise<void> => {
    try {
      const done = await write(these.map(({ item }) => item));
      for (const [i, { resolve }] of these.entries()) resolve(done[i] as Done);
    } catch (error) {
      if (these.length === 1) these[0]?.reject(error);
      else await Promise.all(these.map((one) => writeThese([one]))); // side by side: where the store is away, all learn it at once
    }
  };
  const run = async (): Promise<void> => {
    running = true;
    while (waiting.length > 0) {
      const these = waiting.slice(0, itemsMax);
      waiting = waiting.slice(itemsMax);
      await writeThese(these);
    }
    running = false;
  };
  return (item) =>
    new Promise((resolve, reject) => {
      waiting.push({ item, resolve, reject });
      if (!running) void run();
    });
}
