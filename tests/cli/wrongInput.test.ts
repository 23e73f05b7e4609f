import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it, onTestFinished } from "vitest";
import manifest from "../../package.json" with { type: "json" };

// Method: the command itself, as a process of its own, in an empty folder. What is checked of a refusal is what a person needs: an exit
// code that tells whose mistake it was, nothing on stdout, and words that name the place and the way out.
const CLI = fileURLToPath(new URL("../../cli/sewertrace.js", import.meta.url));
const TIMEOUT_MS = 120_000;

function emptyFolder() {
  const folder = mkdtempSync(join(tmpdir(), "sewertrace-wrong-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const run = (args: readonly string[], env: Record<string, string> = {}) => {
    const own = { PATH: process.env["PATH"] ?? "", SEWERTRACE_DATA_DIR: join(folder, "data"), ...env };
    const { status, stdout, stderr } = spawnSync(process.execPath, [CLI, ...args], { cwd: folder, encoding: "utf8", env: own });
    return { code: status, out: stdout, err: stderr };
  };
  const write = (name: string, content: string | Uint8Array) => writeFileSync(join(folder, name), content);
  return { folder, run, write };
}

const HELP = "--help tells the usage";

describe("a wrong call is exit 2, says what was found and expected, and changes nothing", () => {
  it.each([
    [["nope"], 'there is no command "nope"; there are demo, serve'],
    [["help", "nope"], 'there is no command "nope"'],
    [["rebuild", "--dry-run"], "Unknown option '--dry-run'"],
    [["doctor", "now"], "Unexpected argument 'now'"],
    [["import", "sites", "nowhere.json"], "nowhere.json cannot be read"],
    [["import", "network", "folder.inp"], "folder.inp cannot be read"],
    [["import", "odm", "measures.csv"], "--lab: the laboratory"],
    [["audit", "verify", "--file", "nowhere"], "nowhere cannot be read"],
    [["key", "add", "--role", "king"], '--role: found "king", expected one of lab, analyst'],
    [["key", "add", "--role", "lab"], "--organisation and --name are needed"],
    [["dead-letters", "list", "--state", "lost"], '--state: found "lost", expected one of open'],
    [["dead-letters", "list", "--limit", "many"], '--limit: found "many", expected a whole number from 1'],
    [["export", "long", "--from", "2026-02-29"], '--from: found "2026-02-29", expected a day'],
    [["export", "long", "--out", "nowhere/x.csv"], "nowhere/x.csv cannot be read or written"],
    [["demo", "--plants", "few"], '--plants: found "few", expected a whole number from 1'],
    [["detect", "loads.csv", "--holidays", "2026-13-01"], '--holidays: found "2026-13-01", expected a day'],
    [["lab", "watch", "nowhere"], "nowhere is no folder"],
    [["lab", "check", "nowhere.csv"], "nowhere.csv cannot be read"],
  ])("%j", { timeout: TIMEOUT_MS }, (args, said) => {
    const { run, write, folder } = emptyFolder();
    write("loads.csv", "site,analyte,date,value,unit\n");
    write("measures.csv", "");
    const { code, out, err } = run(args, { SEWERTRACE_KEY: "st_x" });
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).toContain(said);
    expect(err).toMatch(args.includes("nope") ? /there are/ : new RegExp(`${HELP}|usage:`));
    expect(readdirSync(folder).filter((name) => name !== "data")).toEqual(["loads.csv", "measures.csv"]);
  });
});

describe("a file that is not what it should be is exit 3 and says where and how to mend it", () => {
  it.each([
    [["import", "sites", "broken"], "broken is no JSON"],
    [["import", "sites", "binary"], "binary is no text"],
    [["import", "sites", "object.json"], 'object.json: error[field_invalid]: found "{}", expected array'],
    [["import", "network", "empty.inp"], "empty.inp:nodes: error[field_invalid]"],
    [["import", "euda", "broken", "--sites", "broken"], "broken, row 1: found"],
    [["import", "statcan", "broken"], "broken: expected table 13-10-0871"],
    [["import", "odm", "broken", "--lab", "L"], "broken: expected the table measures of PHES-ODM"],
    [["trace", "--network", "object.json", "--observations", "broken"], "object.json:id: error[field_missing]"],
    [["detect", "binary"], "binary is no text"],
  ])("%j", { timeout: TIMEOUT_MS }, (args, said) => {
    const { run, write } = emptyFolder();
    write("broken", '{"a": 1');
    write(
      "binary",
      Uint8Array.from({ length: 512 }, (_, i) => (i * 37) % 256),
    );
    write("object.json", "{}");
    write("empty.inp", "[TITLE]\n");
    const { code, out, err } = run(args);
    expect({ code, out }).toEqual({ code: 3, out: "" });
    expect(err).toContain(said);
    expect(err).not.toMatch(/Too small|at Object|node:internal/);
  });
});

describe("an engine that is away, or another program on the line, is exit 5 and says which setting to look at", () => {
  const NOBODY = "127.0.0.1:1";
  it.each([
    [["key", "list"], { SEWERTRACE_POSTGRES_URL: `postgres://x@${NOBODY}/x` }, "SEWERTRACE_POSTGRES_URL"],
    [["replay"], { SEWERTRACE_KAFKA_BROKERS: NOBODY }, "SEWERTRACE_KAFKA_BROKERS"],
    [["lab", "status", "u"], { SEWERTRACE_URL: `http://${NOBODY}/`, SEWERTRACE_KEY: "st_x" }, "cannot be reached"],
  ])("%j", { timeout: TIMEOUT_MS }, (args, env, said) => {
    const { code, out, err } = emptyFolder().run(args, env as unknown as Record<string, string>);
    expect({ code, out }).toEqual({ code: 5, out: "" });
    expect(err).toContain(said);
  });

  it("a data folder without a database is a wrong setting, which no waiting mends", { timeout: TIMEOUT_MS }, () => {
    const { run, write } = emptyFolder();
    write("sewertrace.sqlite", "not a database, but long enough that SQLite reads it as the head of one. ".repeat(20));
    const { code, err } = run(["key", "list"], { SEWERTRACE_DATA_DIR: "." });
    expect(code).toBe(2);
    expect(err).toContain("no whole database");
  });
});

it("help, version and a command's usage are data: exit 0, on stdout", { timeout: TIMEOUT_MS }, () => {
  const { run } = emptyFolder();
  expect(run(["--version"])).toEqual({ code: 0, out: `${manifest.version}\n`, err: "" });
  expect(run(["help"]).out).toContain("exit codes: 0 ok");
  for (const args of [
    ["help", "trace"],
    ["trace", "--help"],
    ["trace", "-h"],
  ])
    expect(run(args)).toMatchObject({ code: 0, err: "", out: expect.stringContaining("usage: sewertrace trace --network") });
});

it("public data that are what they should be are published", { timeout: TIMEOUT_MS }, () => {
  const data = fileURLToPath(new URL("../../schemas/reference/data/", import.meta.url));
  const { run } = emptyFolder();
  const { code, err } = run(["import", "euda", `${data}ww2025-all-data.csv`, "--sites", `${data}ww2025-site-info-table.csv`]);
  expect({ code, err }).toMatchObject({ code: 0, err: expect.stringContaining("30283 values of 217 sites published") });
});
