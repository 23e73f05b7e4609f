import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

/** A role of the program as a process of its own, so that it can be killed. */
export interface RoleProcess {
  kill(): Promise<void>;
  /** SIGTERM; resolves with the exit code. */
  stop(): Promise<number | null>;
  /** False once it has ended, by itself or otherwise. */
  running(): boolean;
  /** What it logged, for the message of a failing test. */
  output(): string;
}

const CLI = fileURLToPath(new URL("../../cli/sewertrace.js", import.meta.url));
const running = new Set<ChildProcess>();
process.once("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});

/** @param limits shell commands that take something away from the process first, such as `ulimit -f 1000` */
export function startRole(roles: string, settings: Record<string, string>, limits = ":"): RoleProcess {
  const env = { PATH: process.env["PATH"], SEWERTRACE_LOG_LEVEL: "warn", SEWERTRACE_PORT: "0", ...settings };
  const command = ["-c", `${limits}; exec "$@"`, "sh", process.execPath, CLI, "serve", "--roles", roles];
  const child = spawn("sh", command, { env, stdio: ["ignore", "pipe", "pipe"] });
  running.add(child);
  const ended = once(child, "exit").finally(() => running.delete(child));
  let output = "";
  const keep = (chunk: Buffer) => {
    output = (output + chunk).slice(-20_000);
  };
  child.stdout.on("data", keep);
  child.stderr.on("data", keep);
  return {
    async kill() {
      child.kill("SIGKILL");
      await ended;
    },
    async stop() {
      child.kill("SIGTERM");
      const [code] = (await ended) as [number | null];
      return code;
    },
    running: () => running.has(child),
    output: () => output,
  };
}
