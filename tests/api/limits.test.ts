import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { addKey, type NewKey } from "../../api/auth/keys.ts";
import { scopeOf } from "../../api/auth/limits.ts";
import { ROLES } from "../../schemas/key.ts";
import { AT } from "../store/records/nouns.ts";
import { type Operation, operationsOf } from "./operations.ts";
import { LAB, OTHER_LAB, openWorld, reportOf, type World } from "./world.ts";

const V = "/api/v1";
let world: World;
let operations: Operation[];
const ids: Record<string, string> = {};
beforeAll(async () => {
  world = await openWorld();
  operations = await operationsOf(world);
  const sent = { method: "POST", url: `${V}/uploads`, who: "lab", payload: { reports: [reportOf("s-ours")] } } as const;
  ids.uploadId = (await world.ask(sent)).body.receipt.uploadId;
  Object.assign(ids, {
    leadId: "lead-3",
    siteId: "plant-a",
    sampleId: "s-ours",
    networkId: "net-1",
    anomalyId: "anomaly-2026-05-04",
  });
});
afterAll(() => world.close());

/** Reads of everything there is, with ids of things that are on record; a stream does not end by itself. */
const reads = () => operations.filter(({ method, path }) => method === "GET" && !path.endsWith("/stream"));

const headersOf = async (key: Partial<NewKey>) => {
  const said = { name: "limited", role: "investigator", organisation: LAB, expiresAt: null, ...key } as const;
  return { authorization: `Bearer ${(await addKey(world.records, said, AT)).token}` };
};

const ask = (operation: Operation, headers: Record<string, string>) =>
  world.ask({
    method: operation.method,
    url: operation.path.replace(/\{(\w+)\}/g, (_, name: string) => ids[name] ?? "nothing"),
    headers: { ...headers, ...(operation.path.endsWith("/stream") ? { "last-event-id": "nothing" } : {}) },
  });

describe("role, organisation, route", () => {
  it.each(ROLES)(
    "%s of another organisation: what a laboratory sent is shown where an administrator asks, and nowhere else",
    async (role) => {
      const headers = await headersOf({ role, organisation: OTHER_LAB });
      const shown: string[] = [];
      for (const operation of reads()) {
        const { status, body } = await ask(operation, headers);
        if (status < 500 && /s-ours|lab-one/.test(JSON.stringify(body).replaceAll(/"instance":"[^"]*"|"detail":"[^"]*"/g, "")))
          shown.push(operation.path);
      }
      const lists = ["", ".csv", ".ndjson"].map((form) => `${V}/uploads${form}`);
      if (role === "admin") expect(shown).toEqual(expect.arrayContaining([...lists, `${V}/uploads/{uploadId}`]));
      else expect(shown).toEqual([]);
    },
  );

  it("the laboratory itself is shown what it sent", async () => {
    const shown: string[] = [];
    for (const operation of reads())
      if (JSON.stringify((await ask(operation, world.as("lab"))).body).includes("s-ours")) shown.push(operation.path);
    expect(shown).toEqual(expect.arrayContaining([`${V}/uploads`, `${V}/uploads.csv`, `${V}/uploads/{uploadId}`]));
  });
});

describe("regions", () => {
  it("an investigator sees leads of the own regions, at every route that shows one", async () => {
    const [west, east] = [await headersOf({ regions: ["West"] }), await headersOf({ regions: ["East"] })];
    const shown: { west: string[]; east: string[] } = { west: [], east: [] };
    for (const operation of operations.filter(({ path, roles }) => /leads/.test(path) && roles?.includes("investigator")))
      for (const [name, headers] of [
        ["west", west],
        ["east", east],
      ] as const) {
        const { status, body } = await ask(operation, headers);
        if (status < 300 && JSON.stringify(body).includes("lead-3")) shown[name].push(operation.name);
        if (name === "east" && operation.path.includes("{leadId}"))
          expect([operation.name, status]).toEqual([operation.name, 404]);
      }
    expect(shown.east).toEqual([]);
    expect(shown.west).toEqual(expect.arrayContaining([`GET ${V}/leads`, `GET ${V}/leads.csv`, `GET ${V}/leads/{leadId}`]));
  });

  it("nor are leads without a region shown, or anything that reaches over all regions", async () => {
    const headers = await headersOf({ regions: ["West"] });
    expect((await world.ask({ url: `${V}/leads`, headers })).body.items.map(({ leadId }: { leadId: string }) => leadId)).toEqual([
      "lead-3",
    ]);
    expect((await world.ask({ url: `${V}/leads/lead-1`, headers })).status).toBe(404);
    for (const path of ["webhooks", "deliveries"]) expect((await world.ask({ url: `${V}/${path}`, headers })).status).toBe(403);
  });
});

