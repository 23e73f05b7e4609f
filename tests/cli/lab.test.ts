import { type ChildProcess, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { openWorld, TABLE, type World } from "../api/world.ts";

// Method: the command itself, as processes of their own, against the real API listening on a port.
const CLI = fileURLToPath(new URL("../../cli/sewertrace.js", import.meta.url));
const MASS_HUNTER = readFileSync(new URL("../ingest/files/fixtures/masshunter-en.csv", import.meta.url));
const TIMEOUT_MS = 60_000;
let world: World;
let url: string;
beforeAll(async () => {
  world = await openWorld();
  await world.api.listen({ port: 0, host: "127.0.0.1" });
  url = `http://127.0.0.1:${(world.api.server.address() as AddressInfo).port}`;
});
afterAll(() => world.close());

interface Running {
  process: ChildProcess;
  ended: Promise<{ code: number | null; out: string; err: string }>;
}

function start(args: string[], env: NodeJS.ProcessEnv = {}): Running {
  const settings = { SEWERTRACE_URL: url, SEWERTRACE_KEY: world.tokens.lab, ...env };
  const child = spawn(process.execPath, [CLI, "lab", ...args], { env: { ...process.env, ...settings } });
  let [out, err] = ["", ""];
  child.stdout.on("data", (text) => {
    out += text;
  });
  child.stderr.on("data", (text) => {
    err += text;
  });
  const ended = once(child, "close").then(([code]) => ({ code: code as number | null, out, err }));
  onTestFinished(() => void child.kill("SIGKILL"));
  return { process: child, ended };
}

const lab = (args: string[], env?: NodeJS.ProcessEnv) => start(args, env).ended;

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), "sewertrace-lab-"));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

const of = (sample: string) => TABLE.replaceAll("s-1,", `${sample},`);
const uploads = async () => world.records.uploads.list({ limit: 500 });
const published = async () => (await world.log.lag("assay-reports", "nobody")).reduce((sum, { lag }) => sum + Number(lag), 0);

async function until(what: string, isSo: () => Promise<boolean> | boolean): Promise<void> {
  for (const end = Date.now() + TIMEOUT_MS / 2; Date.now() < end; await wait(20)) if (await isSo()) return;
  throw new Error(`it did not come to it: ${what}`);
}

describe("lab check and send", () => {
  it(
    "an address with a bar at its end is one; what is none, or another program's, is said to be so",
    async () => {
      const path = join(folder(), "good.csv");
      writeFileSync(path, of("c-bar"));
      expect((await lab(["check", path], { SEWERTRACE_URL: `${url}/` })).code).toBe(0);
      const wrong = await lab(["check", path], { SEWERTRACE_URL: "sewertrace.example" });
      expect(wrong).toMatchObject({ code: 2, err: expect.stringContaining('SEWERTRACE_URL: found "sewertrace.example"') });
      const other = createServer((_, response) => response.end("<!doctype html>")).listen(0, "127.0.0.1");
      onTestFinished(() => void other.close());
      await once(other, "listening");
      const { code, err } = await lab(["check", path], {
        SEWERTRACE_URL: `http://127.0.0.1:${(other.address() as AddressInfo).port}`,
      });
      expect({ code, err }).toMatchObject({ code: 5, err: expect.stringContaining("is not Sewertrace's address") });
    },
    TIMEOUT_MS,
  );

  it(
    "a check names the cell and sends nothing; send leaves out what is refused and prints a receipt whose status can be asked for",
    async () => {
      const path = join(folder(), "may.csv");
      writeFileSync(path, of("c-1").replace("12.5,ng/L", "12.5,bananas"));
      const before = await published();
      const check = await lab(["check", path]);
      expect(check.code).toBe(4);
      expect(check.err).toContain('may.csv:H2: error[unit_unknown]: found "bananas"');
      expect(check.out).toContain("partlyAccepted (long): 2 rows, 1 new, 0 unchanged, 0 amended, 0 withdrawn, 1 rejected");
      expect(await published()).toBe(before);
      const send = await lab(["send", path]);
      expect([send.code, await published()]).toEqual([4, before + 1]);
      const [, uploadId] = /receipt (upload-\w+) for 1 samples/.exec(send.out)!;
      const status = await lab(["status", uploadId!]);
      expect(status.out).toContain(`${uploadId}: may.csv, received`);
      expect(status.out).toContain("0 count as sent, 1 on their way");
    },
    TIMEOUT_MS,
  );

  it(
    "a correction needs --reason, and then is sent",
    async () => {
      const path = join(folder(), "june.csv");
      writeFileSync(path, of("c-2"));
      expect((await lab(["send", path])).code).toBe(0);
      writeFileSync(path, of("c-2").replace("12.5", "13.5"));
      const without = await lab(["send", path]);
      expect(without.code).toBe(3);
      expect(without.err).toContain("say why with --reason");
      expect((await lab(["send", path, "--reason", "because"])).code).toBe(2);
      const answered = await lab(["send", path, "--reason", "recalculation", "--text", "new calibration", "--json"]);
      expect(answered.code).toBe(0);
      expect(JSON.parse(answered.out)).toMatchObject({
        counts: { amended: 1 },
        receipt: { revision: { text: "new calibration" } },
      });
    },
    TIMEOUT_MS,
  );

  it(
    "exits as promised: usage 2, not allowed 6, server away 5",
    async () => {
      const path = join(folder(), "a.csv");
      writeFileSync(path, of("c-3"));
      const codes = await Promise.all([
        lab(["send"]),
        lab(["send", path], { SEWERTRACE_KEY: "st_wrong" }),
        lab(["send", path], { SEWERTRACE_URL: "http://127.0.0.1:9" }),
        lab(["send", `${path}.missing`]),
      ]);
      expect(codes.map(({ code }) => code)).toEqual([2, 6, 5, 2]);
    },
    TIMEOUT_MS,
  );

  it(
    "the template is written without a server, and is read back by a check",
    async () => {
      const path = join(folder(), "t.xlsx");
      expect((await lab(["template", "--language", "zh", "--out", path], { SEWERTRACE_URL: "http://127.0.0.1:9" })).code).toBe(0);
      const check = await lab(["check", path]);
      expect([check.code, check.out.includes("rejected (long)"), check.err.includes("results_missing")]).toEqual([3, true, true]);
    },
    TIMEOUT_MS,
  );
});

