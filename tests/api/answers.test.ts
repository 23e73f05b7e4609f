import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { addKey } from "../../api/auth/keys.ts";
import { ROLES, type Role } from "../../schemas/key.ts";
import { AT } from "../store/records/nouns.ts";
import { ALERT_CASES, prepareAlerts } from "./alertAnswers.ts";
import { ANALYST_CASES } from "./analystAnswers.ts";
import { type Case, CORE_CASES, hook } from "./coreAnswers.ts";
import { LEAD_CASES, prepareLeads } from "./leadAnswers.ts";
import { METHOD_CASES, prepareMethods } from "./methodAnswers.ts";
import { type Operation, operationsOf } from "./operations.ts";
import { prepareUploads } from "./uploadAnswers.ts";
import { LAB, openWorld, type World } from "./world.ts";

/** Ids that only the world knows are written as `<webhook>` and filled in. */
const ids: Record<string, string> = {};
const V = "/api/v1";
const CASES: Case[] = [...CORE_CASES, ...ALERT_CASES, ...LEAD_CASES, ...ANALYST_CASES, ...METHOD_CASES];

let world: World;
let operations: Operation[];
beforeAll(async () => {
  world = await openWorld();
  operations = await operationsOf(world);
  const { ask, records, tokens } = world;
  const added = async () => (await ask({ method: "POST", url: `${V}/webhooks`, who: "admin", payload: hook })).body.endpointId;
  [ids.webhook, ids.spare] = [await added(), await added()];
  Object.assign(ids, await prepareAlerts(world));
  ids.token = tokens.lab;
  const note = { siteId: "plant-a", from: "2026-05-01", to: "2026-05-01", kind: "other", text: "t" };
  ids.annotation = (await ask({ method: "POST", url: `${V}/annotations`, who: "analyst", payload: note })).body.annotationId;
  ids.delivery = (await ask({ method: "POST", url: `${V}/webhooks/${ids.webhook}/test`, who: "admin" })).body.deliveryId;
  Object.assign(ids, await prepareUploads(world));
  Object.assign(ids, await prepareMethods(world));
  Object.assign(ids, await prepareLeads(world));
  ids.dead = (await records.deadLetters.list({ limit: 1 }))[0]?.deadLetterId as string;
  const key = { name: "n", role: "lab", organisation: LAB };
  ids.key = (await ask({ method: "POST", url: `${V}/keys`, who: "admin", payload: key })).body.keyId;
});
afterAll(() => world.close());

const filled = <T>(value: T): T => JSON.parse(JSON.stringify(value).replace(/<(\w+)>/g, (_, id: string) => ids[id] ?? "")) as T;

/** A list can be had as a table, and refuses the same as a table. */
function tableCases(): Case[] {
  const names = new Set(operations.map(({ name }) => name));
  const with_ = (address: string, extension: string) => address.replace(/(\?|$)/, `.${extension}$1`);
  return CASES.flatMap(([name, status, who, options = {}]) =>
    ["csv", "ndjson"]
      .filter((extension) => names.has(`${name}.${extension}`) && name.startsWith("GET"))
      .map((extension): Case => {
        const url = with_(String(options.url ?? name.slice("GET ".length)), extension);
        return [`${name}.${extension}`, status, who, { ...options, url: url.replace(/\{\w+\}/g, "nothing") }];
      }),
  );
}

/** `<operation> <status>` of every answer that was given below: what was declared and is not here was never seen. */
const seen = new Set<string>();

function see({ name }: Operation, { status, body, headers }: Awaited<ReturnType<World["ask"]>>): void {
  seen.add(`${name} ${status}`);
  if (status < 400) return;
  expect(headers["content-type"], name).toBe("application/problem+json");
  expect(body, name).toMatchObject({ type: "about:blank", status, requestId: headers["x-request-id"] });
  expect(body.title && body.detail && body.instance.startsWith(V), name).toBeTruthy();
}

const addressOf = ({ path }: Operation) => path.replace(/\{\w+\}/g, "nothing");

