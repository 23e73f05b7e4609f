import { execFileSync } from "node:child_process";
import { chownSync, existsSync, mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { findTool, run, say } from "./cache.ts";
import { type Engine, freePorts, scratchFolder, startNative } from "./processes.ts";

export interface PostgresEngine extends Engine {
  /** Of the database `postgres`, as a superuser. */
  url: string;
}

/** PostgreSQL with a fresh data folder; its writes are synced to disk as in production. */
export async function startPostgres(): Promise<PostgresEngine> {
  const bin = await findPostgres();
  const version = execFileSync(join(bin, "postgres"), ["--version"], { encoding: "utf8" }).split(" ")[2]!.trim();
  const [port] = await freePorts(1);
  const folder = join(scratchFolder(), `postgres-${port}`);
  mkdirSync(folder);
  const user = process.getuid?.() === 0 ? userPostgres() : undefined; // it refuses to run as root
  if (user) chownSync(folder, user.uid, user.gid);
  const data = join(folder, "data");
  await run(join(bin, "initdb"), ["-D", data, "-A", "trust", "-N", "-U", "postgres", "-E", "UTF8", "--locale", "C.UTF-8"], {
    cwd: folder,
    user,
  });
  const engine = await startNative({
    name: "PostgreSQL",
    version,
    command: join(bin, "postgres"),
    args: ["-D", data, "-p", String(port), "-k", folder, "-c", "listen_addresses=127.0.0.1", "-c", "max_connections=200"],
    folder,
    user,
    stopSignal: "SIGINT", // the fast shutdown: clean, without waiting for clients to leave
    ready: (output) => output.includes("ready to accept connections"),
  });
  return { ...engine, url: `postgres://postgres@127.0.0.1:${port}/postgres` };
}

/** The newest server of Debian's folders, else the one on the path, else the one that apt-get installs. */
async function findPostgres(): Promise<string> {
  const found = installedPostgres();
  if (found) return found;
  if (process.getuid?.() === 0 && findTool("apt-get")) {
    say("installing PostgreSQL with apt-get, once");
    await run("apt-get", ["update", "-qq"]);
    await run("apt-get", ["install", "-y", "-qq", "postgresql"]);
  }
  const installed = installedPostgres();
  if (!installed)
    throw new Error("PostgreSQL is missing: apt-get install postgresql, or start a Docker engine. No engine is skipped.");
  return installed;
}

function installedPostgres(): string | undefined {
  const root = "/usr/lib/postgresql";
  const versions = existsSync(root) ? readdirSync(root).sort((a, b) => Number(b) - Number(a)) : [];
  const folders = versions.map((version) => join(root, version, "bin"));
  const onPath = findTool("postgres");
  if (onPath) folders.push(join(onPath, ".."));
  return folders.find((folder) => existsSync(join(folder, "postgres")) && existsSync(join(folder, "initdb")));
}

function userPostgres(): { uid: number; gid: number } {
  const id = (flag: string) => Number(execFileSync("id", [flag, "postgres"], { encoding: "utf8" }));
  return { uid: id("-u"), gid: id("-g") };
}
