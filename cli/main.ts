import { exit } from "./exitCodes.ts";

/** Every command: its file is loaded only when it is called, so that `sewertrace trace` starts without the server's packages. */
const COMMANDS: Record<string, () => Promise<Command>> = {
  demo: () => import("./demo.ts"),
  serve: () => import("./serve.ts"),
  config: () => import("./config.ts"),
  doctor: () => import("./doctor.ts"),
  key: () => import("./key.ts"),
  lab: () => import("./lab.ts"),
  import: () => import("./import.ts"),
  export: () => import("./export.ts"),
  detect: () => import("./detect.ts"),
  backtest: () => import("./backtest.ts"),
  trace: () => import("./trace.ts"),
  simulate: () => import("./simulate.ts"),
  "dead-letters": () => import("./deadLetters.ts"),
  replay: () => import("./replay.ts"),
  rebuild: () => import("./rebuild.ts"),
  audit: () => import("./audit.ts"),
};

export interface Command {
  command: { name: string; summary: string; usage: string };
  /** Resolves with the exit code (exitCodes.ts). */
  run(argv: readonly string[]): Promise<number>;
}

const [name = "help", ...argv] = process.argv.slice(2);
process.exitCode = await main(name, argv);

async function main(name: string, argv: readonly string[]): Promise<number> {
  const load = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (!load) return help(name);
  const command = await load();
  if (argv.includes("--help")) {
    process.stdout.write(`${command.command.summary}\n\n${command.command.usage}\n`);
    return exit.ok;
  }
  try {
    return await command.run(argv);
  } catch (error) {
    return failed(name, error);
  }
}

async function help(name: string): Promise<number> {
  const asked = ["help", "--help", "-h"].includes(name);
  const out = asked ? process.stdout : process.stderr;
  if (!asked) out.write(`sewertrace: there is no command "${name}".\n\n`);
  out.write("usage: sewertrace COMMAND [options]; sewertrace COMMAND --help tells more\n\n");
  for (const [command, load] of Object.entries(COMMANDS)) out.write(`  ${command.padEnd(14)}${(await load()).command.summary}\n`);
  out.write(
    "\nexit codes: 0 ok, 1 internal, 2 usage, 3 data refused, 4 partly accepted, 5 server or network, 6 not allowed, 130 interrupted\n",
  );
  return asked ? exit.ok : exit.usage;
}

/** parseArgs reports wrong options with these codes: the user's mistake, not ours. */
function isUsageError(error: unknown): boolean {
  return error instanceof TypeError && String((error as { code?: string }).code).startsWith("ERR_PARSE_ARGS");
}

function failed(name: string, error: unknown): number {
  if (isUsageError(error)) {
    process.stderr.write(`sewertrace ${name}: ${(error as Error).message}\nsewertrace ${name} --help tells the usage.\n`);
    return exit.usage;
  }
  const { message, cause } = error as Error;
  const because = cause instanceof Error && !message.includes(cause.message) ? `: ${cause.message}` : "";
  process.stderr.write(`sewertrace ${name}: ${message}${because}\n`);
  if (process.env["SEWERTRACE_LOG_LEVEL"] === "debug") process.stderr.write(`${(error as Error).stack}\n`);
  return (error as { exitCode?: number }).exitCode ?? exit.internal;
}