async function expectAnswer([name, status, who, options = {}]: Case): Promise<void> {
  const operation = operations.find((each) => each.name === name) as Operation;
  const asked = { method: operation.method, url: addressOf(operation), ...filled(options), ...(who ? { who } : {}) };
  const answer = await world.ask(asked);
  expect(answer.status, `${name} ${JSON.stringify(answer.body)}`).toBe(status);
  see(operation, answer);
  if (status !== 200 || !operation.statuses.includes(304)) return;
  const again = await world.ask({ ...asked, headers: { ...asked.headers, "if-none-match": String(answer.headers["etag"]) } });
  expect([again.status, again.body], name).toEqual([304, ""]);
  see(operation, again);
}

it.each(CASES)("%s answers %i", (...each) => expectAnswer(each));

it("every list answers as a table what it answers page by page", async () => {
  const cases = tableCases();
  expect(cases.length).toBeGreaterThan(CASES.length / 4);
  for (const each of cases) await expectAnswer(each);
});

/** An identity provider sends the browser there with whatever it adds. */
const CALLBACK = `${V}/session/oidc/callback`;

describe("what any operation refuses", () => {
  /** More than any public operation takes of one address. */
  const PUBLIC_PER_MINUTE_MAX = 22;
  const mayCall = ({ roles }: Operation) => (roles?.at(-1) as Role | undefined) ?? "lab";
  const mayNotCall = ({ roles }: Operation) => ROLES.find((role) => roles && !roles.includes(role));
  const isCrews = ({ path }: Operation) => path.startsWith(`${V}/field/`);
  /** Headers and address of somebody who may call it: a crew by its order's token, others by their key. */
  const caller = (each: Operation) =>
    isCrews(each)
      ? {
          headers: { authorization: `Order ${ids.crew}` },
          url: each.path.replace("{orderId}", ids.order as string).replace("{sampleId}", ids.bottle as string),
        }
      : { headers: world.as(mayCall(each)), url: addressOf(each) };
  const takesBody = ({ statuses }: Operation) => statuses.includes(413);

  /** Asks each of the operations and says which did not answer with the status. */
  async function refused(
    status: number,
    which: readonly Operation[],
    options: (operation: Operation) => Parameters<World["ask"]>[0],
  ) {
    const wrong: string[] = [];
    expect(which).not.toHaveLength(0);
    for (const operation of which) {
      const answer = await world.ask({ method: operation.method, url: addressOf(operation), ...options(operation) });
      if (answer.status === status) see(operation, answer);
      else wrong.push(`${operation.name}: ${answer.status} ${JSON.stringify(answer.body)}`);
    }
    expect(wrong).toEqual([]);
  }

  it("400: a query field nobody knows", () =>
    refused(
      400,
      operations.filter(({ path }) => path !== CALLBACK),
      (each) => ({ ...caller(each), url: `${caller(each).url}?nobodyKnows=1` }),
    ));

  it("401: no key", () =>
    refused(
      401,
      operations.filter(({ roles }) => roles),
      () => ({}),
    ));

  it("403: a session, from another site's page", async () => {
    const signedIn = await world.ask({ method: "POST", url: `${V}/session`, payload: { key: world.tokens.lab } });
    const cookie = String(signedIn.headers["set-cookie"]).split(";")[0] as string;
    const changes = operations.filter(({ method, roles }) => method !== "GET" && roles);
    await refused(403, changes, () => ({ headers: { cookie, origin: "https://other.example" } }));
  });

  it("403: a role that is not named", () =>
    refused(403, operations.filter(mayNotCall), (each) => ({ who: mayNotCall(each) as Role })));

  it("403: a key without the scope", async () => {
    const limits = { role: "admin", organisation: LAB, expiresAt: null, scopes: ["moon:read"] } as const;
    const { token } = await addKey(world.records, { name: "n", ...limits, scopes: [...limits.scopes] }, AT);
    const scoped = operations.filter(({ roles, path }) => roles && !path.endsWith("/session"));
    await refused(403, scoped, () => ({ headers: { authorization: `Bearer ${token}` } }));
  });

  it("413: a body that is too long", () =>
    refused(413, operations.filter(takesBody), (each) => ({
      ...caller(each),
      headers: { ...caller(each).headers, "content-type": each.bodyTypes[0] as string, "content-length": String(2 ** 30) },
      payload: "{}",
    })));

  it("414: an id that is too long", () =>
    refused(
      414,
      operations.filter(({ path }) => path.includes("{")),
      (each) => ({
        who: mayCall(each),
        url: each.path.replace(/\{\w+\}/g, "x".repeat(2_000)),
      }),
    ));

  it("415: a body of a type nobody reads", () =>
    refused(415, operations.filter(takesBody), (each) => ({
      ...caller(each),
      headers: { ...caller(each).headers, "content-type": "application/x-nobody-reads" },
      payload: "x",
    })));

  it("429: more requests than a key has in a minute", async () => {
    const own = await openWorld({ SEWERTRACE_REQUESTS_PER_MINUTE: "1" });
    for (const role of ROLES) await own.ask({ url: `${V}/session`, who: role });
    for (const each of operations.filter(({ roles }) => roles))
      see(each, await own.ask({ method: each.method, url: addressOf(each), who: mayCall(each) }));
    for (const each of operations.filter(({ roles }) => !roles))
      for (let i = 0; i < PUBLIC_PER_MINUTE_MAX; i++) {
        const body = each.method === "POST" && !isCrews(each) ? { payload: { key: "st_wrong" } } : {};
        see(each, await own.ask({ method: each.method, url: addressOf(each), ...body }));
      }
    await own.close();
  });

  it("431: headers that are too long", async () => {
    const own = await openWorld();
    const address = await own.api.listen({ port: 0, host: "127.0.0.1" });
    for (const each of operations) {
      const headers = { ...own.as(mayCall(each)), "x-long": "x".repeat(70_000) };
      const answer = await fetch(address + addressOf(each), { method: each.method, headers });
      expect([answer.status, answer.headers.get("content-type")]).toEqual([431, "application/problem+json"]);
      expect(await answer.json()).toMatchObject({ status: 431, type: "about:blank" });
      seen.add(`${each.name} 431`);
    }
    await own.close();
  });

  it("503: a store that is away", async () => {
    const own = await openWorld();
    const { tokens } = own;
    await own.file.close();
    for (const each of operations.filter(({ roles }) => roles))
      see(each, await own.ask({ method: each.method, url: addressOf(each), who: mayCall(each) }));
    const headers = { authorization: `Order ${"x".repeat(43)}` };
    for (const each of operations.filter(isCrews))
      see(each, await own.ask({ method: each.method, url: addressOf(each), headers }));
    const signIn = operations.find(({ name }) => name === `POST ${V}/session`) as Operation;
    see(signIn, await own.ask({ method: "POST", url: signIn.path, payload: { key: tokens.admin } }));
    await own.api.close();
  });
});

it("every declared answer of every operation was seen above", () => {
  seen.add(`GET ${V}/stream 200`); // stream.test.ts: it does not end by itself
  const withProvider = ["", "/callback"].flatMap((path) => [302, 503].map((status) => `GET ${V}/session/oidc${path} ${status}`));
  for (const each of [...withProvider, `GET ${CALLBACK} 400`, `GET ${CALLBACK} 403`]) seen.add(each); // oidc.test.ts: they need a provider
  const declared = operations.flatMap(({ name, statuses }) => statuses.map((status) => `${name} ${status}`));
  expect(declared.filter((each) => !seen.has(each))).toEqual([]);
});

it("no answer was seen that is not declared", () => {
  const declared = new Set(operations.flatMap(({ name, statuses }) => statuses.map((status) => `${name} ${status}`)));
  expect([...seen].filter((each) => !declared.has(each))).toEqual([]);
});
