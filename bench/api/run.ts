/**
 * Requests a second and p99 of the API on real InfluxDB and PostgreSQL, under autocannon, beside the same rows taken from InfluxDB by its
 * client with as many requests in flight. Each question is first asked once by itself and timed: how long who asks it first waits, and then
 * how long each later one does.
 * Run: node bench/api/run.ts [seconds a case] [soak minutes] [connections]
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { InfluxDB, type ParameterizedQuery } from "@influxdata/influxdb-client";
import { addKey } from "../../api/auth/keys.ts";
import type { Lead } from "../../schemas/lead.ts";
import { openPostgresRecords } from "../../store/records/open.ts";
import { fluxLatest, fluxRead } from "../../store/series/flux.ts";
import { openInfluxSeries } from "../../store/series/influx.ts";
import type { Point } from "../../store/series/series.ts";
import { environmentOf, startEngines } from "../../tests/engines/engines.ts";
import { leadOf } from "../../tests/store/records/nouns.ts";

const [, , secondsGiven = 10, minutesGiven = 0, connectionsGiven = 50] = process.argv;
const [seconds, soakMinutes, CONNECTIONS] = [Number(secondsGiven), Number(minutesGiven), Number(connectionsGiven)];
const [SITES, DAYS] = [153, 1_095];
const ANALYTES = [
  ...["benzoylecgonine", "cocaine", "mdma", "amphetamine", "methamphetamine", "ketamine"],
  ...["6-monoacetylmorphine", "morphine", "codeine", "methadone", "thc-cooh", "cotinine"],
];
const PORT = 18_080;
const DAY_MS = 86_400_000;
const END_MS = Date.UTC(2026, 9, 1);
const [FROM_MS, AT] = [END_MS - DAYS * DAY_MS, new Date(END_MS).toISOString()];
const siteIds = Array.from({ length: SITES }, (_, n) => `plant-${String(n).padStart(3, "0")}`);
/** It has no types of its own. */
const autocannon = createRequire(import.meta.url)("autocannon") as (options: object) => Promise<Load>;

const engines = await startEngines();
const bucket = `bench-api-${process.pid}`;
const schema = `bench_api_${process.pid}`;
const settings = {
  ...environmentOf(engines.addresses),
  SEWERTRACE_INFLUX_BUCKET: bucket,
  SEWERTRACE_POSTGRES_SCHEMA: schema,
  SEWERTRACE_TOPIC_PREFIX: `${bucket}.`,
  SEWERTRACE_PORT: String(PORT),
  SEWERTRACE_LOG_LEVEL: "warn",
  SEWERTRACE_REQUESTS_PER_MINUTE: "100000000",
};
try {
  const token = await fill();
  const api = spawn(
    process.execPath,
    [fileURLToPath(new URL("../../cli/sewertrace.js", import.meta.url)), "serve", "--roles", "api"],
    {
      env: { ...process.env, ...settings },
      stdio: ["ignore", "inherit", "inherit"],
    },
  );
  try {
    await Promise.race([untilReady(), once(api, "exit").then(() => Promise.reject(new Error("the API ended by itself")))]);
    await measureAll(token);
    if (soakMinutes > 0) await soak(token, await serverPid());
  } finally {
    if (api.exitCode === null && api.kill("SIGTERM")) await once(api, "exit");
  }
} finally {
  await engines.stop();
}

