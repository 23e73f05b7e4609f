import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openWorld, type World } from "./world.ts";

const V = "/api/v1";
let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

describe("views of leads", () => {
  const views = async () =>
    (await world.records.chains.list("audit"))
      .filter(({ action }) => action === "lead.viewed")
      .map(({ subject, actor, content }) => ({ subject, actor, content }));

  it.each([
    ["", "lead"],
    ["/network.geojson", "network"],
    ["/log", "log"],
  ])("/leads/lead-1%s is in the audit chain, with who saw it", async (path, what) => {
    const before = await views();
    expect((await world.ask({ url: `${V}/leads/lead-1${path}`, who: "investigator" })).status).toBe(200);
    expect((await views()).slice(before.length)).toEqual([{ subject: "lead-1", actor: "the investigator", content: { what } }]);
  });

  it("a list names every lead it showed", async () => {
    await world.ask({ url: `${V}/leads?limit=2`, who: "admin" });
    expect((await views()).at(-1)).toMatchObject({ subject: "lead-1 lead-2", actor: "the admin" });
  });

  it("a refused or missing view is none", async () => {
    const before = await views();
    await world.ask({ url: `${V}/leads/lead-1`, who: "analyst" });
    await world.ask({ url: `${V}/leads/lead-9`, who: "investigator" });
    expect(await views()).toEqual(before);
  });

  it("the chain is whole", async () => expect(await world.records.chains.verify("audit")).toBeNull());

  it("what cannot be written down is not shown", async () => {
    const own = await openWorld();
    own.file.db.exec('alter table "chainEntries" rename to "gone"');
    const { status, body } = await own.ask({ url: `${V}/leads/lead-1`, who: "investigator" });
    expect(status).toBe(500);
    expect(JSON.stringify(body)).not.toContain("finding");
    await own.close();
  });
});
