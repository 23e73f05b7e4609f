import type { FastifyInstance } from "fastify";
import { pino } from "pino";
import { Registry } from "prom-client";
import { expect, it, onTestFinished } from "vitest";
import { buildApi } from "../../api/app.ts";
import { addKey } from "../../api/auth/keys.ts";
import { environment } from "../../schemas/config.ts";
import { openEmbeddedFile } from "../../store/embedded.ts";
import { openEmbeddedLog } from "../../store/log/embedded.ts";
import { openPostgresRecords } from "../../store/records/open.ts";
import type { Records } from "../../store/records/records.ts";
import { openEmbeddedSeries } from "../../store/series/embedded.ts";
import { fileRequest } from "../api/uploadForms.ts";
import { LAB, TABLE } from "../api/world.ts";
import { createTestDatabase } from "./isolation.ts";

/** Two API servers, each with its own connections to one PostgreSQL. */
async function twoServers() {
  const file = openEmbeddedFile(":memory:");
  const [log, series, url] = [openEmbeddedLog(file), openEmbeddedSeries(file), await createTestDatabase()];
  const both: { api: FastifyInstance; records: Records }[] = [];
  for (let server = 0; server < 2; server++) {
    const records = await openPostgresRecords({ url, schema: "public" });
    const settings = environment.parse({});
    const logger = pino({ level: "silent" });
    const api = await buildApi({ log, series, records, settings, registry: new Registry(), logger, now: () => new Date() });
    both.push({ api, records });
  }
  const { records } = both[0]!;
  await records.sites.save({ siteId: "plant-a", name: "A", kind: "wwtp", timeZone: "Asia/Shanghai" }, new Date().toISOString());
  const key = { name: "lab", role: "lab", organisation: LAB, expiresAt: null } as const;
  const { token } = await addKey(records, key, new Date().toISOString());
  onTestFinished(async () => {
    for (const { api, records } of both) {
      await api.close();
      await records.close();
    }
    await log.close();
    await file.close();
  });
  return { servers: both.map(({ api }) => api), records, headers: { authorization: `Bearer ${token}` } };
}

it("PostgreSQL: two people who send one sample at once through two servers end in one chain", async () => {
  const { servers, records, headers } = await twoServers();
  const send = async (server: number, value: string, more: Record<string, unknown> = {}) => {
    const request = await fileRequest(TABLE.replace("12.5", value), { headers, fields: more });
    return servers[server % 2]!.inject(request);
  };
  const first = await Promise.all(["11", "12", "13", "14", "15", "16"].map((value, i) => send(i, value)));
  expect(first.map(({ statusCode }) => statusCode).toSorted()).toEqual([201, 409, 409, 409, 409, 409]);
  const reason = { revision: { reason: "recalculation" } };
  const second = await Promise.all(["21", "22", "23", "24"].map((value, i) => send(i, value, reason)));
  expect(second.map(({ statusCode }) => statusCode)).toEqual([201, 201, 201, 201]);
  // each change names the one before it, and no two the same: a chain, not a tree
  const receipts = [...first, ...second].filter(({ statusCode }) => statusCode === 201).map((answer) => answer.json().receipt);
  const times = receipts.map(({ receivedAt }: { receivedAt: string }) => receivedAt);
  expect(new Set(times).size).toBe(5);
  for (const { uploadId } of receipts)
    expect((await records.receipts.resultsOf(uploadId)).map(({ analyte }) => analyte)).toEqual(["cocaine", "mdma"]);
});

it("PostgreSQL: one Idempotency-Key through two servers at once is one upload", async () => {
  const { servers, records, headers } = await twoServers();
  const request = await fileRequest(TABLE, { headers: { ...headers, "idempotency-key": "at-once" } });
  const answers = await Promise.all([0, 1, 0, 1].map((server) => servers[server]!.inject(request)));
  expect(answers.map(({ statusCode }) => statusCode).toSorted()).toEqual([200, 200, 200, 201]);
  expect(await records.uploads.list({ limit: 5 })).toHaveLength(1);
});
