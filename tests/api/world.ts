import { Writable } from "node:stream";
import type { FastifyInstance, InjectOptions } from "fastify";
import { pino } from "pino";
import { Registry } from "prom-client";
import { buildApi } from "../../api/app.ts";
import { addKey } from "../../api/auth/keys.ts";
import { environment } from "../../schemas/config.ts";
import { ROLES, type Role } from "../../schemas/key.ts";
import type { Network } from "../../schemas/network.ts";
import { type EmbeddedFile, openEmbeddedFile } from "../../store/embedded.ts";
import { openEmbeddedLog } from "../../store/log/embedded.ts";
import type { Log } from "../../store/log/log.ts";
import { openEmbeddedRecords } from "../../store/records/open.ts";
import type { Records } from "../../store/records/records.ts";
import { announcedSeries } from "../../store/series/announced.ts";
import { openEmbeddedSeries } from "../../store/series/embedded.ts";
import type { Series } from "../../store/series/series.ts";
import { AT, anomalyOf, leadOf } from "../store/records/nouns.ts";

/** Laboratories of the two keys of the role lab. */
export const LAB = "lab-one";
export const OTHER_LAB = "lab-two";

/** What the tests look at leads for, unless they say otherwise. */
export const PURPOSE = "the tests of the API";

/** The API over embedded stores in memory, with a little of everything, and a key of every role. */
export interface World {
  api: FastifyInstance;
  records: Records;
  series: Series;
  log: Log;
  /** Where all three are, for a test that breaks something from outside. */
  file: EmbeddedFile;
  /** Headers of a key of the role; `otherLab` is the second laboratory. */
  as(who: Role | "otherLab"): { authorization: string };
  tokens: Record<Role | "otherLab", string>;
  /** Lets the API's clock go on. */
  pass(ms: number): void;
  /** What the API logged so far. */
  logged(): string;
  /** An answer, its body read as JSON. */
  ask(options: InjectOptions & { who?: Role | "otherLab" }): Promise<{ status: number; body: Answer; headers: Headers }>;
  close(): Promise<void>;
}
// what an answer holds is what the tests are about; each test says what it expects of it
// biome-ignore lint/suspicious/noExplicitAny: see above
type Answer = any;
type Headers = Record<string, string | string[] | number | undefined>;

/** @param settings of the environment that are not to have their default */
export async function openWorld(settings: Record<string, string> = {}): Promise<World> {
  const file = openEmbeddedFile(":memory:");
  const [log, records] = [openEmbeddedLog(file), await openEmbeddedRecords(file)];
  const series = announcedSeries(openEmbeddedSeries(file), records.seriesChanges);
  const lines: string[] = [];
  let clock = Date.parse(AT);
  const sink = new Writable({
    write(chunk, _encoding, done) {
      lines.push(String(chunk));
      done();
    },
  });
  const tokens = {} as World["tokens"];
  for (const role of ROLES)
    tokens[role] = (await addKey(records, { name: `the ${role}`, role, organisation: LAB, expiresAt: null }, AT)).token;
  const other = { name: "the other lab", role: "lab", organisation: OTHER_LAB, expiresAt: null } as const;
  tokens.otherLab = (await addKey(records, other, AT)).token;
  await fill(records, series);
  const api = await buildApi({
    log,
    series,
    records,
    settings: environment.parse(settings),
    registry: new Registry(),
    logger: pino({ level: "trace" }, sink),
    now: () => new Date(clock),
  });
  const as: World["as"] = (who) => ({ authorization: `Bearer ${tokens[who]}` });
  return {
    api,
    records,
    series,
    log,
    file,
    tokens,
    as,
    pass(ms) {
      clock += ms;
    },
    logged: () => lines.join(""),
    async ask({ who, headers, ...options }) {
      const answer = await api.inject({ ...options, headers: { "x-purpose": PURPOSE, ...(who ? as(who) : {}), ...headers } });
      const json = /[/+]json/.test(String(answer.headers["content-type"]));
      return {
        status: answer.statusCode,
        body: json && answer.body !== "" ? answer.json() : answer.body,
        headers: answer.headers,
      };
    },
    async close() {
      await api.close();
      await log.close();
      await records.close();
      await file.close();
    },
  };
}

