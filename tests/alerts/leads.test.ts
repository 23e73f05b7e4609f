import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { TransitionRefused, transitionLead } from "../../alerts/leads.ts";
import { LEAD_STATES, LEAD_TRANSITIONS, type Lead, type LeadState } from "../../schemas/lead.ts";
import type { Records } from "../../store/records/records.ts";
import { leadOf } from "../store/records/nouns.ts";
import { openLeads, RULES } from "./leadsWorld.ts";

const AT = "2026-05-06T09:00:00.000Z";
const actor = { name: "Li", role: "investigator" } as const;

let records: Records;
let close: () => Promise<void>;
beforeEach(async () => {
  ({ records, close } = await openLeads());
});
afterEach(() => close());

const move = async (lead: Lead, to: LeadState, reason = "because") => {
  await records.leads.save(lead);
  const into = to === "merged" ? { into: "other" } : {};
  return transitionLead(records, { leadId: lead.leadId, to, reason, actor, at: AT, ...into }, RULES);
};
/** Enough people that referring needs nobody's leave. */
const MANY = 20_000;
const set = (nodes: number) => ({ nodes: Array.from({ length: nodes }, (_, i) => `n${i}`), pipeLengthM: null, people: MANY });
const withPosterior = (change: object): Lead => {
  const lead = leadOf("l", { state: "sampling" });
  return { ...lead, posterior: { ...(lead.posterior as NonNullable<Lead["posterior"]>), ...change } };
};

describe("a move of a lead", () => {
  it("changes state and version, is in the lead's log and the audit log, and goes to the webhooks, all once", async () => {
    const moved = await move(leadOf("l"), "triaged", "looks real");
    expect(moved).toMatchObject({ state: "triaged", version: 2, updatedAt: AT });
    expect(await records.leads.find("l")).toEqual(moved);
    const entry = { actor: "Li", action: "lead.triaged", subject: "l" };
    const content = { from: "open", to: "triaged", reason: "looks real", happenedAt: AT };
    expect(await records.chains.list("lead:l")).toMatchObject([{ ...entry, content }]);
    const [audited] = await records.chains.list("audit");
    expect(audited).toMatchObject({ ...entry, content: { from: "open", to: "triaged" } });
    expect(JSON.stringify(audited)).not.toContain("looks real"); // the audit log outlives the lead and its words
    const sent = await records.outbox.messages({ since: AT, limit: 10 });
    expect(sent.map(({ payload }) => payload)).toEqual([
      {
        type: "lead.updated",
        timestamp: AT,
        data: { leadId: "l", siteId: "plant-a", analyte: "mdma", state: "triaged", version: 2 },
      },
    ]);
  });

  it("that is refused leaves no trace", async () => {
    const lead = leadOf("l");
    await expect(move(lead, "confirmed")).rejects.toThrow(TransitionRefused);
    expect(await records.leads.find("l")).toEqual(lead);
    expect([...(await records.chains.list("lead:l")), ...(await records.chains.list("audit"))]).toEqual([]);
    expect(await records.outbox.messages({ since: "2000-01-01", limit: 10 })).toEqual([]);
    expect(await records.leads.versions("l")).toHaveLength(1);
  });

  it("did not happen in the future, and touches no other lead but the one it is merged into", async () => {
    await records.leads.save(leadOf("l"));
    await records.leads.save(leadOf("other"));
    const move = { leadId: "l", to: "triaged", reason: "", actor, at: AT, into: "other" } as const;
    await expect(transitionLead(records, { ...move, happenedAt: "2026-05-07T09:00:00.000Z" }, RULES)).rejects.toThrow("future");
    await transitionLead(records, { ...move, happenedAt: "2026-05-05T09:00:00.000Z" }, RULES);
    expect((await records.chains.list("lead:l")).at(-1)?.content).toMatchObject({ happenedAt: "2026-05-05T09:00:00.000Z" });
    expect(await records.chains.list("lead:other")).toEqual([]);
  });

  it("of a lead that does not exist is undefined", async () =>
    expect(await transitionLead(records, { leadId: "none", to: "triaged", reason: "", actor, at: AT }, RULES)).toBeUndefined());

  it("made by two at once happens once: the second finds the lead moved on", async () => {
    await records.leads.save(leadOf("l"));
    const both = [1, 2].map(() => transitionLead(records, { leadId: "l", to: "triaged", reason: "", actor, at: AT }, RULES));
    const outcomes = await Promise.allSettled(both);
    expect(outcomes.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "rejected"]);
    expect((await records.leads.find("l"))?.version).toBe(2);
  });
});