describe("lab watch", () => {
  it(
    "sends what is complete, refuses what is broken, and puts the report, the rejected rows and the receipt beside it",
    async () => {
      const path = folder();
      writeFileSync(join(path, "good.csv"), of("w-1"));
      writeFileSync(join(path, "part.csv"), of("w-2").replace("12.5,ng/L", "12.5,bananas"));
      writeFileSync(join(path, "broken.csv"), "a,b\n1,2\n");
      writeFileSync(join(path, "~$good.csv"), "open in a spreadsheet");
      writeFileSync(join(path, "coming.csv.part"), of("w-9"));
      const { code, out } = await lab(["watch", path, "--once", "--every", "0.1"]);
      expect(code).toBe(4);
      expect(readdirSync(path).toSorted()).toEqual(["coming.csv.part", "done", "rejected", "~$good.csv"]);
      const beside = (name: string) => [`${name}`, `${name}.receipt.html`, `${name}.report.json`, `${name}.report.txt`];
      expect(readdirSync(join(path, "done")).toSorted()).toEqual(
        [...beside("good.csv"), ...beside("part.csv"), "part.csv.rejected.csv"].toSorted(),
      );
      expect(readFileSync(join(path, "done", "part.csv.rejected.csv"), "utf8")).toContain("bananas");
      expect(readdirSync(join(path, "rejected")).toSorted()).toEqual(
        beside("broken.csv").filter((name) => !name.includes("receipt")),
      );
      expect(readFileSync(join(path, "rejected", "broken.csv.report.txt"), "utf8")).toContain("header_unknown");
      expect(out).toContain("-> rejected/broken.csv");
      const sha256 = createHash("sha256").update(of("w-1")).digest("hex");
      expect((await uploads()).filter((upload) => upload.sha256 === sha256)).toHaveLength(1);
    },
    TIMEOUT_MS,
  );

  it(
    "reads an instrument's export with the list of samples that lies beside the folder",
    async () => {
      const [path, lists] = [folder(), folder()];
      const rows = ["S-101", "S-102"].map((id, i) => `${id},plant-a,2026-05-0${i + 4} 08:00,2026-05-0${i + 5} 08:00`);
      writeFileSync(join(lists, "samples.csv"), ["sample_id,site_id,sample_start,sample_end", ...rows].join("\n"));
      writeFileSync(join(path, "batch.csv"), MASS_HUNTER);
      const { out } = await lab(["watch", path, "--once", "--every", "0.1", "--samples", join(lists, "samples.csv")]);
      // the export gives no unit: it is said once in the laboratory's mapping
      expect(out).toContain("-> rejected/batch.csv");
      expect(readFileSync(join(path, "rejected", "batch.csv.report.txt"), "utf8")).toContain("unit_missing");
      const mapping = { constants: { unit: "ng/L", method: "m-1" } };
      writeFileSync(join(lists, "mapping.json"), JSON.stringify(mapping));
      const mapped = ["--mapping", join(lists, "mapping.json"), "--samples", join(lists, "samples.csv")];
      expect((await lab(["send", join(path, "rejected", "batch.csv"), ...mapped])).code).toBe(0);
      writeFileSync(join(path, "batch-2.csv"), MASS_HUNTER.toString().replaceAll("12.345", "12.346"));
      const next = await lab(["watch", path, "--once", "--every", "0.1", "--samples", join(lists, "samples.csv")]);
      expect(readFileSync(join(path, "rejected", "batch-2.csv.report.txt"), "utf8")).toContain("amended: content");
      expect(next.code).toBe(3);
    },
    TIMEOUT_MS,
  );

  it(
    "where the machine speaks Chinese, the receipt and the server's refusals do",
    async () => {
      const path = folder();
      const chinese = { LC_ALL: "zh_CN.UTF-8" };
      writeFileSync(join(path, "mai.csv"), of("w-zh"));
      expect((await lab(["watch", path, "--once", "--every", "0.1"], chinese)).code).toBe(0);
      expect(readFileSync(join(path, "done", "mai.csv.receipt.html"), "utf8")).toMatch(/<html lang="zh/);
      expect((await lab(["status", "nowhere"], chinese)).err).toMatch(/\p{Script=Han}/u);
      expect((await lab(["status", "nowhere"], { LC_ALL: "de_DE.UTF-8" })).err).toContain("There is no upload nowhere");
    },
    TIMEOUT_MS,
  );

  it(
    "does not touch a file that is still being written, and sends it when it is not",
    async () => {
      const path = folder();
      const [head, ...rows] = of("w-3").trim().split("\n");
      const file = join(path, "slow.csv");
      writeFileSync(file, `${head}\n`);
      const running = start(["watch", path, "--every", "0.4"]);
      for (let written = 0; written < 8; written++) {
        await wait(150);
        writeFileSync(file, `${head}\n${rows.slice(0, written % 2 ? 1 : 2).join("\n")}${" ".repeat(written)}\n`);
        expect(readdirSync(path)).toContain("slow.csv");
      }
      writeFileSync(file, `${head}\n${rows.join("\n")}\n`);
      await until("the file is done", () => readdirSync(path).every((name) => name !== "slow.csv"));
      running.process.kill("SIGTERM");
      expect((await running.ended).code).toBe(0);
      const report = JSON.parse(readFileSync(join(path, "done", "slow.csv.report.json"), "utf8"));
      expect(report.counts).toMatchObject({ rows: 2, new: 2 });
    },
    TIMEOUT_MS,
  );

  it(
    "waits for a server that is away",
    async () => {
      const path = folder();
      writeFileSync(join(path, "later.csv"), of("w-4"));
      const { publish } = world.log;
      let tried = 0;
      world.log.publish = () => {
        tried += 1;
        return Promise.reject(Object.assign(new Error("away"), { code: "ECONNREFUSED" }));
      };
      const running = start(["watch", path, "--once", "--every", "0.1"]);
      await until("it is tried", async () => tried > 0);
      expect(readdirSync(path)).toContain("later.csv");
      world.log.publish = publish;
      const { code, out } = await running.ended;
      expect(code).toBe(0);
      expect(out).toContain("trying again in");
      expect(readdirSync(join(path, "done"))).toContain("later.csv");
    },
    TIMEOUT_MS,
  );

  it(
    "killed with -9 again and again it loses no file and sends none twice",
    async () => {
      const path = folder();
      const names = Array.from({ length: 12 }, (_, i) => `f-${String(i).padStart(2, "0")}.csv`);
      for (const [i, name] of names.entries()) writeFileSync(join(path, name), of(`k-${i}`));
      const [before, sent] = [(await uploads()).length, await published()];
      for (let kill = 1; kill <= 4; kill++) {
        const running = start(["watch", path, "--every", "0.05"]);
        await until("some are sent", async () => (await uploads()).length >= before + kill * 2);
        running.process.kill("SIGKILL");
        await running.ended;
      }
      expect((await uploads()).length).toBeLessThan(before + names.length); // killed in mid-way, not after
      expect((await lab(["watch", path, "--once", "--every", "0.05"])).code).toBe(0);
      expect(readdirSync(path).toSorted()).toEqual(["done", "rejected"]);
      expect(readdirSync(join(path, "rejected"))).toEqual([]);
      const done = readdirSync(join(path, "done"));
      expect(done.filter((name) => name.endsWith(".csv")).toSorted()).toEqual(names);
      expect(done).toHaveLength(names.length * 4);
      const hashes = (await uploads()).slice(0, names.length).map(({ sha256 }) => sha256);
      expect(new Set(hashes).size).toBe(names.length);
      expect([(await uploads()).length, await published()]).toEqual([before + names.length, sent + names.length]);
    },
    TIMEOUT_MS,
  );
});
