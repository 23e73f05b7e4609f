import { setTimeout as wait } from "node:timers/promises";
import { pino } from "pino";
import { expect, inject, onTestFinished } from "vitest";
import { addKey } from "../../api/auth/keys.ts";
import { type Receiver, startReceiver } from "../../cli/receiver.ts";
import { publishAll, readingsMessage, reportMessage } from "../../ingest/publish.ts";
import type { AssayReport } from "../../schemas/assay.ts";
import type { Role } from "../../schemas/key.ts";
import type { Lead } from "../../schemas/lead.ts";
import { type Province, type ProvinceSettings, simulateProvince, type Truth } from "../../simulation/province.ts";
import { openKafkaLog } from "../../store/log/kafka.ts";
import { openPostgresRecords } from "../../store/records/open.ts";
import type { Records } from "../../store/records/records.ts";
import { type RoleProcess, startRole } from "../faults/roles.ts";
import { createTestBucket, createTestDatabase, testTopicPrefix } from "./isolation.ts";
import { freePorts } from "./processes.ts";

/** A simulated province with a dump in its mapped sewer, in a process of all roles on the real engines. */
export interface TracedProvince {
  province: Province;
  dump: NonNullable<Truth["dump"]>;
  records: Records;
  server: RoleProcess;
  receiver: Receiver;
  /** An answer over HTTP as one of the roles; a token instead of a role is a crew's. */
  call<T>(as: Role | { order: string }, method: string, path: string, body?: unknown): Promise<T>;
  /** What a call is refused with. */
  refused(as: Role, method: string, path: string, body?: unknown): Promise<{ status: number; detail: string }>;
  upload(reports: readonly AssayReport[]): Promise<unknown>;
  /** The lead of the dump, once the condition holds. */
  untilLead(condition: (lead: Lead) => boolean): Promise<Lead>;
}

/** The plants' history goes through Kafka like any other; ends with the test that asks for it. */
export async function startTracedProvince(settings: ProvinceSettings): Promise<TracedProvince> {
  const province = simulateProvince(settings);
  const { dump } = province.truth;
  if (!dump) throw new Error("the province has no dump");
  const database = await createTestDatabase();
  const { url, token, org, bucket } = createTestBucket();
  const topicPrefix = testTopicPrefix();
  const { brokers } = inject("engines").kafka;
  const records = await openPostgresRecords({ url: database, schema: "public" });
  const log = openKafkaLog({ brokers, topicPrefix, partitions: 4, replicationFactor: 1, logger: pino({ level: "silent" }) });
  const receiver = await startReceiver();
  onTestFinished(async () => {
    await Promise.all([records.close(), log.close(), receiver.close()]);
  });
  const at = `${settings.endDay}T00:00:00.000Z`;
  for (const site of province.sites) await records.sites.save(site, at);
  await records.networks.save(province.network, at);

  const [port] = await freePorts(1);
  const server = startRole("ingest,analytics,alerts,api", {
    SEWERTRACE_KAFKA_BROKERS: brokers.join(","),
    SEWERTRACE_KAFKA_PARTITIONS: "4",
    SEWERTRACE_TOPIC_PREFIX: topicPrefix,
    SEWERTRACE_INFLUX_URL: url,
    SEWERTRACE_INFLUX_TOKEN: token,
    SEWERTRACE_INFLUX_ORG: org,
    SEWERTRACE_INFLUX_BUCKET: bucket,
    SEWERTRACE_POSTGRES_URL: database,
    SEWERTRACE_PORT: String(port),
    SEWERTRACE_WEBHOOK_ALLOW: "127.0.0.0/8",
  });
  onTestFinished(() => server.kill());
  const keys = new Map<Role, string>();
  for (const role of ["lab", "investigator", "admin"] as const)
    keys.set(
      role,
      (await addKey(records, { name: role, role, organisation: "LAB-1", expiresAt: null }, new Date().toISOString())).token,
    );
  const ask = (as: Role | { order: string }, method: string, path: string, body?: unknown) => {
    const authorization = typeof as === "string" ? `Bearer ${keys.get(as)}` : `Order ${as.order}`;
    return fetch(`http://127.0.0.1:${port}/api/v1${path}`, {
      method,
      headers: { authorization, "x-purpose": "engine test", ...(body ? { "content-type": "application/json" } : {}) },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
  };
  const call: TracedProvince["call"] = async (as, method, path, body) => {
    const response = await ask(as, method, path, body);
    const text = await response.text();
    expect(response.ok, `${method} ${path}: ${text} ${server.output()}`).toBe(true);
    return response.headers.get("content-type")?.includes("json") ? JSON.parse(text) : text;
  };
  const untilLead: TracedProvince["untilLead"] = async (condition) => {
    for (let tries = 0; tries < 600; tries++) {
      const { items } = await call<{ items: Lead[] }>("investigator", "GET", `/leads?siteId=${dump.siteId}`);
      const lead = items.find((one) => one.analyte === dump.analyte);
      if (lead && condition(lead)) return lead;
      await wait(200);
    }
    throw new Error(`the lead did not come so far: ${server.output()}`);
  };

  await untilReady(port as number);
  const events = ["lead.opened", "lead.updated", "lead.retracted"];
  const { secret } = await call<{ secret: string }>("investigator", "POST", "/webhooks", { url: receiver.url, events });
  receiver.trust(secret);
  for (const { siteId, kind } of province.sites) {
    if (kind !== "wwtp") continue;
    const readings = [...province.readings(siteId)].map((batch) => readingsMessage(siteId, batch));
    await publishAll(log, "sampler-readings", readings);
    await publishAll(log, "assay-reports", Iterator.from(province.reports(siteId)).map(reportMessage));
  }
  return {
    province,
    dump,
    records,
    server,
    receiver,
    call,
    async refused(as, method, path, body) {
      const response = await ask(as, method, path, body);
      const { detail } = (await response.json()) as { detail: string };
      return { status: response.status, detail };
    },
    upload: (reports) => call("lab", "POST", "/uploads", { reports }),
    untilLead,
  };
}

async function untilReady(port: number): Promise<void> {
  for (let tries = 0; tries < 300; tries++) {
    const answer = await fetch(`http://127.0.0.1:${port}/ready`).catch(() => undefined);
    if (answer?.ok) return;
    await wait(100);
  }
  throw new Error("the server did not become ready");
}
