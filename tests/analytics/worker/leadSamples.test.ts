import { describe, expect, it, onTestFinished } from "vitest";
import { transitionLead } from "../../../alerts/leads.ts";
import { leadCustody } from "../../../analytics/worker/custody.ts";
import { addDays } from "../../../schemas/days.ts";
import type { Lead } from "../../../schemas/lead.ts";
import { wordNote } from "../../../schemas/leadWords.ts";
import type { Network } from "../../../schemas/network.ts";
import type { SamplingOrder } from "../../../schemas/order.ts";
import type { Site } from "../../../schemas/site.ts";
import { RULES } from "../../alerts/leadsWorld.ts";
import { SPIKE_DAY, yearWithSpike } from "./spike.ts";
import { EVER, NOW, openPlantWorld, type PlantWorld } from "./world.ts";

// What comes in from the sewer other than ordered, mapped or hoped for, through ingest and the embedded stores.

/** P <- A <- B, and P <- C. */
const networkOf = (names: { b: string }): Network => ({
  id: "net",
  plant: "P",
  nodes: ["P", "A", names.b, "C"].map((id) => ({ id, population: 10_000, dryWeatherFlowM3S: 0.01 })),
  links: [
    { id: "a", from: "A", to: "P", lengthM: 100 },
    { id: "b", from: names.b, to: "A", lengthM: 100 },
    { id: "c", from: "C", to: "P", lengthM: 100 },
  ],
});
const at = (nodeId: string) => ({ networkNode: { networkId: "net", nodeId } });
const population = { people: 40_000, source: "census", year: 2025 };
const plant: Site = { siteId: "plant", name: "P", kind: "wwtp", timeZone: "UTC", population, ...at("P") };
const manholeOf = (node: string): Site => ({
  siteId: `mh-${node.toLowerCase()}`,
  name: node,
  kind: "manhole",
  parentSiteId: "plant",
  timeZone: "UTC",
  ...at(node),
});
const [manholeA, manholeB, manholeC] = ["A", "B", "C"].map(manholeOf) as [Site, Site, Site];

/** A plant whose spike has opened a lead. */
async function openLead(): Promise<PlantWorld & { lead: () => Promise<Lead> }> {
  const world = await openPlantWorld();
  onTestFinished(() => world.close());
  await world.records.networks.save(networkOf({ b: "B" }), "2026-01-01T00:00:00.000Z");
  for (const site of [manholeA, manholeB, manholeC]) await world.records.sites.save(site, NOW);
  await world.receive(plant, { reports: yearWithSpike("plant") });
  return { ...world, lead: async () => (await world.records.leads.list({ limit: 9 }))[0] as Lead };
}

type Measured = { ngL: number; censoring?: "belowLoq" | "aboveRange" | "none"; day?: number; sampleId?: string };

/** What the laboratory reports of a day after the spike. */
function bottle({ siteId }: Site, { ngL, censoring = "none", day: after = 1, sampleId }: Measured) {
  const [first] = yearWithSpike(siteId);
  const day = addDays(SPIKE_DAY, after);
  const [start, end] = [`${day}T08:00:00.000Z`, `${addDays(day, 1)}T08:00:00.000Z`];
  const id = sampleId ?? `s-${siteId}-${day}`;
  const measured = censoring === "belowLoq" ? { value: null, loq: ngL, censoring } : { value: ngL, censoring };
  const results = first?.results.map((result) => ({ ...result, ...measured }));
  return { ...first, uploadId: `u-${id}`, sample: { ...first?.sample, sampleId: id, siteId, start, end, flowM3D: 800 }, results };
}

const sampled = ({ posterior }: Lead) => (posterior?.evidence ?? []).filter(({ node }) => node !== "P");
const told = ({ posterior }: Lead, code: string) => (posterior?.notes ?? []).filter((note) => note.code === code).map(wordNote);