describe("the guards", () => {
  const pairs = LEAD_STATES.flatMap((from) => LEAD_STATES.map((to) => ({ from, to })));

  it("from every state to every state, only the moves of the table are made, and none to retracted by hand", async () => {
    const made: string[] = [];
    const posterior = withPosterior({ credible: { "50": set(1), "80": set(1), "90": set(2), "95": set(3) } }).posterior;
    await records.leads.save(leadOf("other"));
    for (const { from, to } of pairs) {
      const moved = await move(leadOf(`${from}-${to}`, { state: from, posterior }), to).catch((error) => {
        expect(error).toBeInstanceOf(TransitionRefused);
      });
      if (moved) made.push(`${from} ${to}`);
    }
    const table = LEAD_STATES.flatMap((from) => LEAD_TRANSITIONS[from].map((to) => `${from} ${to}`));
    expect(made.toSorted()).toEqual(table.filter((each) => !each.endsWith(" retracted")).toSorted());
  });

  it("what closes a lead or hands it on needs a reason, and blanks are none", async () => {
    const needing = {
      referred: "localised",
      confirmed: "referred",
      dismissed: "open",
      inconclusive: "sampling",
      merged: "open",
    } as const;
    for (const [to, from] of Object.entries(needing) as [LeadState, LeadState][])
      for (const reason of ["", "  \n\t", "\u00a0"])
        await expect(move(leadOf(`${to}`, { state: from }), to, reason)).rejects.toThrow(`${to} needs a reason`);
  });

  it("localised: only with a mapped sewer, a 90 % set of at most 5 nodes, and P(no source) of at most 0.05", async () => {
    const credible = (nodes: number) => ({ credible: { "50": set(1), "80": set(2), "90": set(nodes), "95": set(9) } });
    expect((await move(withPosterior({ ...credible(5), noSource: 0.05 }), "localised"))?.state).toBe("localised");
    expect((await records.leads.versions("l")).at(-1)?.changes.map(({ en }) => en)).toContain("State: sampling to localised.");
    await expect(move(withPosterior(credible(6)), "localised")).rejects.toThrow("6 nodes");
    await expect(move(withPosterior({ noSource: 0.051 }), "localised")).rejects.toThrow("P(no source)");
    await expect(move(leadOf("l", { state: "sampling", posterior: null }), "localised")).rejects.toThrow("not mapped");
  });

  it("localised: with several sources each by itself, not a source picked at random", async () => {
    const sourceOf = (nodes: number) => ({
      candidates: [],
      massGD: null,
      credible: { "50": set(1), "80": set(1), "90": set(nodes), "95": set(nodes) },
    });
    const mixed = (nodes: number) => ({ credible: { "50": set(1), "80": set(2), "90": set(nodes), "95": set(9) } });
    const wide = withPosterior({ ...mixed(4), sources: [sourceOf(2), sourceOf(6)] });
    await expect(move(wide, "localised")).rejects.toThrow("the 90 % set of source 2 has 6 nodes");
    expect((await move(withPosterior({ ...mixed(8), sources: [sourceOf(4), sourceOf(4)] }), "localised"))?.state).toBe(
      "localised",
    );
  });

  it("localised: a set of no node, or a probability that is no number, localises nothing", async () => {
    const none = { credible: { "50": set(0), "80": set(0), "90": set(0), "95": set(0) } };
    await expect(move(withPosterior(none), "localised")).rejects.toThrow(TransitionRefused);
    await expect(move(withPosterior({ noSource: null }), "localised")).rejects.toThrow(TransitionRefused);
  });

  it("localised: not without a pair that confirms it", async () => {
    await expect(move(withPosterior({ confirmingPair: null }), "localised")).rejects.toThrow("negative just upstream");
  });

  it("the model alone confirms nothing: the way there leads through a person's referral", () => {
    const before = LEAD_STATES.filter((from) => LEAD_TRANSITIONS[from].includes("confirmed"));
    expect(before).toEqual(["referred"]);
    expect(LEAD_STATES.filter((from) => LEAD_TRANSITIONS[from].includes("referred"))).toEqual(["localised"]);
  });
});
