import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { addKey } from "../../api/auth/keys.ts";
import { revisionOf } from "../store/records/nouns.ts";
import { openWorld, PURPOSE, type World } from "./world.ts";

// What is measured at a manhole is looked for by somebody who has no business with it, in every way there is.

const V = "/api/v1";
let world: World;
beforeAll(async () => {
  world = await openWorld();
  const point = { siteId: "mh-a", name: "mdma", variant: "standard", timeMs: Date.parse("2026-05-04"), value: 4.2 };
  await world.series.write([{ ...point, measure: "load" }]);
  await world.series.write([{ ...point, siteId: "plant-a", measure: "load", value: 7 }]);
  for (const siteId of ["mh-a", "plant-a"]) await world.series.write([{ ...point, siteId, measure: "populationNormalisedLoad" }]);
  await world.records.results.append(
    ["mh-a", "plant-a"].map((siteId) => revisionOf({ sample: { siteId, sampleId: `s-${siteId}` } })),
  );
});
afterAll(() => world.close());

const text = (body: unknown) => (typeof body === "string" ? body : JSON.stringify(body));
const viewed = async () => (await world.records.chains.list("audit")).filter(({ action }) => action === "place.viewed");

describe("a manhole's loads", () => {
  it.each([
    "series?analyte=mdma",
    "series.csv?analyte=mdma",
    "series/latest?analyte=mdma",
    "series/latest.csv",
    "series/latest.ndjson",
  ])("%s, which names no site, is about the plants, whoever asks", async (path) => {
    for (const who of ["analyst", "investigator", "admin"] as const) {
      const { status, body } = await world.ask({ url: `${V}/${path}`, who });
      expect([status, text(body).includes("mh-a"), text(body).includes("plant-a")]).toEqual([200, false, true]);
    }
  });

  it.each(["long.csv", "euda.csv", "wqx.json", "odm/samples.csv", "odm/measures.csv", "odm/sites.csv", "sites.geojson"])(
    "exports/%s, which names no site, is about the plants, whoever asks",
    async (path) => {
      for (const who of ["analyst", "investigator", "admin"] as const) {
        const { status, body } = await world.ask({ url: `${V}/exports/${path}`, who });
        expect([status, text(body).includes("mh-a")]).toEqual([200, false]);
      }
    },
  );

  const WAYS = [
    "series/profile?siteId=mh-a&analyte=mdma",
    "exports/long.csv?siteId=mh-a",
    "exports/euda.csv?siteId=mh-a",
    "exports/wqx.json?siteId=mh-a",
    "exports/odm/samples.csv?siteId=mh-a",
    "exports/odm/measures.csv?siteId=mh-a",
    "exports/odm/sites.csv?siteId=mh-a",
    "exports/sites.geojson?siteId=plant-a&siteId=mh-a",
    "series?siteId=mh-a",
    "series?siteId=plant-a&siteId=mh-a",
    "series.csv?siteId=mh-a",
    "series/latest?siteId=mh-a",
    "series/latest.csv?siteId=mh-a",
    "explanations?siteId=mh-a&analyte=mdma&day=2026-05-04",
    "derived?siteId=mh-a&analyte=mdma&quantity=load",
    "ratios?siteId=mh-a",
    "sums?siteId=mh-a",
    "fractions?siteId=mh-a",
    "trends?siteId=mh-a&analyte=mdma",
    "annotations?siteId=mh-a",
    "anomalies?siteId=mh-a",
    "anomalies.csv?siteId=mh-a",
    "sites/mh-a/samples?from=2026-05-01&to=2026-05-10",
    "sites/mh-a/samples.csv?from=2026-05-01&to=2026-05-10",
    "sites/mh-a/days?from=2026-05-01&to=2026-05-10",
  ];

  it.each(WAYS)("%s: an analyst is refused", async (path) => {
    const { status, body } = await world.ask({ url: `${V}/${path}`, who: "analyst" });
    expect([status, text(body).includes("4.2")]).toEqual([403, false]);
  });

  it.each(WAYS)("%s: an investigator without a purpose is refused, with one it is written down", async (path) => {
    const before = (await viewed()).length;
    const refused = await world.ask({ url: `${V}/${path}`, who: "investigator", headers: { "x-purpose": "" } });
    expect([refused.status, refused.body.refusals?.[0].code]).toEqual([400, "purpose_missing"]);
    expect(await viewed()).toHaveLength(before);
    expect((await world.ask({ url: `${V}/${path}`, who: "investigator" })).status).not.toBe(403);
    expect((await viewed()).at(-1)).toMatchObject({ subject: "mh-a", actor: "the investigator", content: { purpose: PURPOSE } });
  });

  it("an investigator of another region is told of none, an own region's are shown", async () => {
    const plant = { siteId: "plant-east", name: "E", kind: "wwtp", timeZone: "UTC", region: "East" } as const;
    const manhole = { siteId: "mh-east", name: "M", kind: "manhole", parentSiteId: "plant-east", timeZone: "UTC" } as const;
    for (const site of [plant, manhole]) await world.records.sites.save(site, "2026-05-06T08:00:00.000Z");
    const point = { name: "mdma", variant: "standard", measure: "load", timeMs: Date.parse("2026-05-04"), value: 4.2 } as const;
    await world.series.write([{ ...point, siteId: "mh-east" }]);
    const asked = async (region: string, path: string) => {
      const key = { name: "Qian Qi", role: "investigator", organisation: "Police", expiresAt: null } as const;
      const { token } = await addKey(world.records, { ...key, regions: [region] }, "2026-05-01T00:00:00.000Z");
      return world.ask({ url: `${V}/${path}`, headers: { authorization: `Bearer ${token}`, "x-purpose": PURPOSE } });
    };
    for (const path of WAYS.map((way) => way.replaceAll("mh-a", "mh-east"))) {
      const { status, body } = await asked("West", path);
      expect([path, status, text(body).includes("4.2")]).toEqual([path, 404, false]);
    }
    const { status, body } = await asked("East", "series?siteId=mh-east");
    expect([status, text(body).includes("4.2")]).toEqual([200, true]);
  });

  it("a manhole that was registered a moment ago is not shown either", async () => {
    await world.ask({ url: `${V}/series/latest`, who: "analyst" }); // which sites there are is known now
    const site = { siteId: "mh-new", name: "N", kind: "manhole", parentSiteId: "plant-a", timeZone: "UTC" } as const;
    await world.records.sites.save(site, "2026-05-06T08:00:00.000Z");
    await world.series.write([
      { siteId: "mh-new", name: "mdma", variant: "standard", measure: "load", timeMs: Date.parse("2026-05-04"), value: 1 },
    ]);
    expect(text((await world.ask({ url: `${V}/series/latest`, who: "analyst" })).body)).not.toContain("mh-new");
  });

  it("a plant's are nobody's secret", async () => {
    expect((await world.ask({ url: `${V}/series?siteId=plant-a`, who: "analyst", headers: { "x-purpose": "" } })).status).toBe(
      200,
    );
  });
});