describe("scopes", () => {
  it("every route asks for one, but who am I and signing out", () => {
    const free = operations.filter((each) => each.roles && !scopeOf(each.method, each.tags));
    expect(free.map(({ name }) => name).toSorted()).toEqual([`DELETE ${V}/session`, `GET ${V}/session`]);
  });

  it("a key with all scopes but the route's is refused, and one with it alone is let in", async () => {
    const keyed = operations.filter(({ roles }) => roles);
    const all = [...new Set(keyed.map((each) => scopeOf(each.method, each.tags)).filter((scope) => scope !== undefined))];
    const wrong: string[] = [];
    for (const scope of all) {
      const without = await headersOf({ role: "admin", scopes: all.filter((other) => other !== scope) });
      const alone = await headersOf({ role: "admin", scopes: [scope] });
      for (const operation of keyed.filter((each) => scopeOf(each.method, each.tags) === scope)) {
        if ((await ask(operation, without)).status !== 403) wrong.push(`${operation.name} without ${scope}`);
        if ((await ask({ ...operation, path: operation.path.replace(/\{\w+\}/g, "nothing") }, alone)).status === 403)
          wrong.push(`${operation.name} with ${scope} alone`);
      }
    }
    expect(wrong).toEqual([]);
  });
});

describe("rotation", () => {
  const asks = async (token: string) =>
    (await world.ask({ url: `${V}/session`, headers: { authorization: `Bearer ${token}` } })).status;

  it("the new secret is good at once, the one before for as long as was said, the one before that no more", async () => {
    const own = await openWorld();
    const { key, token } = await addKey(own.records, { name: "n", role: "analyst", organisation: LAB, expiresAt: null }, AT);
    const rotate = async () =>
      (await own.ask({ method: "POST", url: `${V}/keys/${key.keyId}/rotate`, who: "admin", payload: { overlapHours: 1 } })).body;
    const status = async (each: string) =>
      (await own.ask({ url: `${V}/session`, headers: { authorization: `Bearer ${each}` } })).status;
    const second = (await rotate()).token;
    expect([await status(token), await status(second)]).toEqual([200, 200]);
    own.pass(3_600_000);
    expect([await status(token), await status(second)]).toEqual([401, 200]);
    const third = await rotate();
    await rotate();
    expect([await status(second), await status(third.token), third.rotatedAt]).toEqual([401, 200, "2026-05-06T09:00:00.000Z"]);
    await own.close();
  });

  it("the last use is written down, about once a minute", async () => {
    const { key, token } = await addKey(world.records, { name: "n", role: "analyst", organisation: LAB, expiresAt: null }, AT);
    const lastUsedAt = async () => (await world.records.keys.find(key.keyId))?.key.lastUsedAt;
    expect(await lastUsedAt()).toBeNull();
    await asks(token);
    expect(await lastUsedAt()).toBe(AT);
    world.pass(30_000);
    await asks(token);
    expect(await lastUsedAt()).toBe(AT);
    world.pass(31_000);
    await asks(token);
    expect(await lastUsedAt()).toBe("2026-05-06T08:01:01.000Z");
  });
});

describe("behind a proxy that ends TLS", () => {
  const signIn = async (settings: Record<string, string>) => {
    const own = await openWorld(settings);
    const headers = {
      "x-forwarded-proto": "https",
      "x-forwarded-host": "sewer.example",
      "x-forwarded-for": "192.0.2.7",
      host: "10.0.0.5",
    };
    const payload = { key: own.tokens.investigator };
    const answer = await own.ask({ method: "POST", url: `${V}/session`, headers, payload, remoteAddress: "10.1.2.3" });
    const cookie = String(answer.headers["set-cookie"]);
    const note = await own.ask({
      method: "POST",
      url: `${V}/leads/lead-1/notes`,
      headers: { ...headers, cookie: cookie.split(";")[0] as string, origin: "https://sewer.example" },
      payload: { text: "seen" },
      remoteAddress: "10.1.2.3",
    });
    const logged = own.logged();
    await own.close();
    return { secure: cookie.includes("Secure"), note: note.status, address: /"remoteAddress":"([^"]+)"/.exec(logged)?.[1] };
  };

  it("one that is trusted is believed: the cookie is Secure, the origin is the public one, the address the reader's", async () => {
    const own = await signIn({ SEWERTRACE_TRUST_PROXY: "10.1.0.0/16" });
    expect(own).toEqual({ secure: true, note: 201, address: "192.0.2.7" });
  });

  it("one that is not is no proxy: anybody can write these headers", async () => {
    expect(await signIn({})).toEqual({ secure: false, note: 403, address: "10.1.2.3" });
    expect(await signIn({ SEWERTRACE_TRUST_PROXY: "10.2.0.0/16" })).toEqual({ secure: false, note: 403, address: "10.1.2.3" });
  });
});
