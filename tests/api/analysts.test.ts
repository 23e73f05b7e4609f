import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { aggregatesAnswer } from "../../api/series/aggregates.ts";
import { ratiosAnswer } from "../../api/series/ratios.ts";
import { openWorld, type World } from "./world.ts";

const V = "/api/v1";
let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());
const get = async (path: string) => (await world.ask({ url: `${V}${path}`, who: "analyst" })).body;
const at = (day: string) => Date.parse(`${day}T00:00:00Z`);

describe("ratios of residues", () => {
  const cocaine = { measure: "concentration", siteId: "plant-b", name: "cocaine", variant: "lab-one/m/1" } as const;
  const metabolite = { ...cocaine, name: "benzoylecgonine" };
  beforeAll(() =>
    world.series.write([
      { ...cocaine, timeMs: at("2026-03-01"), value: 40, low: 32.16, high: 47.84 }, // 40 ± 1.96 × 4: a tenth
      { ...metabolite, timeMs: at("2026-03-01"), value: 100, low: 80.4, high: 119.6 },
      { ...cocaine, timeMs: at("2026-03-02"), value: 5, censored: true },
      { ...metabolite, timeMs: at("2026-03-02"), value: 100 },
      { ...cocaine, timeMs: at("2026-03-03"), value: 30 },
      { ...metabolite, timeMs: at("2026-03-03"), value: 10, censored: true },
      { ...cocaine, timeMs: at("2026-03-04"), value: 5, censored: true },
      { ...metabolite, timeMs: at("2026-03-04"), value: 10, censored: true },
      { ...cocaine, timeMs: at("2026-03-05"), value: 5 },
      { ...metabolite, variant: "lab-two/m/1", timeMs: at("2026-03-05"), value: 10 },
    ]),
  );

  it("are of one sample of one laboratory; a residue below its limit bounds them, two leave them unknown", async () => {
    const answer = ratiosAnswer.parse(await get("/ratios?siteId=plant-b"));
    expect(answer.items.map(({ pair }) => pair)).toEqual(["cocaine/benzoylecgonine"]);
    const points = answer.items[0]?.points ?? [];
    expect(points.map(({ value, censoring }) => [value, censoring])).toEqual([
      [0.4, "none"],
      [0.05, "below"],
      [3, "above"],
      [0.5, "unknown"],
    ]);
    // two analyses of a tenth each: ln-sd = sqrt(2 ln(1.01)), 0.4 · exp(±1.959964 · 0.141068)
    expect(points[0]?.low).toBeCloseTo(0.30338, 4);
    expect(points[0]?.high).toBeCloseTo(0.52739, 4);
  });

  it("hold for the days asked for", async () => {
    const { items } = await get("/ratios?siteId=plant-b&from=2026-03-02&to=2026-03-02");
    expect(items[0].points.map(({ time }: { time: string }) => time)).toEqual(["2026-03-02T00:00:00.000Z"]);
  });
});

it("how much amphetamine was taken as such is told where both were quantified: all may come from methamphetamine, or a part", async () => {
  const residue = { measure: "concentration", siteId: "plant-a", variant: "lab-one/m/1" } as const;
  const both = [9, 50, 200].flatMap((value, i) => [
    { ...residue, name: "amphetamine", timeMs: at(`2026-03-0${i + 1}`), value },
    { ...residue, name: "methamphetamine", timeMs: at(`2026-03-0${i + 1}`), value: 100 },
  ]);
  await world.series.write([
    ...both,
    { ...residue, name: "amphetamine", timeMs: at("2026-03-04"), value: 5, censored: true },
    { ...residue, name: "methamphetamine", timeMs: at("2026-03-04"), value: 100 },
  ]);
  const { items } = ratiosAnswer.parse(await get("/ratios?siteId=plant-a"));
  const points = items.find(({ pair }) => pair === "amphetamine/methamphetamine")!.points;
  expect(points.map(({ ownAmphetamine }) => ownAmphetamine && [ownAmphetamine.reason, ownAmphetamine.isReliable])).toEqual([
    ["fromMethamphetamine", false],
    ["mixed", false],
    ["own", true],
    undefined,
  ]);
  expect(points[1]!.ownAmphetamine!.share).toBeCloseTo(0.82, 12); // 50 less 0.09 · 100
});

