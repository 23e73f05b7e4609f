import { pino } from "pino";
import { afterEach, beforeEach, expect, it } from "vitest";
import { attach, noteOnLead, recordOutcome } from "../../alerts/caseFile.ts";
import { keepLeads } from "../../alerts/keepLeads.ts";
import { transitionLead } from "../../alerts/leads.ts";
import { leadStatistics } from "../../alerts/statistics.ts";
import { environment } from "../../schemas/config.ts";
import type { Records } from "../../store/records/records.ts";
import { AT, leadOf } from "../store/records/nouns.ts";
import { LI, openLeads, RULES } from "./leadsWorld.ts";

let records: Records;
let close: () => Promise<void>;
beforeEach(async () => {
  ({ records, close } = await openLeads());
});
afterEach(() => close());

const DAY_MS = 86_400_000;
const after = (days: number) => new Date(Date.parse(AT) + days * DAY_MS);
const keep = (days: number) =>
  keepLeads({ records, logger: pino({ level: "silent" }), settings: environment.parse({}), now: () => after(days) });

it("what nobody went on with expires after its days, not before, and says so in its log and to the webhooks", async () => {
  for (const state of ["open", "triaged", "sampling", "localised", "referred"] as const)
    await records.leads.save(leadOf(state, { state }));
  expect(await keep(60)).toEqual({ expired: 0, anonymised: 0 });
  expect(await keep(60.001)).toEqual({ expired: 3, anonymised: 0 });
  const states = (await records.leads.list({ limit: 9 })).map(({ leadId, state }) => `${leadId} ${state}`);
  expect(states.toSorted()).toEqual([
    "localised localised",
    "open expired",
    "referred referred",
    "sampling expired",
    "triaged expired",
  ]);
  expect(await records.chains.list("lead:open")).toMatchObject([{ actor: "system", action: "lead.expired" }]);
  expect((await records.outbox.messages({ since: AT, limit: 9 })).map(({ subject }) => subject)).toContain("open");
});

it("a closed lead loses places, people, texts and files on its date; that it was, its counts and its chain stay", async () => {
  const secret = "the flat of Zhang San";
  await records.leads.save(leadOf("l", { state: "referred", assignee: "Li Wei" }));
  const doing = { leadId: "l", by: LI, at: AT };
  await noteOnLead(records, doing, secret, AT);
  await attach(records, doing, { sha256: "ab", name: `${secret}.jpg`, mediaType: "image/jpeg" }, new Uint8Array([1]));
  await recordOutcome(records, doing, { caseNumber: "2026-117", result: "solved", date: "2026-05-06", text: secret });
  const actor = { name: "Li Wei", role: "investigator" } as const;
  const closed = await transitionLead(records, { leadId: "l", to: "confirmed", reason: secret, actor, at: AT }, RULES);
  expect(closed?.retainUntil).toBe(after(730).toISOString());

  expect((await keep(729.9)).anonymised).toBe(0);
  expect((await keep(730)).anonymised).toBe(1);
  const left = [
    await records.leads.find("l"),
    await records.leads.versions("l"),
    await records.leads.version("l", 1),
    await records.chains.list("lead:l"),
    await records.chains.list("audit"),
    await records.caseFiles.attachments("l"),
    await records.caseFiles.outcomes("l"),
    await records.outbox.messages({ since: "2000", limit: 99 }),
  ];
  expect(JSON.stringify(left)).not.toMatch(/Zhang San|2026-117|"node"/);
  expect(left[0]).toMatchObject({ state: "confirmed", posterior: null, assignee: null, anonymisedAt: after(730).toISOString() });
  expect((await records.chains.list("lead:l")).at(-1)).toMatchObject({ actor: "system", action: "log.forgotten" });
  expect((await records.chains.list("audit")).at(-1)).toMatchObject({ action: "lead.anonymised", subject: "l" });
  expect([await records.chains.verify("lead:l"), await records.chains.verify("audit")]).toEqual([null, null]);
  expect((await leadStatistics(records, "2026-01-01", "2027-01-01")).counts).toMatchObject({ leadsWithCases: 1, casesSolved: 1 });
  expect(await keep(2_000)).toEqual({ expired: 0, anonymised: 0 });
});

it("a lead that the system closed is kept as long, and reopening takes the date away", async () => {
  await records.leads.save(leadOf("l", { state: "retracted" }));
  await records.leads.save(leadOf("m", { state: "dismissed", retainUntil: AT }));
  const actor = { name: "Li Wei", role: "investigator" } as const;
  await transitionLead(records, { leadId: "m", to: "open", reason: "new signs", actor, at: AT }, RULES);
  await keep(731);
  const kept = await Promise.all(["l", "m"].map((id) => records.leads.find(id)));
  expect(kept.map((lead) => [lead?.state, lead?.anonymisedAt === null])).toEqual([
    ["retracted", false],
    ["expired", true],
  ]);
});

it("more leads than one round takes are all reached", async () => {
  for (let i = 0; i < 505; i++) await records.leads.save(leadOf(`l-${i}`, { state: "dismissed", posterior: null }));
  expect([(await keep(731)).anonymised, (await keep(731)).anonymised]).toEqual([500, 5]);
});
