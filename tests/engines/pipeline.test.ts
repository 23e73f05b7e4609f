import { setTimeout as wait } from "node:timers/promises";
import { pino } from "pino";
import { expect, inject, it, onTestFinished } from "vitest";
import { addKey } from "../../api/auth/keys.ts";
import { startReceiver } from "../../cli/receiver.ts";
import { publishAll, readingsMessage, reportMessage } from "../../ingest/publish.ts";
import type { AssayReport } from "../../schemas/assay.ts";
import type { Lead } from "../../schemas/lead.ts";
import { simulateProvince } from "../../simulation/province.ts";
import { openKafkaLog } from "../../store/log/kafka.ts";
import { openPostgresRecords } from "../../store/records/open.ts";
import { startRole } from "../faults/roles.ts";
import { createTestBucket, createTestDatabase, testTopicPrefix } from "./isolation.ts";
import { freePorts } from "./processes.ts";

// Method: two simulated plants with a year and a half of daily composites, a dump in the mapped sewer of the first; all roles as one
// process of their own on the real engines; everything asked and sent over HTTP. Then the laboratory takes the high values back.
const SEED = 11;
const DAYS = 540;
const ROUNDS = 5;

it("a dump ends as a lead whose 90 % set holds the true manhole, and a correction retracts it", async () => {
  const endDay = new Date(Date.now() - 3 * 86_400_000).toISOString().slice(0, 10);
  const province = simulateProvince({ seed: SEED, plants: 2, days: DAYS, endDay });
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
  for (const site of province.sites) await records.sites.save(site, `${endDay}T00:00:00.000Z`);
  await records.networks.save(province.network, `${endDay}T00:00:00.000Z`);

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
  const key = async (role: "lab" | "investigator") =>
    (await addKey(records, { name: role, role, organisation: "LAB-1", expiresAt: null }, new Date().toISOString())).token;
  const keys = { lab: await key("lab"), investigator: await key("investigator") };
  const call = async <T>(as: keyof typeof keys, method: string, path: string, body?: unknown): Promise<T> => {
    const headers = { authorization: `Bearer ${keys[as]}`, "content-type": "application/json", "x-purpose": "engine test" };
    const response = await fetch(`http://127.0.0.1:${port}${path}`, {
      method,
      headers,
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    const text = await response.text();
    expect(response.ok, `${method} ${path}: ${text} ${server.output()}`).toBe(true);
    return JSON.parse(text) as T;
  };
  const upload = (reports: readonly AssayReport[]) => call("lab", "POST", "/api/v1/uploads", { reports });
  const untilLead = async (condition: (lead: Lead) => boolean): Promise<Lead> => {
    for (let tries = 0; tries < 600; tries++) {
      const { items } = await call<{ items: Lead[] }>("investigator", "GET", `/api/v1/leads?siteId=${dump.siteId}`);
      const lead = items.find((one) => one.analyte === dump.analyte);
      if (lead && condition(lead)) return lead;
      await wait(200);
    }
    throw new Error(`the lead did not come so far: ${server.output()}`);
  };

  await untilReady(port as number);
  const events = ["lead.opened", "lead.updated", "lead.retracted"];
  const { secret } = await call<{ secret: string }>("investigator", "POST", "/api/v1/webhooks", { url: receiver.url, events });
  receiver.trust(secret);
  for (const { siteId, kind } of province.sites) {
    if (kind !== "wwtp") continue;
    await publishAll(
      log,
      "sampler-readings",
      [...province.readings(siteId)].map((batch) => readingsMessage(siteId, batch)),
    );
    await publishAll(log, "assay-reports", Iterator.from(province.reports(siteId)).map(reportMessage));
  }

  let lead = await untilLead(({ anomalyIds }) => anomalyIds.length > 0);
  for (let round = 1; round <= ROUNDS; round++) {
    const nodes: string[] = (lead.posterior?.next ?? []).map(({ node }) => node);
    const before = lead.posterior?.evidence.length ?? 0;
    const day = new Date(Date.parse(dump.from) + round * 86_400_000).toISOString().slice(0, 10);
    await upload(province.sampleManholes(nodes, day));
    lead = await untilLead(({ posterior }) => (posterior?.evidence.length ?? 0) >= before + nodes.length);
  }
  const set = lead.posterior?.credible["90"].nodes ?? [];
  expect(set).toContain(dump.node);
  expect(set.length).toBeLessThan(province.network.nodes.length / 4);
  expect(lead.posterior?.noSource).toBeLessThan(0.05);
  expect(lead.state).toBe("sampling");

  const clean = simulateProvince({ seed: SEED, plants: 2, days: DAYS, endDay, dump: null });
  const corrected = [...clean.reports(dump.siteId)]
    .filter(({ sample }) => sample.start >= dump.from)
    .map((report) => ({
      ...report,
      uploadId: `${report.uploadId}-corrected`,
      reportedAt: new Date().toISOString(),
      revision: { reason: "calibrationError" as const, text: "standard was degraded" },
    }));
  await upload(corrected);
  await untilLead(({ state }) => state === "retracted");
  for (let tries = 0; tries < 100 && !receiver.received.has("lead.retracted"); tries++) await wait(100);
  expect([...receiver.received.keys()].sort()).toEqual(["lead.opened", "lead.retracted", "lead.updated"]);
  expect(receiver.forged).toBe(0);
  expect(await records.chains.verify(`lead:${lead.leadId}`)).toBeNull();
  expect(await server.stop(), server.output()).toBe(0);
}, 180_000);

async function untilReady(port: number): Promise<void> {
  for (let tries = 0; tries < 300; tries++) {
    const answer = await fetch(`http://127.0.0.1:${port}/ready`).catch(() => undefined);
    if (answer?.ok) return;
    await wait(100);
  }
  throw new Error("the server did not become ready");
}