export const sewer: Network = {
  id: "net-1",
  plant: "P",
  nodes: [
    { id: "A", x: 0, y: 1, kind: "manhole", population: 900 },
    { id: "P", x: 0, y: 0 },
  ],
  links: [{ id: "a-p", from: "A", to: "P", lengthM: 120 }],
};

/** A report as a laboratory sends it. */
export function reportOf(sampleId: string, change: { labId?: string; siteId?: string } = {}) {
  return {
    labId: LAB,
    uploadId: "batch-1",
    sample: {
      sampleId,
      siteId: change.siteId ?? "plant-a",
      mode: "flowProportional",
      start: "2026-05-04T08:00:00+08:00",
      end: "2026-05-05T08:00:00+08:00",
    },
    results: [{ analyte: "MDMA", value: 12.5, unit: "ng/L", method: "m-1" }],
    ...(change.labId ? { labId: change.labId } : {}),
  };
}

/** The same as a table: two results of one sample. */
export const TABLE = [
  "sample_id,site,start,end,mode,analyte,value,unit,method",
  "s-1,plant-a,2026-05-04T08:00:00+08:00,2026-05-05T08:00:00+08:00,flowProportional,MDMA,12.5,ng/L,m-1",
  "s-1,plant-a,2026-05-04T08:00:00+08:00,2026-05-05T08:00:00+08:00,flowProportional,cocaine,40,ng/L,m-1",
  "",
].join("\n");

export const DEAD = { value: Buffer.from('{"siteId":"plant-z"}'), arrivedAt: AT };

async function fill(records: Records, series: Series): Promise<void> {
  for (const siteId of ["plant-a", "plant-b", "plant-c"]) {
    const population = { people: 100_000, source: "census", year: 2025 };
    await records.sites.save({ siteId, name: siteId, kind: "wwtp", timeZone: "Asia/Shanghai", population }, AT);
  }
  const upstream = {
    siteId: "mh-a",
    name: "Manhole A",
    kind: "manhole",
    parentSiteId: "plant-a",
    timeZone: "Asia/Shanghai",
  } as const;
  await records.sites.save(upstream, AT);
  await records.networks.save(sewer, AT);
  const days = ["2026-05-01", "2026-05-02", "2026-05-03", "2026-05-04"];
  await records.anomalies.replace(
    "plant-a",
    "mdma",
    days.map((day) => anomalyOf(day)),
    AT,
  );
  await records.anomalies.replace(
    "plant-a",
    "mdma",
    days.slice(1).map((day) => anomalyOf(day)),
    AT,
  ); // the first is retracted
  await records.leads.save(leadOf("lead-1"));
  await records.leads.save(leadOf("lead-2", { networkId: null, posterior: null, updatedAt: "2026-05-05T08:00:00.000Z" }));
  await records.leads.save(leadOf("lead-3", { region: "West", updatedAt: "2026-05-04T08:00:00.000Z" }));
  const day = (i: number) => Date.parse("2026-01-01") + i * 86_400_000;
  const key = { siteId: "plant-a", name: "mdma", variant: "standard" };
  const points = Array.from({ length: 120 }, (_, i) => ({
    timeMs: day(i),
    value: i === 77 ? 900 : 10 + (i % 7),
    censored: i === 40,
  }));
  await series.write(points.map((point) => ({ ...key, ...point, measure: "load", low: point.value - 1, high: point.value + 1 })));
  await series.write(points.map((point) => ({ ...key, ...point, measure: "populationNormalisedLoad" })));
  const refusals = [
    { code: "site_unknown", where: { path: "siteId" }, found: "plant-z", expected: "a site", mend: "Correct it." },
  ];
  for (const offset of ["1", "2"])
    await records.deadLetters.add([{ ...DEAD, topic: "assay-reports", partition: 0, offset, item: "", headers: {}, refusals }]);
}
