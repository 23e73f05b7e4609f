/** At most `count` of the jobs at the same time; the others wait in line. */
export function limited(count: number): <T>(job: () => Promise<T>) => Promise<T> {
  const waiting: (() => void)[] = [];
  let running = 0;
  return async (job) => {
    if (running >= count) await new Promise<void>((resolve) => waiting.push(resolve));
    else running += 1;
    try {
      return await job();
    } finally {
      const next = waiting.shift(); // it takes over this one's place
      if (next) next();
      else running -= 1;
    }
  };
}