describe("aggregates of regions", () => {
  beforeAll(async () => {
    for (const [siteId, people] of [
      ["big", 900_000],
      ["small", 100_000],
    ] as const)
      await world.records.sites.save(
        {
          siteId,
          name: siteId,
          kind: "wwtp",
          country: "CN",
          region: "East",
          timeZone: "Asia/Shanghai",
          population: { people, source: "census", year: 2025 },
        },
        "t",
      );
    const key = { measure: "populationNormalisedLoad", name: "ketamine", variant: "p@1" } as const;
    await world.series.write([
      { ...key, siteId: "big", timeMs: at("2026-03-01"), value: 10 },
      { ...key, siteId: "big", timeMs: at("2026-03-02"), value: 20 },
      { ...key, siteId: "small", timeMs: at("2026-03-01"), value: 50, censored: true },
      { ...key, siteId: "big", variant: "q@1", timeMs: at("2026-03-02"), value: 999 }, // another profile, the same sample
      { ...key, siteId: "big", timeMs: at("2026-03-31") + 18 * 3_600_000, value: 7 }, // already 1 April in Shanghai
    ]);
  });

  it("weigh each site by its people, and leave open what lies below a limit", async () => {
    const answer = aggregatesAnswer.parse(await get("/aggregates?analyte=ketamine"));
    expect(answer.items).toHaveLength(1);
    expect(answer.items[0]).toMatchObject({ country: "CN", region: "East", people: 1_000_000 });
    const [march, april] = answer.items[0]?.points ?? [];
    // (15 × 900,000 + 0 × 100,000) / 1,000,000, and with 50 for the smaller
    expect(march).toEqual({
      from: "2026-03-01",
      atLeast: 13.5,
      atMost: 18.5,
      sites: 2,
      people: 1_000_000,
      values: 3,
      below: 1,
      mass: null,
    });
    expect(april).toMatchObject({ from: "2026-04-01", atLeast: 7, atMost: 7, sites: 1, people: 900_000 });
  });

  it("of countries and years", async () => {
    const { items } = await get("/aggregates?analyte=ketamine&by=country&every=year");
    expect(items).toMatchObject([{ country: "CN", region: null, points: [{ from: "2026-01-01", sites: 2 }] }]);
  });
});

describe("what a region takes in a year", () => {
  // NWDMP's printed years of methylamphetamine: New South Wales 4,622.4 of 15,791 kg, 3,624.7 the year before (worked value 7.8)
  const [kg, before, national, people] = [4622.4, 3624.7, 15_791, 8_000_000];
  const perThousand = (mass: number, of: number) => ((mass * 1000) / 365 / of) * 1e6;
  beforeAll(async () => {
    const plant = (siteId: string, region: string, connected: number) =>
      world.records.sites.save(
        {
          siteId,
          name: siteId,
          kind: "wwtp",
          country: "AU",
          region,
          timeZone: "Australia/Sydney",
          population: { people: connected, source: "census", year: 2025 },
        },
        "t",
      );
    await plant("sydney", "NSW", people / 2);
    await plant("newcastle", "NSW", people / 2);
    await plant("others", "VIC", people);
    const key = {
      measure: "consumption",
      name: "methamphetamine",
      variant: "acic-nwdmp@1/supplied/methamphetamine-khan-nicell",
    } as const;
    await world.series.write([
      ...["sydney", "newcastle"].map((siteId) => ({
        ...key,
        siteId,
        timeMs: at("2024-03-01"),
        value: perThousand(before, people),
      })),
      { ...key, siteId: "sydney", timeMs: at("2025-03-01"), value: perThousand(kg, people) }, // half of the people were sampled
      { ...key, siteId: "others", timeMs: at("2025-03-01"), value: perThousand(national - kg, people) },
      {
        ...key,
        siteId: "sydney",
        variant: "other@1/supplied/methamphetamine-zuccato-2008",
        timeMs: at("2025-03-02"),
        value: 9e9,
      },
    ]);
  });
  it("is told in kg, scaled to all of its people, with its change and its share", async () => {
    const url = "/aggregates?analyte=methamphetamine&measure=consumption&every=year&profile=acic-nwdmp";
    const { items, unit } = aggregatesAnswer.parse(await get(url));
    expect(unit).toBe("mg/d/(10*3.{inh})");
    const [, now] = items.find(({ region }) => region === "NSW")!.points;
    expect(now!.mass!.kg.atLeast).toBeCloseTo(kg, 6);
    expect(now!.mass!.changePercent).toBeCloseTo(27.5, 1);
    expect(now!.mass!.sharePercent).toBeCloseTo(29.27, 2);
    const [only] = items.find(({ region }) => region === "VIC")!.points;
    expect(only!.mass!.changePercent).toBeNull();
  });
  it("a profile that nobody knows is refused", async () => {
    const { status } = await world.ask({ url: `${V}/aggregates?analyte=mdma&profile=none`, who: "analyst" });
    expect(status).toBe(400);
  });
});

describe("annotations", () => {
  const draft = {
    siteId: "plant-a",
    analyte: "mdma",
    from: "2026-05-01",
    to: "2026-05-02",
    kind: "festival",
    text: " Midi Festival ",
  };

  it("are kept with their author, found by their days, and removed by nobody else but the administrator", async () => {
    const { body: written } = await world.ask({ method: "POST", url: `${V}/annotations`, who: "analyst", payload: draft });
    expect(written).toMatchObject({ text: "Midi Festival", author: "the analyst" });
    expect((await get("/annotations?siteId=plant-a&analyte=mdma&from=2026-05-02&to=2026-06-01")).items).toEqual([written]);
    expect((await get("/annotations?siteId=plant-a&analyte=ketamine")).items).toEqual([]);
    const remove = (who: "investigator" | "analyst") =>
      world.ask({ method: "DELETE", url: `${V}/annotations/${written.annotationId}`, who });
    expect((await remove("investigator")).status).toBe(403);
    expect((await remove("analyst")).status).toBe(204);
    const audit = await world.records.chains.list("audit");
    expect(audit.map(({ action }) => action)).toEqual(expect.arrayContaining(["annotation.added", "annotation.removed"]));
  });
});

