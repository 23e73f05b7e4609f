import { execFileSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { cached, findTool, requireTools } from "./cache.ts";

// promtool of this machine, else Debian's, unpacked and not installed.
const RULES = fileURLToPath(new URL("../../deploy/prometheus/", import.meta.url));

async function promtool(): Promise<string> {
  const installed = findTool("promtool");
  if (installed) return installed;
  requireTools("promtool", { "apt-get": "Debian", dpkg: "Debian" });
  const folder = await cached("promtool", [], async (place) => {
    execFileSync("apt-get", ["download", "prometheus"], { cwd: place, stdio: "ignore" });
    const [name] = readdirSync(place).filter((each) => each.endsWith(".deb"));
    execFileSync("dpkg", ["-x", name as string, "."], { cwd: place });
  });
  return join(folder, "usr", "bin", "promtool");
}

it("Prometheus takes the rules, and each fires when it must and not before", async () => {
  const tool = await promtool();
  const run = (...args: string[]) => execFileSync(tool, args, { cwd: RULES, encoding: "utf8" });
  expect(run("check", "rules", "sewertrace.rules.yml")).toContain("SUCCESS: 17 rules found");
  expect(run("test", "rules", "sewertrace.rules.test.yml")).toContain("SUCCESS");
});
