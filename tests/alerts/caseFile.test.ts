import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { assignLead, attach, CaseFileRefused, caseIdOf, noteOnLead, recordOutcome } from "../../alerts/caseFile.ts";
import { leadStatistics } from "../../alerts/statistics.ts";
import type { NewOutcome } from "../../schemas/caseFile.ts";
import type { Records } from "../../store/records/records.ts";
import { leadOf } from "../store/records/nouns.ts";
import { LI, openLeads, WANG } from "./leadsWorld.ts";

const AT = "2026-05-20T09:00:00.000Z";
let records: Records;
let close: () => Promise<void>;
beforeEach(async () => {
  ({ records, close } = await openLeads());
});
afterEach(() => close());

const doing = (leadId: string, at = AT) => ({ leadId, by: LI, at });
const result = (caseNumber: string, change: Partial<NewOutcome> = {}): NewOutcome => ({
  caseNumber,
  result: "supported",
  date: "2026-05-18",
  text: "",
  ...change,
});
const referred = (leadId: string, change = {}) => records.leads.save(leadOf(leadId, { state: "referred", ...change }));

describe("what is added to a lead", () => {
  it("an assignment is a version and an entry of the log; the same again is neither", async () => {
    await records.leads.save(leadOf("l"));
    expect(await assignLead(records, doing("l"), "Wang Fang")).toMatchObject({ assignee: "Wang Fang", version: 2 });
    expect(await assignLead(records, doing("l"), "Wang Fang")).toMatchObject({ version: 2 });
    expect((await records.leads.versions("l")).at(-1)?.changes).toMatchObject([{ code: "assignee" }]);
    expect((await records.chains.list("lead:l")).map(({ action }) => action)).toEqual(["lead.assigned"]);
    expect(await assignLead(records, doing("none"), null)).toBeUndefined();
  });

  it("a note tells when it happened beside when it was written, and never a time to come", async () => {
    await records.leads.save(leadOf("l"));
    const entry = await noteOnLead(records, doing("l"), "a van at the manhole", "2026-05-02");
    expect(entry).toMatchObject({ at: AT, content: { text: "a van at the manhole", happenedAt: "2026-05-02" } });
    await expect(noteOnLead(records, doing("l"), "soon", "2026-05-23")).rejects.toThrow("future");
    expect(JSON.stringify(await records.chains.list("audit"))).not.toContain("van");
  });

  it("a file is kept once under its hash", async () => {
    await records.leads.save(leadOf("l"));
    const file = { sha256: "ab", name: "photo.jpg", mediaType: "image/jpeg" };
    const first = await attach(records, doing("l"), file, new Uint8Array([1, 2]));
    expect(await attach(records, { ...doing("l"), by: WANG }, { ...file, name: "other.jpg" }, new Uint8Array([1, 2]))).toEqual(
      first,
    );
    expect(await records.caseFiles.attachments("l")).toHaveLength(1);
  });

  it("an anonymous lead takes nothing more", async () => {
    await referred("l", { anonymisedAt: AT });
    const tries = [
      () => assignLead(records, doing("l"), "x"),
      () => noteOnLead(records, doing("l"), "x", AT),
      () => attach(records, doing("l"), { sha256: "a", name: "a", mediaType: "text/plain" }, new Uint8Array(1)),
      () => recordOutcome(records, doing("l"), result("1")),
    ];
    for (const attempt of tries) await expect(attempt()).rejects.toThrow(CaseFileRefused);
  });

  it("an outcome comes after a referral, not out of the future", async () => {
    await records.leads.save(leadOf("l"));
    await expect(recordOutcome(records, doing("l"), result("1"))).rejects.toThrow("after a referral");
    await referred("m");
    await expect(recordOutcome(records, doing("m"), result("1", { date: "2026-05-22" }))).rejects.toThrow("future");
    expect(await recordOutcome(records, doing("none"), result("1"))).toBeUndefined();
  });
});

