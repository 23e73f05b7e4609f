import { expect, it, onTestFinished } from "vitest";
import { AT, anomalyOf } from "../store/records/nouns.ts";
import { openWorld } from "./world.ts";

const V = "/api/v1";
const regional = { riseId: "rise-1", start: "2026-05-02", risen: 4, sampled: 6 };
const pool = { version: "reference 2026-11", series: 53 };

it("an anomaly tells when it was raised, its q over all sites, its region's rise and its pool; its ETag holds for a decision", async () => {
  const world = await openWorld();
  onTestFinished(() => world.close());
  const anomaly = anomalyOf("2026-05-02", { anomalyId: "x", siteId: "far", raisedOn: "2026-05-03", regional, pool });
  await world.records.anomalies.replace("far", "mdma", [anomaly], AT);
  const rise = {
    anomalyId: "x",
    siteId: "far",
    region: "North",
    analyte: "mdma",
    start: "2026-05-02",
    end: "2026-05-02",
    peak: "2026-05-02",
    raisedOn: "2026-05-03",
    upward: true,
    method: null,
    chance: 1e-5,
    circumstances: {},
    weighed: "",
  };
  await world.records.rises.replace("far", {
    rises: [rise],
    months: { "2026-05": 30, "2025-06": 70, "2025-05": 5_000 },
    batchDays: [],
  });
  await world.records.rises.replace("near", { rises: [], months: { "2026-04": 900, "2026-06": 5_000 }, batchDays: [] });
  const shown = { raisedOn: "2026-05-03", regional, pool, qValue: 0.01 }; // 1e-5 times the 1,000 values from June 2025 to May 2026
  const one = await world.ask({ url: `${V}/anomalies/x`, headers: world.as("analyst") });
  expect(one.body).toMatchObject(shown);
  const list = await world.ask({ url: `${V}/anomalies?siteId=far`, headers: world.as("analyst") });
  expect(list.body.items).toEqual([one.body]);
  const dismiss = {
    method: "POST",
    url: `${V}/anomalies/x/dismiss`,
    headers: { ...world.as("investigator"), "if-match": String(one.headers["etag"]) },
    payload: { reason: "festival" },
  } as const;
  const decided = await world.ask(dismiss);
  expect(decided).toMatchObject({ status: 200, body: { ...shown, state: "dismissed" } });
  expect((await world.ask(dismiss)).status).toBe(412);
});
