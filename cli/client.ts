import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

// Writes the types of the dashboard's client from the OpenAPI document (`npm run client`). The generator needs the compiler's old
// programming interface, which TypeScript 7 no longer has: it runs beside the project, in its own pinned versions.
const GENERATOR = ["--package=openapi-typescript@7.13.0", "--package=typescript@5.9.3"];
const OUT = "dashboard/client/paths.ts";

const folder = mkdtempSync(join(tmpdir(), "sewertrace-client-"));
try {
  const document = execFileSync(process.execPath, ["cli/openapi.ts"], { maxBuffer: 64 * 1024 * 1024 });
  const [input, output] = [join(folder, "openapi.json"), join(folder, "paths.ts")];
  const { paths, ...rest } = JSON.parse(document.toString()) as { paths: Record<string, unknown> };
  const read = Object.entries(paths).filter(([path]) => !/\.(csv|ndjson)$/.test(path)); // tables are for files, not for pages
  writeFileSync(input, JSON.stringify({ ...rest, paths: Object.fromEntries(read) }));
  const options = ["--root-types", "--root-types-no-schema-prefix", "--default-non-nullable=false"];
  execFileSync("npm", ["exec", "--yes", ...GENERATOR, "--", "openapi-typescript", input, "--output", output, ...options], {
    cwd: folder, // away from the project's own TypeScript
    stdio: ["ignore", 2, 2],
  });
  // tests/api/client.test.ts compares the hash: a route that changed without its client is found there
  const hash = createHash("sha256").update(document).digest("hex");
  writeFileSync(
    OUT,
    `// By \`npm run client\`, from the OpenAPI document with the SHA-256 ${hash}\n${readFileSync(output, "utf8")}`,
  );
  execFileSync("biome", ["check", "--write", OUT], { stdio: ["ignore", 2, 2] });
} finally {
  rmSync(folder, { recursive: true });
}