describe("an anomaly that is put off", () => {
  it("is among those put off until its day, with who and why", async () => {
    const url = `${V}/anomalies/anomaly-2026-05-03/snooze`;
    const payload = { until: "2026-05-09", reason: "waits for the repeat analysis" };
    expect((await world.ask({ method: "POST", url, who: "analyst", payload })).status).toBe(200);
    expect((await get("/anomalies/snoozes")).items).toMatchObject([{ ...payload, actor: "the analyst" }]);
    world.pass(3 * 86_400_000);
    expect((await get("/anomalies/snoozes")).items).toEqual([]);
  });

  it("cannot be put off into the past, nor when it was retracted", async () => {
    const put = (anomalyId: string, until: string) =>
      world.ask({ method: "POST", url: `${V}/anomalies/${anomalyId}/snooze`, who: "analyst", payload: { until, reason: "r" } });
    expect((await put("anomaly-2026-05-03", "2026-05-09")).status).toBe(409);
    expect((await put("anomaly-2026-05-01", "2026-05-20")).status).toBe(409);
  });
});

describe("what changed since the last visit", () => {
  it("is known after a pause of half an hour", async () => {
    const look = async () => (await world.ask({ method: "POST", url: `${V}/visits`, who: "investigator" })).body.previous;
    expect(await look()).toBeNull();
    world.pass(3_600_000);
    const previous = await look();
    expect(previous).not.toBeNull();
    expect(await get(`/changes?since=${previous}`)).toMatchObject({ results: [], anomalies: [] });
  });
});

describe("days of a site", () => {
  it("count people by ammonium: 30 mg/L in 100,000 m3 is 3,000 kg of nitrogen", async () => {
    const reading = { measure: "reading", siteId: "plant-c", variant: "probe", timeMs: at("2026-05-04") } as const;
    await world.series.write([
      { ...reading, name: "flow", value: 100_000 },
      { ...reading, name: "ammoniumNitrogen", value: 30 },
      { ...reading, name: "rainfall", value: 4 },
      { ...reading, timeMs: reading.timeMs + 3_600_000, name: "rainfall", value: 2 },
      { ...reading, timeMs: at("2026-05-05"), name: "flow", value: 90_000 },
    ]);
    const { method, items } = await get("/sites/plant-c/days?from=2026-05-04&to=2026-05-05");
    expect(method).toBe("ammoniumNitrogen");
    expect(items).toMatchObject([
      { day: "2026-05-04", flowM3D: 100_000, rainfallMm: 6 },
      { day: "2026-05-05", flowM3D: 90_000, rainfallMm: null, people: null },
    ]);
    const gPersonDay = 3_000_000 / items[0].people;
    expect(gPersonDay).toBeGreaterThan(5); // Been et al. 2014 and others: 6 to 9 g of ammonium nitrogen a person and day
    expect(gPersonDay).toBeLessThan(10);
  });
});

describe("a lead that is asked for", () => {
  it("is kept with who asked and why, and the plant is computed again", async () => {
    const url = `${V}/anomalies/anomaly-2026-05-04/lead`;
    const answer = await world.ask({ method: "POST", url, who: "investigator", payload: { reason: "a barrel was found" } });
    expect(answer.status).toBe(202);
    expect(await world.records.leadRequests.ofSite("plant-a")).toMatchObject([
      { anomalyId: "anomaly-2026-05-04", actor: "the investigator", reason: "a barrel was found" },
    ]);
    const lags = await world.log.lag("series-changes", "analytics");
    expect(lags.reduce((sum, { end }) => sum + Number(end), 0)).toBeGreaterThan(0);
  });

  it("is refused where no lead may be opened: of public data", async () => {
    const source = "EUDA and SCORE, CC BY 4.0";
    await world.records.sites.save({ siteId: "euda-x", name: "X", kind: "wwtp", timeZone: "UTC", source }, "t");
    const anomaly = { ...(await world.records.anomalies.find("anomaly-2026-05-04"))!, anomalyId: "euda-1", siteId: "euda-x" };
    await world.records.anomalies.replace("euda-x", "mdma", [anomaly], "t");
    const url = `${V}/anomalies/euda-1/lead`;
    const answer = await world.ask({ method: "POST", url, who: "investigator", payload: { reason: "r" } });
    expect(answer.status).toBe(409);
    expect(answer.body.detail).toContain("public data");
  });
});
