/** Every role and store has ended by then: what still keeps the process is a socket that its client forgot. */
const LINGER_MS = 1_000;

/** Ends the process with the exit code it has by then, even where something keeps it alive. */
export function endSoon(): void {
  setTimeout(() => process.exit(), LINGER_MS).unref();
}
