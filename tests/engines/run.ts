import { environmentOf, startEngines } from "./engines.ts";

// Starts the engines, prints the settings that make sewertrace use them, and holds them until Ctrl-C.
const engines = await startEngines();
for (const [name, value] of Object.entries(environmentOf(engines.addresses))) process.stdout.write(`export ${name}=${value}\n`);
process.stderr.write("engines: running until Ctrl-C\n");
const hold = setInterval(() => undefined, 60_000);
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, async () => {
    clearInterval(hold);
    await engines.stop();
  });
}
