import { expect, it, onTestFinished } from "vitest";
import { leadCustody } from "../../../analytics/worker/custody.ts";
import { addDays } from "../../../schemas/days.ts";
import { wordNote } from "../../../schemas/leadWords.ts";
import type { Network } from "../../../schemas/network.ts";
import type { SamplingOrder } from "../../../schemas/order.ts";
import type { Site } from "../../../schemas/site.ts";
import { SPIKE_DAY, yearWithSpike } from "./spike.ts";
import { NOW, openPlantWorld } from "./world.ts";

const network: Network = {
  id: "net",
  plant: "P",
  nodes: ["P", "A", "B"].map((id) => ({ id, population: 10_000, dryWeatherFlowM3S: 0.01 })),
  links: [
    { id: "a", from: "A", to: "P", lengthM: 100 },
    { id: "b", from: "B", to: "A", lengthM: 100 },
  ],
};
const node = (nodeId: string) => ({ networkNode: { networkId: "net", nodeId } });
const population = { people: 30_000, source: "census", year: 2025 };
const plant: Site = { siteId: "plant", name: "P", kind: "wwtp", timeZone: "UTC", population, ...node("P") };
const manhole: Site = { siteId: "mh-b", name: "B", kind: "manhole", parentSiteId: "plant", timeZone: "UTC", ...node("B") };

const day = addDays(SPIKE_DAY, 1);
const [start, end] = [`${day}T08:00:00.000Z`, `${addDays(day, 1)}T08:00:00.000Z`];
const returned = {
  taken: true as const,
  start,
  end,
  seal: "A-1",
  container: "glass",
  temperatureCel: 4,
  collector: "Zhao Min",
  photos: [],
  note: "",
};

const orderOf = (leadId: string): SamplingOrder => {
  const window = { start, end, earliest: start, latest: start };
  const place = { latitude: null, longitude: null, because: null };
  const point = {
    node: "B",
    siteId: "mh-b",
    sampleId: "S-1",
    container: "glass",
    ...window,
    ...place,
    returned,
    returnedAt: NOW,
  };
  const rest = { timeZone: "UTC", day, state: "returned" as const, orderedBy: "Li", orderedAt: NOW, expiresAt: NOW };
  return { orderId: "o-1", leadId, plantId: "plant", analyte: "methamphetamine", points: [point], ...rest };
};

/** What the laboratory reports of the bottle. */
const reportOf = (seal: string) => {
  const [first] = yearWithSpike("mh-b");
  const sample = { ...first?.sample, sampleId: "S-1", siteId: "mh-b", start, end, seal, flowM3D: 800 };
  return { ...first, uploadId: "u-1", sample };
};

it.each([
  ["A-1", "received", []],
  [
    "B-9",
    "broken",
    [
      {
        en: `Custody of S-1, ${day}: seal B-9 at the laboratory, A-1 in the field.`,
        zh: `样品S-1（${day}）监管链：实验室封条B-9与现场封条A-1不符。`,
      },
    ],
  ],
])(
  "a bottle that arrives under seal %s is %s; it is weighed, and what does not fit is told with the lead",
  async (seal, state, told) => {
    const world = await openPlantWorld();
    onTestFinished(() => world.close());
    await world.records.networks.save(network, NOW);
    await world.receive(plant, { reports: yearWithSpike("plant") });
    const [lead] = await world.records.leads.list({ limit: 9 });
    expect(lead?.posterior?.evidence.map(({ node: at }) => at)).not.toContain("B");
    await world.records.orders.add(orderOf(lead?.leadId as string), "hash");
    await world.receive(manhole, { reports: [reportOf(seal)] });
    const after = await world.records.leads.find(lead?.leadId as string);
    expect(after?.posterior?.evidence.map(({ node: at }) => at)).toContain("B");
    expect(after?.posterior?.notes.filter(({ code }) => code === "custody_broken").map(wordNote)).toEqual(told);
    expect((await leadCustody(world.records, lead?.leadId as string)).map((custody) => custody.state)).toEqual([state]);
  },
);
