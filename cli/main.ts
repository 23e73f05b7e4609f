import manifest from "../package.json" with { type: "json" };
import { exit } from "./exitCodes.ts";
import { failureOf } from "./failure.ts";

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

// the reader may close the pipe early, as head does: that is its right
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  process.exit(exit.ok);
});
process.exitCode = await main(process.argv.slice(2));

async function main([name = "help", ...argv]: readonly string[]): Promise<number> {
  if (name === "--version" || name === "version") {
    process.stdout.write(`${manifest.version}\n`);
    return exit.ok;
  }
  if (["help", "--help", "-h"].includes(name)) return argv[0] === undefined ? help() : usage(argv[0]);
  if (argv.includes("--help") || argv.includes("-h")) return usage(name);
  const load = loaderOf(name);
  if (!load) return unknown(name);
  try {
    return await (await load()).run(argv);
  } catch (error) {
    const { message, exitCode } = failureOf(error);
    process.stderr.write(`sewertrace ${name}: ${message}\n`);
    if (exitCode === exit.usage && !message.includes("usage:"))
      process.stderr.write(`sewertrace ${name} --help tells the usage.\n`);
    if (process.env["SEWERTRACE_LOG_LEVEL"] === "debug") process.stderr.write(`${(error as Error).stack}\n`);
    return exitCode;
  }
}

function loaderOf(name: string): (() => Promise<Command>) | undefined {
  return Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
}

async function usage(name: string): Promise<number> {
  const load = loaderOf(name);
  if (!load) return unknown(name);
  const { command } = await load();
  process.stdout.write(`${command.summary}\n\n${command.usage}\n`);
  return exit.ok;
}

function unknown(name: string): number {
  process.stderr.write(`sewertrace: there is no command "${name}"; there are ${Object.keys(COMMANDS).join(", ")}\n`);
  return exit.usage;
}

async function help(): Promise<number> {
  process.stdout.write("usage: sewertrace COMMAND [options]; sewertrace COMMAND --help tells more\n\n");
  for (const [name, load] of Object.entries(COMMANDS)) {
    process.stdout.write(`  ${name.padEnd(14)}${(await load()).command.summary}\n`);
  }
  process.stdout.write(
    "\nexit codes: 0 ok, 1 internal, 2 usage, 3 data refused, 4 partly accepted, 5 server or network, 6 not allowed, 130 interrupted\n",
  );
  return exit.ok;
}