/** Two million points, as many plants, and 300 leads. @returns an administrator's key */
async function fill(): Promise<string> {
  const series = openInfluxSeries({ ...engines.addresses.influx, bucket });
  for (const name of ANALYTES) {
    const points = siteIds.flatMap((siteId, n) =>
      Array.from({ length: DAYS }, (_, day): Point => {
        const value = 10 + 5 * Math.sin(day / 58) + ((day * 7919 + n * 104_729) % 1_000) / 200;
        return {
          measure: "load",
          siteId,
          name,
          variant: "default",
          timeMs: FROM_MS + day * DAY_MS,
          value,
          low: 0.8 * value,
          high: 1.2 * value,
        };
      }),
    );
    await series.write(points);
  }
  await series.close();
  const records = await openPostgresRecords({ url: engines.addresses.postgres.url, schema });
  for (const siteId of siteIds) await records.sites.save({ siteId, name: siteId, kind: "wwtp", timeZone: "Asia/Shanghai" }, AT);
  for (let n = 0; n < 300; n++) await records.leads.save(benchLead(n));
  const { token } = await addKey(records, { name: "bench", role: "admin", organisation: "bench", expiresAt: null }, AT);
  await records.close();
  print(
    `${SITES * DAYS * ANALYTES.length} points of ${SITES * ANALYTES.length} series, 300 leads, ${CONNECTIONS} connections, ${seconds} s a case`,
  );
  return token;
}

/** The lead of the tests, as long as a real one: fifty candidates. */
function benchLead(n: number): Lead {
  const { posterior } = leadOf(`lead-${n}`);
  const candidates = Array.from({ length: 50 }, (_, i) => ({ node: `MH-${i}`, probability: 0.02 }));
  const updatedAt = new Date(END_MS - n * 60_000).toISOString();
  return leadOf(`lead-${n}`, {
    siteId: siteIds[n % SITES] as string,
    posterior: posterior && { ...posterior, candidates },
    updatedAt,
  });
}

async function measureAll(token: string): Promise<void> {
  const range = { fromMs: FROM_MS, toMs: END_MS };
  const panels = siteIds.slice(0, 24);
  const one = (siteId: string) => `/series?siteId=${siteId}&analyte=mdma`;
  const oneFlux = (siteId: string) => fluxRead(bucket, { measure: "load", siteIds: [siteId], names: ["mdma"], ...range });
  const cases: [what: string, paths: string[], queries?: ParameterizedQuery[]][] = [
    [
      "latest values of all sites",
      ANALYTES.map((analyte) => `/series/latest?analyte=${analyte}&measure=load`),
      ANALYTES.map((analyte) => fluxLatest(bucket, { measure: "load", names: [analyte] })),
    ],
    ["the same, of one analyte", ["/series/latest?analyte=mdma&measure=load"]],
    ["one series over three years", siteIds.map(one), siteIds.map(oneFlux)],
    ["the same, of one site", [one(siteIds[7] as string)]],
    [
      "24 series, thinned to 730 points",
      ANALYTES.map((analyte) => `/series?analyte=${analyte}&points=730&${panels.map((siteId) => `siteId=${siteId}`).join("&")}`),
      ANALYTES.map((analyte) => fluxRead(bucket, { measure: "load", siteIds: panels, names: [analyte], ...range })),
    ],
    ["overview with two years of history", ["/overview?analyte=mdma&measure=load"]],
    ["list of 50 leads", ["/leads"]],
  ];
  for (const [what, paths, queries] of cases) {
    const [first, again] = [await oneByOne(paths, token), await oneByOne(paths, token)];
    const api = await underLoad(paths, token, seconds);
    const direct = queries ? await directly(queries) : undefined;
    const ratio = direct ? `; client of InfluxDB ${direct.toFixed(1)}/s, ratio ${(api.rate / direct).toFixed(2)} (aim: 0.7)` : "";
    print(
      `${what.padEnd(36)} ${api.rate.toFixed(1)}/s, p50 ${api.p50} ms, p99 ${api.p99} ms (aim: 150), ${(api.bytes / 1_024).toFixed(0)} kB; alone ${first} ms at first, ${again} ms again${ratio}`,
    );
  }
}

/** @returns the median time to answer, ms, with one connection */
async function oneByOne(paths: readonly string[], token: string): Promise<string> {
  const times: number[] = [];
  for (const path of paths) {
    const startedMs = performance.now();
    const headers = { authorization: `Bearer ${token}`, "x-purpose": "benchmark" };
    await (await fetch(`http://127.0.0.1:${PORT}/api/v1${path}`, { headers })).arrayBuffer();
    times.push(performance.now() - startedMs);
  }
  return (times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)] as number).toFixed(1);
}