describe("a network replaced while the lead is open", () => {
  it("samples of a manhole that is gone are kept, told, and weighed again when the site has its new node", async () => {
    const world = await openLead();
    await world.receive(manholeB, { reports: [bottle(manholeB, { ngL: 900 })] });
    expect(sampled(await world.lead())).toMatchObject([{ node: "B" }]);
    const version = await world.records.networks.save(networkOf({ b: "B-2027" }), NOW);
    await world.receive(manholeC, { reports: [bottle(manholeC, { ngL: 20 })] });
    const replaced = await world.lead();
    expect([replaced.networkVersion, sampled(replaced).map(({ node }) => node)]).toEqual([version, ["C"]]);
    expect(told(replaced, "samples_unplaced")).toEqual([
      {
        en: "1 sample is not weighed: this version of the network has no manhole for mh-b. Give such sites their node in it.",
        zh: "1个样品未计入：当前管网版本中无对应窨井（点位mh-b）。请为相应点位指定新的管网节点。",
      },
    ]);
    await world.receive({ ...manholeB, ...at("B-2027") }, {});
    const mapped = await world.lead();
    expect(sampled(mapped).map(({ node }) => node)).toEqual(["B-2027", "C"]);
    expect(told(mapped, "samples_unplaced")).toEqual([]);
    expect((await world.records.leads.versions(mapped.leadId)).map(({ why }) => why.en)).toEqual([
      "An anomaly at the plant points to its sewer.",
      "1 sample more.",
      "Another version of the network.",
      "1 sample more.",
    ]);
  });

  it("with the plant's own node renamed, the plant's samples do not pass for the sewer's: no crew has been out", async () => {
    const world = await openLead();
    const { nodes, links, ...rest } = networkOf({ b: "B" });
    const renamed = (id: string) => (id === "P" ? "WWTP" : id);
    await world.records.networks.save(
      {
        ...rest,
        plant: "WWTP",
        nodes: nodes.map((node) => ({ ...node, id: renamed(node.id) })),
        links: links.map((link) => ({ ...link, to: renamed(link.to) })),
      },
      NOW,
    );
    await world.receive(plant, {});
    expect(await world.lead()).toMatchObject({ state: "open", version: 2 });
  });
});

describe("a bottle that comes back otherwise than ordered", () => {
  const day = addDays(SPIKE_DAY, 1);
  const order = async (world: PlantWorld, leadId: string, analyte: string) => {
    const window = { start: `${day}T08:00:00.000Z`, end: `${addDays(day, 1)}T08:00:00.000Z` };
    const returned = {
      ...{ taken: true as const, ...window, seal: "A-1", container: "glass", temperatureCel: 4 },
      ...{ collector: "Zhao", photos: [], note: "" },
    };
    const place = { latitude: null, longitude: null, because: null };
    const times = { ...window, earliest: window.start, latest: window.start };
    const point = { node: "B", siteId: "mh-b", sampleId: "S-1", container: "glass", ...times, ...place };
    const points = [{ ...point, returned, returnedAt: NOW }];
    const rest = { timeZone: "UTC", day, state: "returned" as const, orderedBy: "Li", orderedAt: NOW, expiresAt: NOW };
    const made: SamplingOrder = { orderId: `o-${leadId}`, leadId, plantId: "plant", analyte, points, ...rest };
    await world.records.orders.add(made, "hash");
  };

  it("reported for another manhole: it is weighed where it was reported, and custody and lead say that it was ordered elsewhere", async () => {
    const world = await openLead();
    const { leadId } = await world.lead();
    await order(world, leadId, "methamphetamine");
    await world.receive(manholeC, { reports: [bottle(manholeC, { ngL: 900, sampleId: "S-1" })] });
    expect(sampled(await world.lead())).toMatchObject([{ node: "C" }]);
    const finding = { en: "reported for mh-c, ordered at mh-b", zh: "报告点位mh-c与采样单点位mh-b不符" };
    expect(await leadCustody(world.records, leadId)).toMatchObject([{ sampleId: "S-1", state: "broken", findings: [finding] }]);
    expect(told(await world.lead(), "custody_broken")).toMatchObject([{ en: `Custody of S-1, ${day}: ${finding.en}.` }]);
  });

  it("ordered for another substance's lead: it is weighed in both, and a seal that does not fit is told in both", async () => {
    const world = await openLead();
    const { leadId, ...lead } = await world.lead();
    await world.records.leads.save({ ...lead, leadId: "lead-mdma", analyte: "mdma" });
    await order(world, "lead-mdma", "mdma");
    const sealed = bottle(manholeB, { ngL: 900, sampleId: "S-1" });
    await world.receive(manholeB, { reports: [{ ...sealed, sample: { ...sealed.sample, seal: "X-9" } }] });
    const ofMeth = (await world.records.leads.find(leadId)) as Lead;
    expect(sampled(ofMeth)).toMatchObject([{ node: "B" }]);
    expect(told(ofMeth, "custody_broken")).toMatchObject([{ en: expect.stringContaining("seal X-9") }]);
  });

  it("of an earlier lead, it is no news for this one", async () => {
    const world = await openLead();
    const { leadId, ...lead } = await world.lead();
    await world.records.leads.save({
      ...lead,
      leadId: "lead-old",
      anomalyIds: [],
      state: "confirmed",
      trigger: { ...lead.trigger, day: "2025-06-01" },
    });
    await order(world, "lead-old", "methamphetamine");
    const old = await world.records.orders.ofLead("lead-old");
    for (const each of old) await world.records.orders.update({ ...each, day: "2025-06-02" });
    const sealed = bottle(manholeB, { ngL: 900, sampleId: "S-1", day: -334 });
    await world.receive(manholeB, { reports: [{ ...sealed, sample: { ...sealed.sample, seal: "X-9" } }] });
    expect(await leadCustody(world.records, "lead-old")).toMatchObject([{ state: "broken" }]);
    expect(told((await world.records.leads.find(leadId)) as Lead, "custody_broken")).toEqual([]);
  });
});

