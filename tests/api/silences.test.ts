import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Role } from "../../schemas/key.ts";
import { AT, revisionOf } from "../store/records/nouns.ts";
import { openWorld, type World } from "./world.ts";

const V = "/api/v1";
const DAY_MS = 86_400_000;
const inDays = (days: number) => new Date(Date.parse(AT) + days * DAY_MS).toISOString();
let world: World;
beforeAll(async () => {
  world = await openWorld();
  const told = async (event: "anomaly.raised" | "lead.opened", subject: string, data: object, daysAgo: number) =>
    world.records.outbox.enqueue({
      messageId: `m-${subject}-${daysAgo}`,
      event,
      subject,
      payload: { type: event, data },
      createdAt: inDays(-daysAgo),
    });
  await told("anomaly.raised", "anomaly-2026-05-02", { siteId: "plant-a", analyte: "mdma" }, 3);
  await told("anomaly.raised", "anomaly-2026-05-03", { siteId: "plant-a", analyte: "mdma" }, 2);
  await told("anomaly.raised", "anomaly-x", { siteId: "plant-b", analyte: "cocaine" }, 1);
  await told("anomaly.raised", "anomaly-old", { siteId: "plant-a", analyte: "mdma" }, 40);
  await told("lead.opened", "lead-1", { siteId: "plant-a", analyte: "mdma", region: "East" }, 1);
  await world.records.results.append([
    revisionOf({ labId: "lab-9", sample: { start: "2026-05-03T00:00:00+08:00", end: "2026-05-03T23:00:00+08:00" } }),
  ]);
});
afterAll(() => world.close());

const post = (path: string, payload: object | undefined, who: Role = "analyst") =>
  world.ask({ method: "POST", url: `${V}/silences${path}`, who, ...(payload ? { payload } : {}) });
const silence = (change: object = {}) => ({
  match: { siteId: "plant-a" },
  reason: "works in the sewer",
  endsAt: inDays(2),
  ...change,
});

describe("the preview", () => {
  const subjects = async (match: object, who: Role) =>
    (await post("/preview", { match }, who)).body.items.map(({ subject }: { subject: string }) => subject);

  it("shows what would have been hidden in the last 30 days, the newest first", async () => {
    expect(await subjects({ siteId: "plant-a" }, "investigator")).toEqual(["lead-1", "anomaly-2026-05-03", "anomaly-2026-05-02"]);
    expect(await subjects({ analyte: "cocaine" }, "analyst")).toEqual(["anomaly-x"]);
    expect(await subjects({ siteId: "plant-a", analyte: "cocaine" }, "analyst")).toEqual([]);
  });

  it("by the laboratory that measured it", async () =>
    expect(await subjects({ labId: "lab-9" }, "analyst")).toEqual(["anomaly-2026-05-03"]));

  it("shows an analyst no lead", async () =>
    expect(await subjects({ siteId: "plant-a" }, "analyst")).toEqual(["anomaly-2026-05-03", "anomaly-2026-05-02"]));
});

describe("a silence", () => {
  it("has an author, a reason and an end, is listed until then and past after, and is in the audit log", async () => {
    const { status, body } = await post("", silence());
    expect(status).toBe(201);
    expect(body).toMatchObject({
      kind: "silence",
      author: "the analyst",
      reason: "works in the sewer",
      startsAt: AT,
      endsAt: inDays(2),
    });
    const listed = async (query: string) =>
      (await world.ask({ url: `${V}/silences${query}`, who: "analyst" })).body.items.map(
        ({ silenceId }: { silenceId: string }) => silenceId,
      );
    expect(await listed("")).toContain(body.silenceId);
    const ended = await post(`/${body.silenceId}/end`, undefined, "investigator");
    expect(ended.body.endsAt).toBe(AT);
    expect(await listed("")).not.toContain(body.silenceId);
    expect(await listed("?past=true")).toContain(body.silenceId);
    const entries = (await world.records.chains.list("audit")).filter(({ subject }) => subject === body.silenceId);
    expect(entries.map(({ action, actor }) => [action, actor])).toEqual([
      ["silence.added", "the analyst"],
      ["silence.ended", "the investigator"],
    ]);
  });

  it.each([
    [{ match: {} }, "match", "at least one"],
    [{ endsAt: AT }, "endsAt", "a time to come"],
    [{ startsAt: inDays(3) }, "endsAt", "a time to come, after startsAt"],
    [{ endsAt: inDays(91) }, "endsAt", "at most 90 days"],
    [{ kind: "laboratory" }, "match.labId", "the laboratory"],
    [{ reason: "  " }, "reason", ""],
    [{ match: { colour: "red" } }, "match.colour", ""],
  ])("%j is refused in words", async (change, path, expected) => {
    const { status, body } = await post("", silence(change));
    expect([status, body.refusals[0].where.path]).toEqual([400, `body.${path}`]);
    expect(body.refusals[0].expected).toContain(expected);
  });

  it("its reason and end may be changed until it is over, and the audit log says so", async () => {
    const { silenceId } = (await post("", silence())).body;
    const patch = (payload: object) => world.ask({ method: "PATCH", url: `${V}/silences/${silenceId}`, who: "analyst", payload });
    expect((await patch({ endsAt: inDays(5) })).body).toMatchObject({ reason: "works in the sewer", endsAt: inDays(5) });
    expect((await patch({ endsAt: inDays(100) })).body.refusals[0].expected).toContain("at most 90 days");
    await post(`/${silenceId}/end`, undefined);
    const { status, body } = await world.ask({
      ...{ method: "PATCH", url: `${V}/silences/${silenceId}`, who: "analyst", payload: { reason: "x" } },
      headers: { "accept-language": "zh" },
    });
    expect([status, body.detail]).toEqual([409, `静默 ${silenceId} 已于 ${AT} 结束。`]);
    const entries = (await world.records.chains.list("audit")).filter(({ subject }) => subject === silenceId);
    expect(entries.map(({ action }) => action)).toEqual(["silence.added", "silence.changed", "silence.ended"]);
  });
});

describe("what a silence hid", () => {
  it("is counted in the list and shown by message, to each reader what they may see", async () => {
    const { silenceId } = (await post("", silence({ match: { analyte: "mdma" } }))).body;
    const messages = await world.records.outbox.messages({ since: inDays(-3), limit: 10 });
    for (const message of messages.filter(({ subject }) => ["lead-1", "anomaly-2026-05-03"].includes(subject))) {
      const each = { endpointId: "w-1", state: "silenced", note: "", silenceId, groupKey: null, nextAttemptAt: AT } as const;
      await world.records.outbox.route(message, [each, { ...each, endpointId: "w-2", state: "waiting" }], AT);
    }
    const { items } = (await world.ask({ url: `${V}/silences`, who: "analyst" })).body;
    expect(items.find((each: { silenceId: string }) => each.silenceId === silenceId).hidden).toBe(2);
    const hidden = async (who: Role) => (await world.ask({ url: `${V}/silences/${silenceId}/hidden`, who })).body.items;
    expect(await hidden("investigator")).toMatchObject([
      { subject: "lead-1", region: "East", endpoints: 2, untold: 1 },
      { subject: "anomaly-2026-05-03", siteId: "plant-a", analyte: "mdma", endpoints: 2, untold: 1 },
    ]);
    expect((await hidden("analyst")).map(({ subject }: { subject: string }) => subject)).toEqual(["anomaly-2026-05-03"]);
  });
});
