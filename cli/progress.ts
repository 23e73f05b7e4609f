import { stderr } from "node:process";

/** One line that is written over while work goes on; silent where nobody watches. */
export interface Progress {
  show(text: string): void;
  /** Leaves a line that stays. */
  say(text: string): void;
  end(): void;
}

/** A line at most this often. */
const REDRAW_MS = 100;

export function openProgress(): Progress {
  const live = stderr.isTTY === true && !process.env["NO_COLOR"] && process.env["TERM"] !== "dumb";
  let drawnAt = 0;
  const clear = () => {
    if (live) stderr.write("\r\u001b[K");
  };
  return {
    show(text) {
      if (!live || Date.now() - drawnAt < REDRAW_MS) return;
      drawnAt = Date.now();
      clear();
      stderr.write(text.slice(0, (stderr.columns ?? 80) - 1));
    },
    say(text) {
      clear();
      stderr.write(`${text}\n`);
    },
    end: clear,
  };
}
