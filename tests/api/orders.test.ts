import { createHash } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { custodyOf } from "../../analytics/quality/leadCustody.ts";
import type { AssayReport } from "../../schemas/assay.ts";
import type { SamplingOrder } from "../../schemas/order.ts";
import { saveTraced, town } from "./tracedLead.ts";
import { openWorld, type World } from "./world.ts";

const V = "/api/v1";
const DAY_MS = 86_400_000;
let world: World;
/** A world of its own for each test: orders depend on the clock, which goes on in some of them. */
beforeEach(async () => {
  world = await openWorld();
  await saveTraced(world.records, "lead-t", 2);
});
afterEach(() => world.close());

const order = (payload: object, lead = "lead-t") =>
  world.ask({ method: "POST", url: `${V}/leads/${lead}/orders`, who: "investigator", payload });
const field = (made: { order: SamplingOrder }, token: string, path = "", payload?: object | Buffer, type?: string) =>
  world.ask({
    method: payload ? "POST" : "GET",
    url: `${V}/field/orders/${made.order.orderId}${path}`,
    headers: { authorization: `Order ${token}`, ...(type ? { "content-type": type } : {}) },
    ...(payload ? { payload } : {}),
  });

describe("a sampling order", () => {
  let made: { order: SamplingOrder; token: string; page: string };
  beforeEach(async () => {
    made = (await order({ day: "2026-05-07" })).body;
  });
  const brought = (point: SamplingOrder["points"][number], change: object = {}) => ({
    taken: true,
    start: point.start,
    end: point.end,
    seal: `SEAL-${point.sampleId}`,
    container: point.container,
    temperatureCel: 4,
    collector: "Zhao Min",
    ...change,
  });

  it("names the lead's next points, each with a bottle number that tells nothing, and its window in the plant's clock time", async () => {
    const lead = await world.records.leads.find("lead-t");
    expect(made.order.points.map(({ node }) => node)).toEqual(lead?.posterior?.next.map(({ node }) => node));
    for (const { sampleId, start, end, earliest, latest } of made.order.points) {
      expect(sampleId).toMatch(/^S-[0-9A-F]{10}$/);
      // 07:10, 06:20 and 07:40 in Shanghai
      expect([start, earliest, latest]).toEqual([
        "2026-05-06T23:10:00.000Z",
        "2026-05-06T22:20:00.000Z",
        "2026-05-06T23:40:00.000Z",
      ]);
      expect(Date.parse(end) - Date.parse(start)).toBe(DAY_MS);
    }
  });

  it("several asked for in the same millisecond are several, with bottles and tokens of their own", async () => {
    const all = await Promise.all(Array.from({ length: 4 }, () => order({ day: "2026-05-07" })));
    expect(all.map(({ status }) => status)).toEqual([201, 201, 201, 201]);
    const orders: (typeof made)[] = [made, ...all.map(({ body }) => body)];
    expect(new Set(orders.map(({ order: { orderId } }) => orderId)).size).toBe(5);
    expect(new Set(orders.map(({ token }) => token)).size).toBe(5);
    const bottles = orders.flatMap(({ order: { points } }) => points.map(({ sampleId }) => sampleId));
    expect(new Set(bottles).size).toBe(bottles.length);
    const [first, second] = all.map(({ body }) => body);
    expect((await field(first, second.token)).status).not.toBe(200);
    expect((await field(first, first.token)).status).toBe(200);
  });

  it("tells the position where the map is in degrees, and none where it is a grid of metres", async () => {
    expect(made.order.points.map(({ latitude }) => latitude)).toEqual([null, null, null]);
    const inDegrees = {
      ...town,
      nodes: town.nodes.map((node) => ({ ...node, x: 120 + (node.x ?? 0) / 1e5, y: 30 + (node.y ?? 0) / 1e5 })),
    };
    world.pass(1_000);
    await world.records.networks.save(inDegrees, "2026-05-06T09:00:00.000Z"); // the newest version counts where a lead names none
    const [point] = (await order({ day: "2026-05-07" })).body.order.points;
    const place = inDegrees.nodes.find(({ id }) => id === point.node);
    expect([point.longitude, point.latitude]).toEqual([place?.x, place?.y]);
  });

  it("makes the manhole a site that the laboratory can report, once", async () => {
    const { siteId, node } = made.order.points[0] as SamplingOrder["points"][number];
    expect(await world.records.sites.find(siteId)).toMatchObject({
      kind: "manhole",
      parentSiteId: "plant-a",
      networkNode: { nodeId: node },
    });
    world.pass(1_000);
    const again = (await order({ day: "2026-05-08", nodes: [node] })).body.order;
    expect(again.points[0].siteId).toBe(siteId);
  });

  it("shows the crew where and when, and neither substance, lead nor reason", async () => {
    const { status, body } = await field(made, made.token);
    expect(status).toBe(200);
    expect(body.points).toHaveLength(3);
    expect(JSON.stringify(body)).not.toMatch(/lead-t|mdma|plant-a"|tells most/i);
    const sheet = await world.ask({ url: `${V}/leads/lead-t/orders/${made.order.orderId}.html?lang=zh`, who: "investigator" });
    expect(sheet.body).toContain(made.order.points[0]?.sampleId);
    expect(sheet.body).not.toMatch(/lead-t|mdma|<script/i);
  });

  it("its token opens it alone, not another order, not after its end, not once it was cancelled, and no other way does", async () => {
    world.pass(1_000); // each order has its own moment, and so its own number
    const other = (await order({ day: "2026-05-08" })).body;
    const wrong = `${made.token.slice(0, -1)}${made.token.endsWith("A") ? "B" : "A"}`;
    for (const token of [other.token, wrong, "", world.tokens.investigator]) expect((await field(made, token)).status).toBe(401);
    const keyed = await world.ask({ url: `${V}/field/orders/${made.order.orderId}`, who: "admin" });
    expect(keyed.status).toBe(401);
    await world.ask({ method: "POST", url: `${V}/leads/lead-t/orders/${made.order.orderId}/cancel`, who: "investigator" });
    expect((await field(made, made.token)).status).toBe(401);
    const own = await openWorld();
    await saveTraced(own.records, "lead-t", 1);
    const fresh = (
      await own.ask({ method: "POST", url: `${V}/leads/lead-t/orders`, who: "investigator", payload: { day: "2026-05-07" } })
    ).body;
    const url = `${V}/field/orders/${fresh.order.orderId}`;
    const headers = { authorization: `Order ${fresh.token}` };
    own.pass(Date.parse(fresh.order.expiresAt) - Date.parse("2026-05-06T08:00:00Z") - 1);
    expect((await own.ask({ url, headers })).status).toBe(200);
    own.pass(1);
    expect((await own.ask({ url, headers })).status).toBe(401);
    expect(own.logged()).not.toContain(fresh.token);
    await own.close();
  });

  it("is refused where it makes no sense", async () => {
    for (const [payload, words] of [
      [{ day: "2026-04-01" }, "not within"],
      [{ day: "2026-07-01" }, "not within"],
      [{ day: "2026-05-07", nodes: ["nowhere"] }, "no manhole nowhere"],
    ] as const)
      expect((await order(payload)).body.detail).toContain(words);
    expect((await order({ day: "2026-05-07" }, "lead-2")).body.detail).toContain("not mapped");
  });

  it("what the crew brings back is in the lead's log with both times; a correction leaves the first readable", async () => {
    const [point] = made.order.points as [SamplingOrder["points"][number]];
    world.pass(3 * DAY_MS);
    const back = await field(made, made.token, `/points/${point.sampleId}`, brought(point));
    expect(back.body.points.find((each: { sampleId: string }) => each.sampleId === point.sampleId).returned).toMatchObject({
      seal: `SEAL-${point.sampleId}`,
    });
    await field(made, made.token, `/points/${point.sampleId}`, brought(point)); // the phone sends again after a lost answer
    await field(made, made.token, `/points/${point.sampleId}`, brought(point, { temperatureCel: 6 }));
    const entries = (await world.records.chains.list("lead:lead-t")).filter(
      ({ action, content }) => action === "order.returned" && (content as { sampleId: string }).sampleId === point.sampleId,
    );
    expect(entries).toMatchObject([
      { actor: "Zhao Min", content: { corrects: false, happenedAt: point.end, returned: { temperatureCel: 4 } } },
      { content: { corrects: true, returned: { temperatureCel: 6 } } },
    ]);
    expect(await world.records.chains.verify("lead:lead-t")).toBeNull();
  });

  it("two bottles under one seal, a time to come or another day's sample are refused with the reason", async () => {
    const [one, two] = made.order.points as [SamplingOrder["points"][number], SamplingOrder["points"][number]];
    world.pass(3 * DAY_MS);
    await field(made, made.token, `/points/${one.sampleId}`, brought(one, { seal: "SAME" }));
    const answers = await Promise.all([
      field(made, made.token, `/points/${two.sampleId}`, brought(two, { seal: "SAME" })),
      field(made, made.token, `/points/${two.sampleId}`, brought(two, { end: "2026-08-01T00:00:00Z" })),
      field(
        made,
        made.token,
        `/points/${two.sampleId}`,
        brought(two, { start: "2026-05-01T00:00:00Z", end: "2026-05-02T00:00:00Z" }),
      ),
      field(made, made.token, `/points/${two.sampleId}`, brought(two, { start: two.end, end: two.start })),
    ]);
    expect(answers.map(({ status, body }) => [status, body.detail])).toEqual([
      [409, expect.stringContaining("closes the bottle")],
      [409, expect.stringContaining("future")],
      [409, expect.stringContaining("not the one ordered")],
      [409, expect.stringContaining("ends before it starts")],
    ]);
  });

  it("photos are kept with the lead under their hash", async () => {
    const photo = Buffer.from([0xff, 0xd8, 1, 2, 3]);
    const sha256 = createHash("sha256").update(photo).digest("hex");
    expect((await field(made, made.token, "/photos", photo, "image/jpeg")).body).toEqual({ sha256 });
    expect((await world.records.caseFiles.attachmentValue("lead-t", sha256))?.value.equals(photo)).toBe(true);
    expect((await field(made, made.token, "/photos", Buffer.from("<svg/>"), "image/svg+xml")).status).toBe(415);
  });

  it("the page and its parts come without a key and hold nothing of an order", async () => {
    for (const part of ["", "page.js", "keep.js", "words.js", "page.css", "worker.js"]) {
      const { status, body } = await world.ask({ url: `/field/${part}` });
      expect([status, body.length > 200, body.includes("lead-t")]).toEqual([200, true, false]);
    }
    expect((await world.ask({ url: "/field/" })).body).not.toMatch(/<script>|\son\w+="|style="/); // the policy allows nothing inline
  });
});

describe("custody", () => {
  const point: SamplingOrder["points"][number] = {
    node: "M1",
    siteId: "mh-1",
    sampleId: "S-1",
    container: "glass",
    start: "2026-05-06T23:00:00.000Z",
    end: "2026-05-07T23:00:00.000Z",
    earliest: "2026-05-06T22:00:00.000Z",
    latest: "2026-05-06T23:30:00.000Z",
    latitude: null,
    longitude: null,
    because: null,
    returned: null,
    returnedAt: null,
  };
  const base = {
    orderId: "o-1",
    leadId: "l",
    plantId: "p",
    analyte: "mdma",
    timeZone: "UTC",
    day: "2026-05-07",
    state: "open" as const,
  };
  const rest = { orderedBy: "Li", orderedAt: point.start, expiresAt: point.end };
  const returned = {
    taken: true as const,
    start: point.start,
    end: point.end,
    seal: "A-1",
    container: "glass",
    temperatureCel: 4,
    collector: "Zhao",
    photos: [],
    note: "",
  };
  const sample: AssayReport["sample"] = {
    sampleId: "S-1",
    siteId: "mh-1",
    mode: "timeProportional",
    start: point.start,
    end: point.end,
    seal: "A-1",
    custody: [{ time: "2026-05-08T08:00:00Z", action: "received", by: "laboratory", seal: "A-1" }],
  };
  const judged = (
    back: typeof returned | { taken: false; at: string; reason: string; collector: string } | null,
    reported?: typeof sample,
  ) => custodyOf([{ ...base, ...rest, points: [{ ...point, returned: back }] }], new Map(reported ? [["S-1", reported]] : []))[0];

  it("goes from ordered to taken to received, its hand-overs in one line of time", () => {
    expect([judged(null)?.state, judged(returned)?.state]).toEqual(["ordered", "taken"]);
    const whole = judged(returned, sample);
    expect(whole?.state).toBe("received");
    expect(whole?.events.map(({ action }) => action)).toEqual(["collected", "sealed", "received"]);
  });

  it.each([
    ["another seal", returned, { ...sample, seal: "B-9" }, "seal B-9"],
    [
      "another seal at a hand-over",
      returned,
      { ...sample, custody: [{ ...sample.custody?.[0], seal: "B-9" }] as never },
      "seal B-9",
    ],
    ["another place", returned, { ...sample, siteId: "mh-2" }, "reported for mh-2"],
    ["another time", returned, { ...sample, start: "2026-05-06T20:00:00Z" }, "start"],
    ["too warm", { ...returned, temperatureCel: 12 }, sample, "12 °C"],
    ["nothing brought back", null, sample, "brought nothing back"],
    ["not taken", { taken: false as const, at: point.start, reason: "car", collector: "Zhao" }, sample, "not taken"],
  ])("%s does not fit, and is said in both languages", (_what, back, reported, words) => {
    const found = judged(back, reported);
    expect(found?.state).toBe("broken");
    expect(found?.findings[0]?.en).toContain(words);
    expect(found?.findings[0]?.zh).toMatch(/\p{Script=Han}/u);
  });
});
