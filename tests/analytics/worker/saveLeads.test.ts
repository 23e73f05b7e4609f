import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { ComputedLead } from "../../../analytics/worker/leads.ts";
import { saveLeads } from "../../../analytics/worker/saveLeads.ts";
import type { Lead, LeadState } from "../../../schemas/lead.ts";
import type { Site } from "../../../schemas/site.ts";
import type { Records } from "../../../store/records/records.ts";
import { openLeads } from "../../alerts/leadsWorld.ts";
import { AT, anomalyOf, leadOf } from "../../store/records/nouns.ts";

let records: Records;
let close: () => Promise<void>;
beforeEach(async () => {
  ({ records, close } = await openLeads());
});
afterEach(() => close());

const plant: Site = { siteId: "plant-a", name: "A", kind: "wwtp", timeZone: "UTC" };
const NOW = new Date("2026-05-10T08:00:00.000Z");

/** What the data say: a lead named by its first day, over the anomalies of the days. */
function computed(...days: string[]): ComputedLead {
  const { state: _s, version: _v, openedAt: _o, updatedAt: _u, ...rest } = leadOf(`lead-${days[0]}`);
  const { assignee: _a, mergedInto: _m, retainUntil: _r, anonymisedAt: _n, ...lead } = rest;
  const trigger = { ...lead.trigger, day: days[0] as string };
  return { ...lead, anomalyIds: days.map((day) => `anomaly-${day}`), trigger, samples: 0 };
}
const save = (...leads: ComputedLead[]) => records.transaction((inside) => saveLeads(inside, plant, "mdma", leads, NOW));
const known = async () =>
  (await records.leads.ofSeries("plant-a", "mdma")).map(({ leadId, state, mergedInto }) => [leadId, state, mergedInto]);
const setState = async (leadId: string, state: LeadState, change: Partial<Lead> = {}) =>
  records.leads.save({ ...((await records.leads.find(leadId)) as Lead), state, version: 2, ...change });

beforeEach(() =>
  records.anomalies.replace(
    "plant-a",
    "mdma",
    ["2026-05-01", "2026-05-20"].map((day) => anomalyOf(day)),
    AT,
  ),
);

describe("one lead for one cause", () => {
  it("two leads that later data join: the later one is merged into the first, which goes on", async () => {
    await save(computed("2026-05-01"), computed("2026-05-20"));
    await save(computed("2026-05-01", "2026-05-10", "2026-05-20"));
    expect(await known()).toEqual([
      ["lead-2026-05-01", "open", null],
      ["lead-2026-05-20", "merged", "lead-2026-05-01"],
    ]);
    expect((await records.chains.list("lead:lead-2026-05-20")).at(-1)).toMatchObject({ action: "lead.merged", actor: "system" });
  });

  it("a group that turns out to begin earlier goes on under its new name, the old lead points to it", async () => {
    await save(computed("2026-05-20"));
    await save(computed("2026-05-10", "2026-05-20"));
    expect(await known()).toEqual([
      ["lead-2026-05-20", "merged", "lead-2026-05-10"],
      ["lead-2026-05-10", "open", null],
    ]);
  });

  it.each(["referred", "dismissed", "inconclusive", "expired", "confirmed"] as const)(
    "one that people went on with or closed (%s) keeps its name, and no second lead is opened beside it",
    async (state) => {
      await save(computed("2026-05-20"));
      await setState("lead-2026-05-20", state);
      await save(computed("2026-05-10", "2026-05-20"));
      expect(await known()).toEqual([["lead-2026-05-20", state, null]]);
    },
  );

  it("computing again what is known changes nothing and tells nobody", async () => {
    await save(computed("2026-05-01"));
    const before = [await records.leads.versions("lead-2026-05-01"), await records.outbox.messages({ since: "2000", limit: 9 })];
    await save(computed("2026-05-01"));
    expect([await records.leads.versions("lead-2026-05-01"), await records.outbox.messages({ since: "2000", limit: 9 })]).toEqual(
      before,
    );
  });
});

describe("what people added stays", () => {
  it("through new data: assignee and day of opening; the log says when it happened beside when it was found out", async () => {
    await save(computed("2026-05-01"));
    await setState("lead-2026-05-01", "triaged", { assignee: "Li Wei" });
    const sample = { node: "A", day: "2026-05-08", loadGD: 9, censored: false, sampleId: null, logBayesFactor: 1, expectedGD: 1 };
    const lead = computed("2026-05-01");
    const posterior = lead.posterior as NonNullable<Lead["posterior"]>;
    await save({ ...lead, samples: 1, posterior: { ...posterior, evidence: [{ ...sample, reading: "positive" }] } });
    const now = await records.leads.find("lead-2026-05-01");
    expect(now).toMatchObject({ state: "sampling", assignee: "Li Wei", version: 3, openedAt: NOW.toISOString() });
    const last = (await records.chains.list("lead:lead-2026-05-01")).at(-1);
    expect(last).toMatchObject({ at: NOW.toISOString(), content: { happenedAt: "2026-05-08", why: "1 sample more." } });
  });

  it("a correction retracts it, and an anonymous one is not filled again when the values come back", async () => {
    await save(computed("2026-05-01"));
    await records.anomalies.replace("plant-a", "mdma", [], AT);
    await save();
    expect(await known()).toEqual([["lead-2026-05-01", "retracted", null]]);
    await setState("lead-2026-05-01", "retracted", { anonymisedAt: AT, posterior: null });
    await save(computed("2026-05-01"));
    expect(await records.leads.find("lead-2026-05-01")).toMatchObject({ state: "retracted", posterior: null });
  });
});

it("a message of a lead leaves the house and names no manhole", async () => {
  await save(computed("2026-05-01"));
  const [message] = await records.outbox.messages({ since: "2000", limit: 9 });
  expect(message?.payload).toMatchObject({ data: { leadId: "lead-2026-05-01", nextPoints: 1 } });
  expect(JSON.stringify(message?.payload)).not.toMatch(/"node"|"A"/);
});
