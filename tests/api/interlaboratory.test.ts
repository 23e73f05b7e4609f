import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { close } from "../analytics/censored/oracle.ts";
import { analystOf } from "./analyst.ts";
import { round } from "./methodAnswers.ts";
import { storeResult } from "./results.ts";
import { LAB, openWorld, type World } from "./world.ts";

let world: World;
beforeEach(async () => {
  world = await openWorld();
});
afterEach(() => world.close());
const { get, post, compute } = analystOf(() => world);

describe("interlaboratory rounds", () => {
  const rankOf = async () => {
    const { items } = await get("/overview?analyte=mdma&measure=load");
    const { rank, comparable } = items.find((item: { site: { siteId: string } }) => item.site.siteId === "plant-b");
    return { rank, comparable };
  };
  it("a laboratory without a passed round is not ranked, one that passed is, one that failed since is not", async () => {
    await storeResult(world, { siteId: "plant-b" }, { value: 100 });
    await compute("plant-b");
    expect(await rankOf()).toEqual({ rank: null, comparable: false });
    const { items } = await post("/interlaboratory-rounds", { ...round, results: [{ labId: LAB, value: 104, uncertainty: 5 }] });
    expect(items).toMatchObject([{ labId: LAB, analyte: "mdma", kind: "z", signal: "satisfactory", sigma: 10 }]);
    close(items[0].score, 0.4, 1e-12);
    close(items[0].zeta, 4 / Math.hypot(5, 1), 1e-12);
    await compute("plant-b");
    expect(await rankOf()).toEqual({ rank: 1, comparable: true });
    expect((await get("/quality?siteId=plant-b&ruleId=PT_Z")).items).toEqual([]);
    await post("/interlaboratory-rounds", {
      ...round,
      roundId: "score-2026b",
      day: "2026-04-01",
      results: [{ labId: LAB, value: 160 }],
    });
    expect(await rankOf()).toEqual({ rank: null, comparable: false });
    expect(
      (await get("/interlaboratory-rounds?labId=lab-one&analyte=mdma")).items.map(
        ({ score }: { score: number }) => Math.round(score * 10) / 10,
      ),
    ).toEqual([0.4, 6]);
    expect((await get("/interlaboratory-rounds/comparability")).items).toMatchObject([
      {
        labId: LAB,
        analyte: "mdma",
        comparable: false,
        reason: "failed",
        lastRound: { roundId: "score-2026b" },
        drift: { rounds: 2, signal: "high", since: "2026-04-01" },
      },
    ]);
  });
});
