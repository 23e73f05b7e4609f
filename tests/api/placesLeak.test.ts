import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { addKey } from "../../api/auth/keys.ts";
import type { Role } from "../../schemas/key.ts";
import { SITE_KINDS, type Site } from "../../schemas/site.ts";
import { MEASURES } from "../../store/series/series.ts";
import { AT, anomalyOf, leadOf, revisionOf } from "../store/records/nouns.ts";
import { LAB, openWorld, PURPOSE, type World } from "./world.ts";

// Method: what was measured, found and said at three small places is kept under words and numbers that occur nowhere else. Then every GET of
// the OpenAPI document is asked by everybody who has no business with them, and no answer may hold one of those words and numbers. That the place exists is no secret: a laboratory names it when it reports.

const V = "/api/v1";
const SMALL = SITE_KINDS.filter((kind) => kind !== "wwtp" && kind !== "pumpingStation").map((kind) => `${kind}-east`);
const VALUE = 4.271828;
const DAY_MS = 86_400_000;
const DAY = "2026-05-04";

/** As they stand in answers: measured, computed, found, said. */
const SECRETS = {
  value: String(VALUE),
  sample: "s-hidden",
  anomaly: "anomaly-hidden",
  said: "seen behind the school",
  told: "told of the hidden",
  looked: '"analytes":["mdma"]',
  evidence: "s-of-the-lead",
};
/** What the answer says beyond the question, which a refusal repeats. */
const secretsIn = (body: unknown, url: string) => {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const told = Object.entries(SECRETS).filter(([, secret]) => text.includes(secret) && !url.includes(secret));
  return told.map(([name]) => name);
};

let world: World;
let paths: Record<string, { get?: Operation }>;
interface Operation {
  "x-roles"?: Role[];
  parameters?: { name: string; in: string; required?: boolean }[];
}

/** Who asks for what is none of his business. */
const STRANGERS = {
  "another laboratory": { who: "otherLab" },
  "an analyst": { who: "analyst" },
  "an investigator of another region": { regions: ["West"] },
  "an investigator who states no purpose": { regions: ["East"], purpose: "" },
  "one of all regions who states none": { who: "investigator", purpose: "" },
} as const;
const headersOf = new Map<string, Record<string, string>>();

beforeAll(async () => {
  world = await openWorld({ SEWERTRACE_REQUESTS_PER_MINUTE: "1000000" });
  const plant = { siteId: "plant-east", name: "E", kind: "wwtp", timeZone: "UTC", region: "East" } as const;
  await world.records.sites.save(plant, AT);
  for (const [i, siteId] of SMALL.entries()) await keepSmall(siteId, SITE_KINDS.find((kind) => siteId.startsWith(kind))!, i);
  await world.records.quality.replaceSuppressions("plant-east", []);
  await keepLead();
  paths = (await world.ask({ url: "/openapi.json" })).body.paths;
  for (const [name, stranger] of Object.entries({ ...STRANGERS, "an investigator of the region": { regions: ["East"] } })) {
    const purpose = "purpose" in stranger ? stranger.purpose : PURPOSE;
    if ("who" in stranger) headersOf.set(name, { ...world.as(stranger.who), "x-purpose": purpose });
    else {
      const { regions } = stranger;
      const key = { name, role: "investigator" as const, organisation: "Police", expiresAt: null, regions: [...regions] };
      const { token } = await addKey(world.records, key, "2026-05-01T00:00:00.000Z");
      headersOf.set(name, { authorization: `Bearer ${token}`, "x-purpose": purpose });
    }
  }
});
afterAll(() => world.close());

async function keepSmall(siteId: string, kind: Site["kind"], i: number): Promise<void> {
  const { records, series } = world;
  const population = { people: 300, source: "census", year: 2025 };
  await records.sites.save({ siteId, name: siteId, kind, parentSiteId: "plant-east", timeZone: "UTC", population }, AT);
  const point = { siteId, name: "mdma", variant: "standard", timeMs: Date.parse(DAY), value: VALUE };
  await series.write(MEASURES.map((measure) => ({ ...point, measure })));
  const reading = { siteId, name: "flow", variant: "d-1", measure: "reading", value: VALUE * 1_000 } as const;
  await series.write(Array.from({ length: 48 }, (_, h) => ({ ...reading, timeMs: Date.parse(DAY) + (h * DAY_MS) / 24 })));
  const sample = { siteId, sampleId: `s-hidden-${i}`, start: `${DAY}T00:00:00Z`, end: "2026-05-05T00:00:00Z" };
  const revision = revisionOf({ labId: LAB, sample, result: { value: VALUE } });
  await records.results.append([{ ...revision, receivedAt: AT }]);
  const anomalyId = `anomaly-hidden-${i}`;
  await records.anomalies.replace(siteId, "mdma", [anomalyOf(DAY, { anomalyId, siteId, observed: VALUE })], AT);
  await records.snoozes.save({ anomalyId, until: "2026-06-30", reason: SECRETS.said, actor: "Li", at: AT });
  const note = { siteId, analyte: "mdma", from: DAY, to: DAY, kind: "other", text: SECRETS.said } as const;
  await records.annotations.add({ ...note, annotationId: `note-${i}`, author: "Li", createdAt: AT });
  const override = { overrideId: `override-${i}`, siteId, analyte: "mdma", resultId: revision.identity, ruleId: "loq" };
  const by = { actor: "Li", reason: SECRETS.said, at: AT, revokedAt: null, revokedBy: null };
  await records.quality.saveOverride({ ...override, ...by });
  await keepMessage("anomaly.raised", anomalyId, { siteId, anomalyId, observed: VALUE });
}

