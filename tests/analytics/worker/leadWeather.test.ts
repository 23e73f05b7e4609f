import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { transitionLead } from "../../../alerts/leads.ts";
import type { ComputedLead } from "../../../analytics/worker/leads.ts";
import { saveLeads } from "../../../analytics/worker/saveLeads.ts";
import type { Lead } from "../../../schemas/lead.ts";
import type { Site } from "../../../schemas/site.ts";
import type { Records } from "../../../store/records/records.ts";
import { openLeads, RULES } from "../../alerts/leadsWorld.ts";
import { AT, anomalyOf, leadOf } from "../../store/records/nouns.ts";

// Leads whose causes come together and part again, as late and corrected results have it.

const NOW = new Date("2026-05-30T08:00:00.000Z");
const plant: Site = { siteId: "plant-a", name: "A", kind: "wwtp", timeZone: "UTC" };
const [FIRST, BETWEEN, LAST] = ["2026-05-01", "2026-05-10", "2026-05-20"] as const;
const [lead1, lead2] = [`lead-${FIRST}`, `lead-${LAST}`];

let records: Records;
let close: () => Promise<void>;
beforeEach(async () => {
  ({ records, close } = await openLeads());
});
afterEach(() => close());

/** The data say so now: each group of days is a lead, and no other anomaly stands. */
async function say(...groups: (readonly string[])[]): Promise<void> {
  const anomalies = groups.flat().map((day) => anomalyOf(day));
  await records.anomalies.replace("plant-a", "mdma", anomalies, AT);
  const computed = groups.map((days): ComputedLead => {
    const { state: _s, version: _v, openedAt: _o, updatedAt: _u, ...rest } = leadOf(`lead-${days[0]}`);
    const { assignee: _a, mergedInto: _m, retainUntil: _r, anonymisedAt: _n, ...lead } = rest;
    const trigger = { ...lead.trigger, day: days[0] as string };
    return { ...lead, anomalyIds: days.map((day) => `anomaly-${day}`), trigger, samples: 0 };
  });
  await records.transaction((inside) => saveLeads(inside, plant, "mdma", computed, NOW));
}
const states = async () =>
  Object.fromEntries(
    (await records.leads.ofSeries("plant-a", "mdma")).map(({ leadId, state, mergedInto }) => [leadId, mergedInto ?? state]),
  );
const found = async (leadId: string) => (await records.leads.find(leadId)) as Lead;
const merge = (leadId: string, into: string) =>
  transitionLead(
    records,
    { leadId, to: "merged", into, reason: "one workshop", actor: { name: "Li", role: "investigator" }, at: NOW.toISOString() },
    RULES,
  );
const put = async (leadId: string, change: Partial<Lead>) => {
  const lead = await found(leadId);
  await records.leads.save({ ...lead, ...change, version: lead.version + 1 }, { actor: "Li", why: { en: "", zh: "" } });
};

describe("merged by data", () => {
  it("parts again when what joined them is withdrawn: each has its own anomaly, state and assignee", async () => {
    await say([FIRST], [LAST]);
    await put(lead2, { state: "triaged", assignee: "Wang" });
    await say([FIRST, BETWEEN, LAST]);
    expect(await states()).toEqual({ [lead1]: "open", [lead2]: lead1 });
    await say([FIRST], [LAST]);
    expect(await states()).toEqual({ [lead1]: "open", [lead2]: "triaged" });
    expect([(await found(lead1)).anomalyIds, (await found(lead2)).anomalyIds]).toEqual([
      [`anomaly-${FIRST}`],
      [`anomaly-${LAST}`],
    ]);
    expect(await found(lead2)).toMatchObject({ assignee: "Wang", mergedInto: null, version: 4 });
    expect((await records.chains.list(`lead:${lead2}`)).at(-1)?.content).toMatchObject({ from: "merged", to: "triaged" });
    expect(await records.chains.verify(`lead:${lead2}`)).toBeNull();
  });

  it("goes on under the lead it was merged into when only its own anomaly is left, and no two point at each other", async () => {
    await say([FIRST], [LAST]);
    await say([FIRST, BETWEEN, LAST]);
    await say([LAST]);
    expect(await states()).toEqual({ [lead1]: "open", [lead2]: lead1 });
    expect((await found(lead1)).anomalyIds).toEqual([`anomaly-${LAST}`]);
  });

  it("does not vanish in a lead that people dismissed, when its cause turns out to be another", async () => {
    await say([FIRST], [LAST]);
    await put(lead1, { state: "dismissed" });
    await say([FIRST, BETWEEN, LAST]);
    await say([LAST]);
    expect(await states()).toEqual({ [lead1]: "dismissed", [lead2]: "open" });
  });

  it("of a lead that was handed on, what turns out to be another cause is a lead of its own", async () => {
    await say([FIRST, BETWEEN, LAST]);
    await put(lead1, { state: "referred" });
    await say([FIRST], [LAST]);
    expect(await states()).toEqual({ [lead1]: "referred", [lead2]: "open" });
    expect((await found(lead1)).anomalyIds).toEqual([`anomaly-${FIRST}`]);
  });
});

describe("merged by people", () => {
  it("stays merged, however often the data tell them apart", async () => {
    await say([FIRST], [LAST]);
    await merge(lead2, lead1);
    await say([FIRST], [LAST]);
    expect(await states()).toEqual({ [lead1]: "open", [lead2]: lead1 });
    expect((await found(lead1)).anomalyIds).toEqual([`anomaly-${FIRST}`]);
  });

  it("keeps the lead alive that it was merged into, when that one's own values are withdrawn", async () => {
    await say([FIRST], [LAST]);
    await merge(lead2, lead1);
    await say([LAST]);
    expect(await states()).toEqual({ [lead1]: "open", [lead2]: lead1 });
    expect((await found(lead1)).anomalyIds).toEqual([`anomaly-${LAST}`]);
    await say();
    expect(await states()).toEqual({ [lead1]: "retracted", [lead2]: lead1 });
  });
});

describe("retracted after the referral", () => {
  beforeEach(async () => {
    await say([FIRST]);
    await put(lead1, { state: "referred", assignee: "Wang" });
    await say();
  });

  it("says so to the webhooks and in its log, and keeps its evidence, assignee and versions", async () => {
    const lead = await found(lead1);
    expect(lead).toMatchObject({ state: "retracted", assignee: "Wang", posterior: { noSource: 0.01 } });
    const told = await records.outbox.messages({ since: "2000", limit: 9 });
    expect(told.find(({ event }) => event === "lead.retracted")?.payload).toMatchObject({
      data: { leadId: lead1, state: "retracted" },
    });
    expect((await records.chains.list(`lead:${lead1}`)).at(-1)).toMatchObject({
      action: "lead.retracted",
      content: { from: "referred", why: expect.stringContaining("corrected") },
    });
    expect((await records.leads.version(lead1, 2))?.state).toBe("referred");
  });

  it("is referred again when the values stand again: nobody has to hand it on twice", async () => {
    await say([FIRST]);
    expect(await found(lead1)).toMatchObject({ state: "referred", assignee: "Wang", version: 4 });
  });
});
