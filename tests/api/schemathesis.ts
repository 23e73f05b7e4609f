import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { openWorld } from "./world.ts";

// Schemathesis makes up requests from the OpenAPI document, right ones and wrong ones, sends them to a live server over embedded stores
// with a little of everything, and looks for a 500, an undeclared status or an answer that does not fit its schema (`make schemathesis`).
const VERSION = "4.32.5";
const {
  values: { seconds = "600" },
  positionals,
} = parseArgs({ options: { seconds: { type: "string" } }, allowPositionals: true });

const venv = join(homedir(), ".cache", "sewertrace", `schemathesis-${VERSION}`);
if (!existsSync(join(venv, "bin", "st"))) {
  execFileSync("python3", ["-m", "venv", venv], { stdio: "inherit" });
  execFileSync(join(venv, "bin", "pip"), ["install", "--quiet", `schemathesis==${VERSION}`], { stdio: "inherit" });
}

const world = await openWorld({ SEWERTRACE_REQUESTS_PER_MINUTE: "10000000" });
const address = await world.api.listen({ port: 0, host: "127.0.0.1" });
const st = spawn(
  join(venv, "bin", "st"),
  [
    "--config-file=tests/api/schemathesis.toml",
    "run",
    `${address}/openapi.json`,
    ...["--header", `Authorization: ${world.as("admin").authorization}`],
    ...["--header", "x-purpose: looking for answers that are not declared"],
    ...["--checks", "all", "--max-time", seconds, "--continue-on-failure", "--generation-database", "none"],
    // who may see what is the authorisation matrix's business (access.test.ts); that a cursor is of its list, a time zone exists or a
    // site is known cannot be said in a schema, so a right-looking request may be refused
    ...["--exclude-checks", "ignored_auth,object_level_authorization,positive_data_acceptance"],
    ...["--exclude-path-regex", "/stream$"],
    ...positionals,
  ],
  { stdio: "inherit" },
);
const clock = setInterval(() => world.pass(1), 1); // what is named after its moment is not asked for twice in one
const [code] = await once(st, "exit");
clearInterval(clock);
for (const line of world
  .logged()
  .split("\n")
  .filter((each) => each.includes('"level":50')))
  process.stderr.write(`${line}\n`);
await world.close();
process.exitCode = code ?? 1;
