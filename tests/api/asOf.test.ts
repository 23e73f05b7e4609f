import { afterEach, beforeEach, expect, it } from "vitest";
import { resultPoint } from "../../ingest/points.ts";
import type { ResultRevision } from "../../store/records/revisions.ts";
import { revisionOf } from "../store/records/nouns.ts";
import { openWorld, type World } from "./world.ts";

const V = "/api/v1";
let world: World;
beforeEach(async () => {
  world = await openWorld();
});
afterEach(() => world.close());

/** A value of a sample of April, received on a day of May; a later one corrects it. */
function received(day: number, sampleDay: number, value: number, reason?: string): ResultRevision {
  const at = (month: string, ofMonth: number) => `2026-${month}-${String(ofMonth).padStart(2, "0")}`;
  const receivedAt = `${at("05", day)}T10:00:00.000Z`;
  const sample = {
    sampleId: `s-${sampleDay}`,
    siteId: "plant-b",
    start: `${at("04", sampleDay)}T08:00:00+08:00`,
    end: `${at("04", sampleDay + 1)}T08:00:00+08:00`,
    flowM3D: 10_000,
  };
  return { ...revisionOf({ sample, result: { value }, release: receivedAt, ...(reason ? { reason } : {}) }), receivedAt };
}

const values = async (measure: string, asOf?: string) => {
  const query = new URLSearchParams({ siteId: "plant-b", analyte: "mdma", measure, ...(asOf ? { asOf } : {}) });
  const { status, body } = await world.ask({ url: `${V}/series?${query}`, who: "analyst" });
  expect(status, JSON.stringify(body)).toBe(200);
  return (body.items[0]?.points ?? []).map(({ value }: { value: number }) => value);
};

it("the series of a day leaves out what came later, and holds what was corrected later as it was then", async () => {
  const revisions = [received(2, 1, 100), received(4, 2, 50), received(6, 1, 300, "recalculated")];
  await world.records.results.append(revisions);
  await world.series.write(revisions.slice(1).map(resultPoint));
  expect(await values("concentration")).toEqual([300, 50]);
  expect(await values("concentration", "2026-05-05")).toEqual([100, 50]);
  expect(await values("concentration", "2026-05-03")).toEqual([100]);
  expect(await values("concentration", "2026-05-01")).toEqual([]);
  expect(await values("load", "2026-05-03")).toEqual([1]); // 100 ng/L in 10,000 m3/d is 1 g/d
  expect(await values("load", "2026-05-06")).toEqual([3, 0.5]);
});

it("what was expected then is not kept, and a whole region would be too much: both are refused in words", async () => {
  const ask = (query: string) => world.ask({ url: `${V}/series?asOf=2026-05-03&${query}`, who: "analyst" });
  for (const query of ["siteId=plant-b&analyte=mdma&measure=expected", "analyte=mdma", "siteId=plant-b"]) {
    const { status, body } = await ask(query);
    expect(status).toBe(400);
    expect(body.detail).toContain("asOf");
  }
});