interface Load {
  "2xx": number;
  non2xx: number;
  errors: number;
  duration: number;
  latency: { p50: number; p99: number };
  throughput: { total: number };
}

/** @param paths asked for in turn by each connection */
async function underLoad(paths: readonly string[], token: string, duration: number) {
  const load = await autocannon({
    url: `http://127.0.0.1:${PORT}`,
    connections: CONNECTIONS,
    duration,
    timeout: 30,
    headers: { authorization: `Bearer ${token}`, "x-purpose": "benchmark" },
    // each connection begins elsewhere, so that they do not all ask the same
    setupClient: startingElsewhere(paths.map((path) => ({ method: "GET", path: `/api/v1${path}` }))),
  });
  if (load.non2xx > 0 || load.errors > 0) throw new Error(`${paths[0]}: ${load.non2xx} refused, ${load.errors} failed`);
  const { p50, p99 } = load.latency;
  return { rate: load["2xx"] / load.duration, p50, p99, bytes: load.throughput.total / load["2xx"] };
}

function startingElsewhere<T>(requests: readonly T[]) {
  let clients = 0;
  return (client: { setRequests(requests: readonly T[]): void }) => {
    const first = (clients++ * 7) % requests.length;
    client.setRequests([...requests.slice(first), ...requests.slice(0, first)]);
  };
}

/** The same rows by the InfluxDB client, as many requests in flight, each for itself. @returns answers a second */
async function directly(queries: readonly ParameterizedQuery[]): Promise<number> {
  const { url, token, org } = engines.addresses.influx;
  const client = new InfluxDB({ url, token, timeout: 60_000 }).getQueryApi(org);
  const startedMs = performance.now();
  let answers = 0;
  const ask = async () => {
    while (performance.now() - startedMs < seconds * 1_000) {
      JSON.stringify(await client.collectRows(queries[answers % queries.length] as ParameterizedQuery));
      answers += 1;
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, ask));
  return answers / ((performance.now() - startedMs) / 1_000);
}

/** Memory of the API over minutes of mixed load, printed after each. */
async function soak(token: string, pid: number): Promise<void> {
  const paths = ["/series/latest?analyte=mdma&measure=load", `/series?siteId=${siteIds[3]}&analyte=cocaine`, "/leads"];
  for (let minute = 1; minute <= soakMinutes; minute++) {
    for (const path of paths) await underLoad([path], token, 20);
    const metrics = await (await fetch(`http://127.0.0.1:${PORT}/metrics`)).text();
    const heapMB = Number(/^nodejs_heap_size_used_bytes (\S+)/m.exec(metrics)?.[1]) / 1_048_576;
    print(`minute ${minute} of load: heap ${heapMB.toFixed(0)} MB, resident ${residentMB(pid).toFixed(0)} MB`);
  }
}

/** The command starts the server as a process of Node 24, which holds the port. */
async function serverPid(): Promise<number> {
  const child = spawn("pgrep", ["-f", "cli/main.ts serve --roles api|cli/sewertrace.js serve --roles api"], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  const pids = (await readAll(child.stdout)).trim().split("\n").map(Number);
  return pids.toSorted((a, b) => residentMB(b) - residentMB(a))[0] as number;
}

function residentMB(pid: number): number {
  const match = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"));
  return Number(match?.[1] ?? 0) / 1_024;
}

async function untilReady(): Promise<void> {
  for (let tries = 0; tries < 120; tries++) {
    const answer = await fetch(`http://127.0.0.1:${PORT}/ready`).catch(() => undefined);
    if (answer?.ok) return;
    await wait(500);
  }
  throw new Error("the API did not become ready");
}

async function readAll(stream: AsyncIterable<Buffer>): Promise<string> {
  return Buffer.concat(await Array.fromAsync(stream)).toString();
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
