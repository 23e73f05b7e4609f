import { afterAll, beforeAll, expect, it } from "vitest";
import { keepLeads } from "../../alerts/keepLeads.ts";
import { environment } from "../../schemas/config.ts";
import type { SamplingOrder } from "../../schemas/order.ts";
import { AT } from "../store/records/nouns.ts";
import { saveTraced } from "./tracedLead.ts";
import { openWorld, type World } from "./world.ts";

// Method: a lead is worked on over the API by everything that takes a text, a file or a photo, each with a word that occurs nowhere else. On
// its date every cell of every table is searched for them: what no route shows must not lie in the file either.

const V = "/api/v1";
const DAY_MS = 86_400_000;
/** Between AT and the day on which the lead is closed: its bottles take a day each. */
const WORKED_DAYS = 2;
const SAID = "the flat of Zhang San";
const NOBODY = "Qian Duoduo";
/** Who did something stays named in the log, as every actor does. */
const CREW = "Zhao Min";
const PHOTO = "bytes of the photo";
const CASE = "case-4711-2026";

let world: World;
let order: SamplingOrder;
beforeAll(async () => {
  world = await openWorld();
  await saveTraced(world.records, "lead-t", 2);
  const send = async (path: string, payload: object | Buffer, headers = {}, method: "POST" | "PUT" = "POST") => {
    const { status, body } = await world.ask({ method, url: `${V}${path}`, who: "investigator", payload, headers });
    expect([path, status]).toEqual([path, expect.toBeOneOf([200, 201])]);
    return body;
  };
  const made: { order: SamplingOrder; token: string } = await send("/leads/lead-t/orders", { day: "2026-05-07" });
  order = made.order;
  await send("/leads/lead-t/notes", { text: SAID });
  await send("/leads/lead-t/assignee", { assignee: NOBODY }, {}, "PUT");
  const image = { "content-type": "image/jpeg" };
  await send(`/leads/lead-t/attachments?name=${encodeURIComponent(SAID)}.jpg`, Buffer.from(PHOTO), image);
  const crew = { authorization: `Order ${made.token}` };
  const at = `/field/orders/${order.orderId}`;
  const photo = await world.ask({
    method: "POST",
    url: `${V}${at}/photos`,
    payload: Buffer.from(`${PHOTO} 2`),
    headers: { ...crew, ...image },
  });
  const [first, second] = order.points;
  const { start, end, container, sampleId } = first!;
  const taken = { taken: true, start, end, container, seal: "s-1", temperatureCel: 4, collector: CREW, note: SAID };
  const back = [
    [sampleId, { ...taken, photos: [photo.body.sha256] }],
    [second!.sampleId, { taken: false, at: start, reason: SAID, collector: CREW }],
  ] as const;
  world.pass(WORKED_DAYS * DAY_MS);
  for (const [bottle, payload] of back) {
    const { status, body } = await world.ask({ method: "POST", url: `${V}${at}/points/${bottle}`, payload, headers: crew });
    expect([body, status]).toEqual([body, 200]);
  }
  const worked = (await world.records.leads.find("lead-t"))!;
  await world.records.leads.save({ ...worked, state: "referred", version: worked.version + 1 });
  await send("/leads/lead-t/outcomes", { caseNumber: CASE, result: "solved", date: "2026-05-06", text: SAID });
  await send("/leads/lead-t/transitions", { to: "confirmed", reason: SAID });
});
afterAll(() => world.close());

/** Where the words stand, as `table: word`. */
const kept = () =>
  world.file.exclusive((db) => {
    const tables = db.prepare("select name from sqlite_master where type = 'table'").all() as { name: string }[];
    return tables.flatMap(({ name }) => {
      const rows = db.prepare(`select * from "${name}"`).all();
      const text = rows.map((row) => Object.values(row).map(textOf).join(" ")).join(" ");
      return [SAID, NOBODY, PHOTO, CASE].filter((word) => text.includes(word)).map((word) => `${name}: ${word}`);
    });
  });
const textOf = (cell: unknown) => (cell instanceof Uint8Array ? Buffer.from(cell).toString("latin1") : String(cell));
const round = (days: number) =>
  keepLeads({
    records: world.records,
    logger: world.api.log as never,
    settings: environment.parse({}),
    now: () => new Date(Date.parse(AT) + (WORKED_DAYS + days) * DAY_MS),
  });

it("on its date a lead's texts, names, files and photos are in no table any more, and not a day before", async () => {
  const before = await kept();
  for (const word of [SAID, NOBODY, PHOTO, CASE]) expect(before.join("; ")).toContain(word);
  expect(await round(729.9)).toMatchObject({ anonymised: 0 });
  expect(await kept()).toEqual(before);
  expect(await round(730)).toMatchObject({ anonymised: 1 });
  expect(await kept()).toEqual([]);
});

it("what was done by whom stays in the audit log, whole, and the lead's chain with it", async () => {
  const { chains } = world.records;
  expect((await chains.list("audit")).map(({ action }) => action)).toEqual(
    expect.arrayContaining(["lead.viewed", "lead.anonymised"]),
  );
  expect((await chains.list("lead:lead-t")).map(({ actor }) => actor)).toContain(CREW);
  expect([await chains.verify("audit"), await chains.verify("lead:lead-t")]).toEqual([null, null]);
});

it("no route shows anything of it", async () => {
  for (const path of ["attachments", "orders", "outcomes", "log", "versions", "report.html", "evidence.csv", "candidates"]) {
    const { body } = await world.ask({ url: `${V}/leads/lead-t/${path}`, who: "investigator" });
    const text = JSON.stringify(body);
    for (const word of [SAID, NOBODY, CASE, ...order.points.map(({ node }) => `"${node}"`)])
      expect([path, word, text.includes(word)]).toEqual([path, word, false]);
  }
});
