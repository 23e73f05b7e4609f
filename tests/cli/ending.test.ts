import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it, onTestFinished } from "vitest";

// Method: the command as a process of its own, told to end while it works. That nothing is lost by a harder end: tests/faults/.
const CLI = fileURLToPath(new URL("../../cli/sewertrace.js", import.meta.url));
const TIMEOUT_MS = 60_000;

/** Starts the command in an empty data folder, sends the signal once it has said the words, and waits for its end. */
async function ended(args: string[], words: string, signal: NodeJS.Signals, port: number) {
  const folder = mkdtempSync(join(tmpdir(), "sewertrace-ending-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const env = { PATH: process.env["PATH"] ?? "", SEWERTRACE_DATA_DIR: folder, SEWERTRACE_PORT: String(port) };
  const child = spawn(process.execPath, [CLI, ...args], { env, stdio: ["ignore", "pipe", "pipe"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  let said = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (text) => {
      const before = said.includes(words);
      said += text;
      if (!before && said.includes(words)) child.kill(signal);
    });
  const [code] = await once(child, "close");
  return { code, said };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

it.each(["SIGINT", "SIGTERM"] as const)("serve ends by %s with 0", { timeout: TIMEOUT_MS }, async (signal) => {
  expect((await ended(["serve"], '"listening"', signal, await freePort())).code).toBe(0);
});

it("a demo that is still filling ends by Ctrl-C with 130", { timeout: TIMEOUT_MS }, async () => {
  expect((await ended(["demo", "--plants", "2"], "EUDA:", "SIGINT", await freePort())).code).toBe(130);
});

it("a port that is taken ends a server with 5 and says so", { timeout: TIMEOUT_MS }, async () => {
  const other = createServer().listen(0, "127.0.0.1");
  onTestFinished(() => void other.close());
  await once(other, "listening");
  const { code, said } = await ended(["serve"], "nothing", "SIGKILL", (other.address() as AddressInfo).port);
  expect({ code, said }).toMatchObject({ code: 5, said: expect.stringContaining("is taken: set SEWERTRACE_PORT") });
});