async function keepLead(): Promise<void> {
  const { posterior, ...lead } = leadOf("lead-east", { siteId: "plant-east", region: "East", networkId: "net-1" });
  const weighed = { node: "A", day: DAY, loadGD: VALUE, censored: false, logBayesFactor: 0.5, expectedGD: null };
  const evidence = [{ ...weighed, sampleId: SECRETS.evidence, reading: "positive" as const }];
  await world.records.leads.save({ ...lead, posterior: posterior && { ...posterior, evidence } });
  await keepMessage("lead.opened", "lead-east", { leadId: "lead-east", finding: SECRETS.told });
}

/** A message, and its delivery to an endpoint of the investigators' with what was sent. */
async function keepMessage(event: "anomaly.raised" | "lead.opened", subject: string, data: object): Promise<void> {
  const { body } = await world.ask({
    method: "POST",
    url: `${V}/webhooks`,
    who: "investigator",
    payload: { url: "https://example.org/hook", events: [event] },
  });
  const payload = { type: event, timestamp: AT, data: { ...data, text: SECRETS.told } };
  await world.records.outbox.enqueue({ messageId: `msg-${subject}`, event, subject, payload, createdAt: AT }, body);
  const delivery = (await world.records.deliveries.list({ limit: 100 })).find((each) => each.subject === subject)!;
  const attempt = { attempt: 1, at: AT, status: 200, error: null, durationMs: 1, request: JSON.stringify(payload), answer: null };
  await world.records.deliveries.record(delivery.deliveryId, { ...attempt, state: "delivered", nextAttemptAt: AT });
}

/** What there is to ask for, by the name of the parameter: one or more values, each asked in turn. */
async function valuesOf(): Promise<Record<string, string[]>> {
  const { records } = world;
  const i = SMALL.map((_, at) => at);
  return {
    siteId: SMALL,
    anomalyId: i.map((at) => `anomaly-hidden-${at}`),
    sampleId: i.map((at) => `s-hidden-${at}`),
    deliveryId: (await records.deliveries.list({ limit: 100 })).map(({ deliveryId }) => deliveryId),
    endpointId: (await records.webhooks.list()).map(({ endpointId }) => endpointId),
    leadId: ["lead-east"],
    table: ["samples.csv", "measures.csv", "sites.csv"],
    analyte: ["mdma"],
    marker: ["cotinine"],
    networkId: ["net-1"],
    profile: ["euda-score"],
    version: ["1"],
    day: [DAY],
    since: ["2026-01-01T00:00:00Z"],
    from: ["2026-05-01"],
    to: ["2026-05-10"],
    ...Object.fromEntries(OTHERS.map((name) => [name, ["none"]])),
  };
}

/** Of these nothing is kept here: they lead to what is a laboratory's own, an administrator's, or a lead's. */
const OTHERS = ["orderId", "sha256", "silenceId", "uploadId", "rejectedId", "fingerprint", "deadLetterId", "keyId"];
/** Said or left out, they choose another way through a route. */
const CHOICES = ["siteId", "anomalyId", "analyte", "since"];

/** Every question that the operation takes about the places, and the one that names none. */
async function questionsOf(path: string, { parameters = [] }: Operation): Promise<string[]> {
  const values = await valuesOf();
  let urls = [path];
  for (const { name } of parameters.filter((one) => one.in === "path")) {
    const known = values[name];
    if (!known) throw new Error(`${path}: no value for ${name}`);
    urls = urls.flatMap((url) => known.map((value) => url.replace(`{${name}}`, value)));
  }
  const asked = parameters.filter((one) => one.in === "query");
  const must = asked.filter(({ required }) => required).map(({ name }) => name);
  const may = asked.filter(({ name, required }) => !required && CHOICES.includes(name)).map(({ name }) => name);
  const sets = [must, ...(may.length > 0 ? [[...must, ...may]] : []), ...(may.includes("siteId") ? [[...must, "siteId"]] : [])];
  const all = asked.some(({ name }) => name === "all") ? "&all=true" : "";
  return urls.flatMap((url) => sets.flatMap((names) => filled(names, values).map((query) => `${url}?${query}${all}`)));
}

function filled(names: readonly string[], values: Record<string, string[]>): string[] {
  return names.reduce(
    (queries, name) =>
      queries.flatMap((query) => (values[name] ?? []).map((value) => `${query}&${name}=${encodeURIComponent(value)}`)),
    [""],
  );
}