it("more than the method can measure is at least so much, not at most: the load was found there", async () => {
  const world = await openLead();
  await world.receive(manholeA, { reports: [bottle(manholeA, { ngL: 3_000, censoring: "aboveRange", day: 0 })] });
  expect(sampled(await world.lead())).toMatchObject([{ node: "A", censored: false, reading: "positive" }]);
  const measured = await world.series.read({ measure: "concentration", siteIds: ["mh-a"], ...EVER });
  expect(measured.map(({ value, censored }) => [value, censored])).toEqual([[3_000, false]]);
});

describe("nothing in the sewer", () => {
  it("clean manholes day after day, and less than can be measured everywhere: no source is likelier, and it is dismissed with a reason", async () => {
    const world = await openLead();
    const before = await world.lead();
    for (const day of [1, 2, 3])
      for (const site of [manholeA, manholeB, manholeC])
        await world.receive(site, { reports: [bottle(site, { ngL: 5, censoring: "belowLoq", day })] });
    const lead = await world.lead();
    expect(sampled(lead)).toHaveLength(9);
    expect(sampled(lead).every(({ censored, reading }) => censored && reading !== "positive")).toBe(true);
    expect(lead.state).toBe("sampling");
    expect(lead.posterior?.noSource).toBeGreaterThan(before.posterior?.noSource as number);
    expect(lead.posterior?.confirmingPair).toBeNull();
    const move = (to: Lead["state"], reason: string) =>
      transitionLead(
        world.records,
        { leadId: lead.leadId, to, reason, actor: { name: "Li", role: "investigator" }, at: NOW },
        RULES,
      );
    await expect(move("localised", "")).rejects.toThrow();
    await expect(move("dismissed", " ")).rejects.toThrow("reason");
    expect(await move("dismissed", "nothing in three rounds")).toMatchObject({ state: "dismissed" });
    await world.receive(manholeA, { reports: [bottle(manholeA, { ngL: 900, day: 4 })] });
    expect((await world.lead()).state).toBe("dismissed");
  });

  it("but at one manhole, and an ordinary load right above it on the same day: that control confirms the place", async () => {
    const world = await openLead();
    const days = [0, 3, 4]; // on those between, the plant's own samples show that the source was silent
    for (const day of days) {
      await world.receive(manholeA, { reports: [bottle(manholeA, { ngL: 3_000, day })] });
      await world.receive(manholeB, { reports: [bottle(manholeB, { ngL: 90, day })] });
      await world.receive(manholeC, { reports: [bottle(manholeC, { ngL: 90, day })] });
    }
    const { posterior } = await world.lead();
    expect(posterior?.credible["90"].nodes).toEqual(["A"]);
    expect(posterior?.noSource).toBeLessThan(0.05);
    expect(posterior?.confirmingPair).toEqual({ positive: "A", negative: "B" });
  });
});
