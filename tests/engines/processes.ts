import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, closeSync, mkdtempSync, openSync, readdirSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Writable } from "node:stream";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";

/** A running server that a test may break. Each resolves when it is so. */
export interface Engine {
  name: string;
  version: string;
  /** kill -9, as when the machine loses power. */
  kill(): Promise<void>;
  /** As an operator would. Does nothing when it is not running. */
  stop(): Promise<void>;
  /** Again, on the same port and data. */
  start(): Promise<void>;
  /** Freezes it: connections stay open and nothing answers. */
  pause(): Promise<void>;
  resume(): Promise<void>;
}

export interface NativeEngine {
  name: string;
  version: string;
  command: string;
  args: string[];
  /** Its output goes to `output.log` in here. */
  folder: string;
  user?: { uid: number; gid: number };
  stopSignal: "SIGTERM" | "SIGINT";
  /** Whether it serves now, given what it has printed since this start. */
  ready(output: string): boolean | Promise<boolean>;
}

const READY_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 30_000;

/** Starts the server and waits until it serves. */
export async function startNative(native: NativeEngine): Promise<Engine> {
  const { name, version, stopSignal } = native;
  let running = await launch(native);
  const signal = (kind: NodeJS.Signals) => {
    if (alive(running)) process.kill(running.pid as number, kind);
  };
  return {
    name,
    version,
    async kill() {
      signal("SIGKILL");
      await gone(running);
    },
    async stop() {
      signal("SIGCONT");
      signal(stopSignal);
      const timeout = setTimeout(() => signal("SIGKILL"), STOP_TIMEOUT_MS);
      await gone(running);
      clearTimeout(timeout);
    },
    async start() {
      if (!alive(running)) running = await launch(native);
    },
    async pause() {
      signal("SIGSTOP");
      while (alive(running) && !isStopped(running.pid as number)) await wait(5); // its threads stop one by one
    },
    resume: async () => signal("SIGCONT"),
  };
}

/** Whether every thread of the process has stopped (Linux). */
function isStopped(pid: number): boolean {
  const threads = readdirSync(`/proc/${pid}/task`);
  return threads.every((thread) => readFileSync(`/proc/${pid}/task/${thread}/stat`, "utf8").includes(") T "));
}

async function launch({ name, command, args, folder, user, ready }: NativeEngine): Promise<ChildProcess> {
  const outputPath = join(folder, "output.log");
  const output = openSync(outputPath, "a");
  const before = readFileSync(outputPath).length;
  const child = spawn(command, args, { detached: true, stdio: ["ignore", output, output], cwd: folder, ...user });
  closeSync(output);
  const printed = () => readFileSync(outputPath).subarray(before).toString();
  const failed = new Promise<never>((_, reject) => child.once("error", reject));
  failed.catch(() => undefined);
  if (child.pid === undefined) return await failed;
  const group = child.pid;
  reaper().write(`add ${group}\n`);
  child.once("exit", () => reaper().write(`drop ${group}\n`));
  const startedMs = performance.now();
  while (!(await ready(printed()))) {
    const tooLate = performance.now() - startedMs > READY_TIMEOUT_MS;
    if (alive(child) && !tooLate) {
      await wait(30);
      continue;
    }
    child.kill("SIGKILL");
    const how = tooLate
      ? `did not serve within ${READY_TIMEOUT_MS / 1_000} s`
      : `ended with ${child.exitCode ?? child.signalCode}`;
    throw new Error(`${name} ${how}. It said last:\n${printed().slice(-3_000)}`);
  }
  return child;
}

const alive = (child: ChildProcess) => child.exitCode === null && child.signalCode === null;

async function gone(child: ChildProcess): Promise<void> {
  if (alive(child)) await once(child, "exit");
}

let scratch: { folder: string; reaper: Writable } | undefined;

function session(): { folder: string; reaper: Writable } {
  if (scratch) return scratch;
  const folder = mkdtempSync(join(tmpdir(), "sewertrace-engines-"));
  chmodSync(folder, 0o755); // PostgreSQL runs as another user and must reach its own folder in here
  const script = fileURLToPath(new URL("reaper.sh", import.meta.url));
  const child = spawn("sh", [script, folder], { detached: true, stdio: ["pipe", "ignore", "ignore"] });
  child.unref();
  (child.stdin as Writable & { unref(): void }).unref();
  scratch = { folder, reaper: child.stdin as Writable };
  return scratch;
}

/** Where this process' engines keep their data; removed when it ends. */
export const scratchFolder = (): string => session().folder;
const reaper = (): Writable => session().reaper;

/** Ports nobody listens on now. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, "127.0.0.1"));
  await Promise.all(servers.map((server) => once(server, "listening")));
  const ports = servers.map((server) => (server.address() as { port: number }).port);
  await Promise.all(servers.map((server) => once(server.close(), "close")));
  return ports;
}
