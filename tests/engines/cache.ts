import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { accessSync, constants, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";

/** `tests/engines/NAME` */
export const besideThis = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

export const say = (line: string): void => void process.stderr.write(`engines: ${line}\n`);

/**
 * The folder `~/.cache/sewertrace/NAME-KEY`, filled once. The key is made of the files that say what belongs in it, so that
 * another version gets another folder. Filled aside and renamed, so that a filling cut short leaves nothing behind.
 */
export async function cached(name: string, keyFiles: string[], fill: (folder: string) => Promise<void>): Promise<string> {
  const hash = createHash("sha256");
  for (const file of keyFiles) hash.update(readFileSync(besideThis(file)));
  const root = join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "sewertrace");
  const folder = join(root, `${name}-${hash.digest("hex").slice(0, 12)}`);
  if (existsSync(folder)) return folder;
  mkdirSync(root, { recursive: true });
  const filling = mkdtempSync(join(root, `.${name}-`));
  try {
    await fill(filling);
    if (!existsSync(folder)) renameSync(filling, folder);
  } finally {
    rmSync(filling, { recursive: true, force: true });
  }
  return folder;
}

/** @throws naming each tool that is missing, and the Debian package that brings it */
export function requireTools(purpose: string, tools: Record<string, string>): void {
  const missing = Object.entries(tools).filter(([tool]) => !findTool(tool));
  if (missing.length === 0) return;
  const list = missing.map(([tool, source]) => `${tool} (${source})`).join(", ");
  throw new Error(`${purpose} needs ${list}, or a Docker engine that answers. Install it and run again: no engine is skipped.`);
}

export function findTool(tool: string): string | undefined {
  return (process.env["PATH"] ?? "")
    .split(delimiter)
    .map((folder) => join(folder, tool))
    .find((path) => {
      try {
        accessSync(path, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}

/** Runs a command to its end, its output shown when it takes long (show) or when it fails. */
export async function run(command: string, args: string[], options: RunOptions = {}): Promise<void> {
  const { show = false, user, ...place } = options;
  const child = spawn(command, args, { ...place, stdio: ["ignore", "pipe", "pipe"], ...user });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      output = (output + text).slice(-5_000);
      if (show) process.stderr.write(text);
    });
  }
  const [code] = (await once(child, "close")) as [number | null];
  if (code !== 0) throw new Error(`${command} ${args.join(" ")} ended with ${code}:\n${output}`);
}

interface RunOptions {
  cwd?: string;
  env?: NodeJS.ProcessEnv;
  show?: boolean;
  user?: { uid: number; gid: number };
}
