#!/usr/bin/env node
// Plain JavaScript, so that an older Node can read it: the program itself is TypeScript that only Node 24 runs without a build.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { constants } from "node:os";
import { fileURLToPath } from "node:url";

const NODE_MAJOR_MIN = 24;
const [major] = process.versions.node.split(".").map(Number);

if (major >= NODE_MAJOR_MIN) await import("./main.ts");
else runWithPackagedNode();

function runWithPackagedNode() {
  const node = fileURLToPath(new URL("../node_modules/node/bin/node", import.meta.url));
  if (!existsSync(node)) {
    console.error(
      `sewertrace needs Node ${NODE_MAJOR_MIN} or newer; this is ${process.version}. Run \`npm ci\`, which brings one.`,
    );
    process.exit(1);
  }
  for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => undefined); // the program below decides when to end
  const { status, signal } = spawnSync(node, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], { stdio: "inherit" });
  process.exit(signal ? 128 + constants.signals[signal] : (status ?? 1));
}