/** The stream does not end; it is followed below. */
const operations = () =>
  Object.entries(paths).flatMap(([path, { get }]) => (get && !path.endsWith("/stream") ? [{ path, get }] : []));

async function ask(name: string, url: string, method: "GET" | "HEAD" = "GET") {
  return world.ask({ method, url, headers: headersOf.get(name)! });
}

describe("of what is known of a small place nothing reaches", () => {
  it.each(Object.keys(STRANGERS))(
    "%s, whatever is asked",
    async (name) => {
      const leaks: string[] = [];
      let answered = 0;
      for (const { path, get } of operations())
        for (const url of await questionsOf(path, get)) {
          const { status, body } = await ask(name, url);
          answered += Number(status === 200);
          for (const secret of allowed(name, path, secretsIn(body, url))) leaks.push(`${url}: ${status}, ${secret}`);
        }
      expect(leaks).toEqual([]);
      expect(answered).toBeGreaterThan(5);
    },
    60_000,
  );
});

/** What an investigator knows without saying why he asks: that something is looked for in the own region, and of what was told to whom. */
function allowed(name: string, path: string, found: string[]): string[] {
  if (!name.includes("investigator who states no") && !name.includes("of all regions")) return found;
  if (path.endsWith("/sites/{siteId}")) return found.filter((secret) => secret !== "looked");
  return /\/deliveries(\.\w+)?$/.test(path) ? found.filter((secret) => secret !== "anomaly") : found;
}

it("an investigator of the region sees it for a purpose, and each answer that shows it is in the audit log first", async () => {
  const name = "an investigator of the region";
  const seen = new Map<string, string[]>();
  for (const { path, get } of operations())
    for (const url of await questionsOf(path, get)) {
      const before = (await world.records.chains.list("audit")).length;
      const found = allowed("an investigator who states no purpose", path, secretsIn((await ask(name, url)).body, url));
      if (found.length === 0) continue;
      seen.set(path, found);
      const written = (await world.records.chains.list("audit")).slice(before);
      expect([url, written]).toMatchObject([url, [{ actor: name, content: { purpose: PURPOSE } }]]);
    }
  // that nothing leaks above says something only of what is there to leak
  const kinds = [
    "series",
    "series/latest",
    "annotations",
    "anomalies",
    "anomalies/{anomalyId}",
    "exports/long.csv",
    "leads/{leadId}",
  ];
  for (const path of [...kinds, "sites/{siteId}/samples", "exports/odm/{table}", "leads/{leadId}/evidence.csv"])
    expect([path, seen.has(`${V}/${path}`)]).toEqual([path, true]);
}, 60_000);

it("what keys of no region alone may ask is seen for a purpose too: samples, flags, overrides and deliveries", async () => {
  for (const path of ["samples/{sampleId}", "quality", "quality/overrides", "deliveries/{deliveryId}"]) {
    const shown: string[] = [];
    for (const url of await questionsOf(`${V}/${path}`, paths[`${V}/${path}`]!.get!)) {
      const { body } = await world.ask({ url, who: "investigator" });
      shown.push(...secretsIn(body, url));
      const blind = await world.ask({ url, who: "investigator", headers: { "x-purpose": "" } });
      expect([url, secretsIn(blind.body, url)]).toEqual([url, []]);
    }
    expect([path, shown.length > 0]).toEqual([path, true]);
  }
});

it("HEAD tells no more than GET: neither a length nor an ETag of what is not shown", async () => {
  for (const { path, get } of operations().filter((each) => each.path.startsWith(`${V}/series`)))
    for (const url of await questionsOf(path, get)) {
      const [one, other] = [await ask("an analyst", url), await ask("an analyst", url, "HEAD")];
      expect([url, [one.status, 405].includes(other.status)]).toEqual([url, true]); // there is none of a table
    }
});

it("the stream of events tells nobody of what was found at a small place", async () => {
  const address = await world.api.listen({ port: 0, host: "127.0.0.1" });
  const message = { event: "anomaly.raised", createdAt: AT } as const;
  const payload = (subject: string) => ({ type: "anomaly.raised", timestamp: AT, data: { anomalyId: subject } });
  for (const subject of ["anomaly-hidden-0", "anomaly-2026-05-04"])
    await world.records.outbox.enqueue({ ...message, messageId: `live-${subject}`, subject, payload: payload(subject) });
  for (const who of ["analyst", "investigator"] as const) {
    const stop = new AbortController();
    const headers = { ...world.as(who), "last-event-id": "2026-05-06T00:00:00.000Z/none" };
    const { body } = await fetch(`${address}${V}/stream?purpose=follow%20them`, { headers, signal: stop.signal });
    let text = "";
    for await (const chunk of body!.pipeThrough(new TextDecoderStream())) {
      text += chunk;
      if (text.includes("live-anomaly-2026-05-04")) break;
    }
    stop.abort();
    expect([who, text.includes("live-anomaly-2026-05-04"), text.includes("anomaly-hidden")]).toEqual([who, true, false]);
  }
});