describe("the counts", () => {
  const counts = async () => (await leadStatistics(records, "2026-01-01", "2027-01-01")).counts;

  it("52 leads and 82 supported cases come out of the records", async () => {
    for (let i = 0; i < 52; i++) {
      await referred(`l-${i}`, { openedAt: "2026-03-01T00:00:00.000Z" });
      // the first thirty leads support two cases each, the others one; a case number typed another way is the same case
      const numbers = i < 30 ? [`2026-${i}`, `2026-${i}b`] : [`2026-${i}`];
      for (const number of numbers) await recordOutcome(records, doing(`l-${i}`), result(number));
      await recordOutcome(records, doing(`l-${i}`), result(` 2026 – ${i}`, { text: "typed again" }));
    }
    for (let i = 0; i < 8; i++)
      await records.leads.save(leadOf(`d-${i}`, { state: "dismissed", openedAt: "2026-03-01T00:00:00.000Z" }));
    expect(await counts()).toMatchObject({ leadsOpened: 60, leadsWithCases: 52, casesSupported: 82, casesSolved: 0 });
  });

  it("the latest result of a case counts, of several leads the furthest, and each case once", async () => {
    await referred("l-1");
    await referred("l-2");
    await recordOutcome(records, doing("l-1"), result("7", { result: "solved" }));
    await recordOutcome(records, doing("l-2"), result("7"));
    await recordOutcome(records, doing("l-1"), result("8"));
    await recordOutcome(
      records,
      doing("l-1", "2026-05-21T09:00:00.000Z"),
      result("8", { result: "noResult", date: "2026-05-21" }),
    );
    expect(await counts()).toMatchObject({ casesSupported: 1, casesSolved: 1, casesWithoutResult: 1, leadsWithCases: 2 });
  });

  it("a result corrected twice, back to what it first was, counts as that; what was recorded between stays to be read", async () => {
    await referred("l");
    const at = (minute: number) => doing("l", `2026-05-21T09:0${minute}:00.000Z`);
    await recordOutcome(records, at(0), result("7", { result: "supported" }));
    await recordOutcome(records, at(1), result("7", { result: "noResult" }));
    expect(await counts()).toMatchObject({ leadsWithCases: 0, casesSupported: 0, casesWithoutResult: 1 });
    await recordOutcome(records, at(2), result("7", { result: "supported" }));
    await recordOutcome(records, at(3), result(" 7", { result: "supported" })); // sent again changes nothing
    expect(await counts()).toMatchObject({ leadsWithCases: 1, casesSupported: 1, casesWithoutResult: 0 });
    expect((await records.caseFiles.outcomes("l")).map((one) => one.result)).toEqual(["supported", "noResult", "supported"]);
    expect((await records.chains.list("lead:l")).map(({ action }) => action)).toEqual(Array(3).fill("lead.outcome"));
  });

  it("a merged lead's cases are the other's; a retracted lead's are not counted", async () => {
    for (const id of ["l-1", "l-2", "l-3"]) {
      await referred(id);
      await recordOutcome(records, doing(id), result(id));
    }
    await records.leads.save(leadOf("l-1", { state: "merged", mergedInto: "l-2" }));
    await records.leads.save(leadOf("l-3", { state: "retracted" }));
    expect(await counts()).toMatchObject({ leadsOpened: 1, leadsWithCases: 1, casesSupported: 2 });
  });

  it("outcomes count in the period of their date, and the same number of two organisations is two cases", async () => {
    await referred("l");
    await recordOutcome(records, doing("l"), result("1", { date: "2025-12-31" }));
    await recordOutcome(records, doing("l"), result("2"));
    await recordOutcome(records, { ...doing("l"), by: { ...WANG, organisation: "Police of B" } }, result("2"));
    expect(await counts()).toMatchObject({ casesSupported: 2 });
    expect(caseIdOf("A", "２０２６–117")).toBe(caseIdOf("A", "2026 117"));
  });

  it("every count is defined in both languages", async () => {
    const { counts: counted, definitions } = await leadStatistics(records, "2026-01-01", "2027-01-01");
    expect(Object.keys(definitions).toSorted()).toEqual(Object.keys(counted).toSorted());
    for (const { en, zh } of Object.values(definitions)) expect(en.length > 20 && /\p{Script=Han}/u.test(zh)).toBe(true);
  });
});
