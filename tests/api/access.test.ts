import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { addKey } from "../../api/auth/keys.ts";
import { ROLES } from "../../schemas/key.ts";
import { AT } from "../store/records/nouns.ts";
import { type Operation, operationsOf } from "./operations.ts";
import { LAB, openWorld, type World } from "./world.ts";

let world: World;
let operations: Operation[];
beforeAll(async () => {
  world = await openWorld();
  operations = await operationsOf(world);
});
afterAll(() => world.close());

describe("every role at every route", () => {
  // the path leads to nothing on record, so that a call that is let in changes nothing; a stream would not end by itself
  const call = ({ method, path }: Operation, who?: (typeof ROLES)[number]) =>
    world.ask({
      method,
      url: path.replace(/\{\w+\}/g, "nothing"),
      headers: path.endsWith("/stream") ? { "last-event-id": "nothing" } : {},
      ...(who ? { who } : {}),
    });

  it.each(ROLES)("%s: is let in where its role is named, and 403 everywhere else", async (role) => {
    const wrong: string[] = [];
    for (const operation of operations) {
      const { status } = await call(operation, role);
      const allowed = operation.roles?.includes(role) ?? true;
      const isRefusedRole = status === 403;
      const isUnknown = status === 401 && operation.roles !== undefined;
      if (isRefusedRole === allowed || isUnknown || status >= 500) wrong.push(`${operation.name}: ${status}`);
    }
    expect(wrong).toEqual([]);
  });

  it("without a key: 401 everywhere but at the sign-in", async () => {
    const statuses = await Promise.all(operations.map(async (each) => [each.name, (await call(each)).status] as const));
    expect(statuses.filter(([, status]) => status !== 401).map(([name]) => name)).toEqual([
      "POST /api/v1/session",
      "GET /api/v1/session/ways",
      "GET /api/v1/session/oidc",
      "GET /api/v1/session/oidc/callback",
    ]);
  });

  it("the roles are as promised: a laboratory uploads and looks sites up, an analyst sees no lead", () => {
    const isTable = (name: string) => /\.(csv|ndjson)$/.test(name); // open to those whom its list is open to
    const open = (role: string) => operations.filter(({ roles }) => roles?.includes(role)).map(({ name }) => name);
    expect(
      open("lab")
        .filter((name) => !isTable(name))
        .toSorted(),
    ).toEqual([
      "DELETE /api/v1/session",
      "DELETE /api/v1/uploads/mappings/{fingerprint}",
      "GET /api/v1/samples/{sampleId}",
      "GET /api/v1/session",
      "GET /api/v1/sites",
      "GET /api/v1/sites/{siteId}",
      "GET /api/v1/substances",
      "GET /api/v1/uploads",
      "GET /api/v1/uploads/fields",
      "GET /api/v1/uploads/mappings",
      "GET /api/v1/uploads/mappings/{fingerprint}",
      "GET /api/v1/uploads/rejected-rows/{rejectedId}",
      "GET /api/v1/uploads/template.xlsx",
      "GET /api/v1/uploads/{uploadId}",
      "GET /api/v1/uploads/{uploadId}/receipt",
      "GET /api/v1/uploads/{uploadId}/receipt.html",
      "GET /api/v1/uploads/{uploadId}/verify",
      "POST /api/v1/samples/{sampleId}/custody",
      "POST /api/v1/uploads",
      "PUT /api/v1/uploads/mappings/{fingerprint}",
    ]);
    expect(open("analyst").filter((name) => /lead|network|webhook|deliver|key|audit|upload/.test(name))).toEqual([]);
    expect(open("investigator").filter((name) => /key|audit|dead-letters|stats|PUT .*\/(sites|networks)\//.test(name))).toEqual(
      [],
    );
    expect(open("admin")).toHaveLength(operations.filter(({ roles }) => roles).length);
  });
});

describe("keys", () => {
  const make = async (expiresAt: string | null) =>
    addKey(world.records, { name: "short", role: "admin", organisation: LAB, expiresAt }, AT);
  const asks = (token: string) => world.ask({ url: "/api/v1/session", headers: { authorization: `Bearer ${token}` } });

  it("an expired key is refused", async () => {
    expect((await asks((await make("2026-05-06T08:00:00.001Z")).token)).status).toBe(200);
    expect((await asks((await make(AT)).token)).status).toBe(401);
  });

  it("a revoked key is refused, and so is the session it opened", async () => {
    const { key, token } = await make(null);
    const signedIn = await world.ask({ method: "POST", url: "/api/v1/session", payload: { key: token } });
    const cookie = String(signedIn.headers["set-cookie"]).split(";")[0] as string;
    expect((await world.ask({ url: "/api/v1/session", headers: { cookie } })).status).toBe(200);
    await world.ask({ method: "DELETE", url: `/api/v1/keys/${key.keyId}`, who: "admin" });
    expect((await asks(token)).status).toBe(401);
    expect((await world.ask({ url: "/api/v1/session", headers: { cookie } })).status).toBe(401);
  });

  it("the right id with another secret, or no secret, is refused", async () => {
    const [, keyId] = /^st_(\w{12})_/.exec(world.tokens.admin) as unknown as [string, string];
    for (const token of [`st_${keyId}_${"A".repeat(43)}`, `st_${keyId}_`, `st_${keyId}`, "", "st_"])
      expect((await asks(token)).status).toBe(401);
  });
});

describe("a browser's session", () => {
  const signIn = async () => {
    const { headers } = await world.ask({ method: "POST", url: "/api/v1/session", payload: { key: world.tokens.investigator } });
    return String(headers["set-cookie"]);
  };
  const post = (cookie: string, origin?: string) =>
    world.ask({
      method: "POST",
      url: "/api/v1/leads/lead-1/notes",
      payload: { text: "seen" },
      headers: { cookie, host: "sewer.example", ...(origin ? { origin } : {}) },
    });

  it("its cookie is out of reach of scripts and of other sites", async () => {
    const cookie = await signIn();
    for (const part of ["HttpOnly", "SameSite=Strict", "Path=/"]) expect(cookie).toContain(part);
    expect(cookie).not.toContain(world.tokens.investigator);
  });

  it("changes something only from the dashboard's own origin", async () => {
    const cookie = (await signIn()).split(";")[0] as string;
    expect((await post(cookie, "https://sewer.example")).status).toBe(201);
    for (const origin of ["https://evil.example", "https://sewer.example.evil.example", "null", undefined])
      expect((await post(cookie, origin)).status).toBe(403);
  });

  it("ends when signed out", async () => {
    const cookie = (await signIn()).split(";")[0] as string;
    const headers = { cookie, host: "sewer.example", origin: "https://sewer.example" };
    expect((await world.ask({ method: "DELETE", url: "/api/v1/session", headers })).status).toBe(204);
    expect((await world.ask({ url: "/api/v1/session", headers: { cookie } })).status).toBe(401);
  });
});

it("guessing keys is slowed down by address, whatever else the requests say", async () => {
  const own = await openWorld();
  const statuses: number[] = [];
  for (let i = 0; i < 12; i++) {
    const headers = { authorization: `Bearer guess-${i}-${"x".repeat(20)}` };
    statuses.push((await own.ask({ method: "POST", url: "/api/v1/session", payload: { key: `st_${i}` }, headers })).status);
  }
  await own.close();
  expect(statuses).toEqual([...Array<number>(10).fill(401), 429, 429]);
});

it("an address that sends wrong keys is shut out, though each names another key id, and let in when a minute has passed", async () => {
  const own = await openWorld();
  const guess = (i: number) => ({ authorization: `Bearer st_${String(i).padStart(12, "0")}_${"A".repeat(43)}` });
  const ask = async (headers: { authorization: string }, remoteAddress: string) =>
    own.ask({ url: "/api/v1/session", headers, remoteAddress });
  for (let i = 0; i < 60; i++) expect((await ask(guess(i), "192.0.2.1")).status).toBe(401);
  const shutOut = await ask(own.as("admin"), "192.0.2.1");
  expect([shutOut.status, shutOut.headers["retry-after"]]).toEqual([429, "60"]);
  expect((await ask(own.as("admin"), "192.0.2.2")).status).toBe(200);
  own.pass(60_000);
  expect((await ask(own.as("admin"), "192.0.2.1")).status).toBe(200);
  await own.close();
});
