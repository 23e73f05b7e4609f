import { expect, it } from "vitest";
import type { Authorisation } from "../../../schemas/authorisation.ts";
import type { Outcome } from "../../../schemas/caseFile.ts";
import type { SamplingOrder } from "../../../schemas/order.ts";
import type { Records } from "../../../store/records/records.ts";
import { AT, leadOf } from "./nouns.ts";
import { openedBy } from "./opening.ts";

const LATER = "2026-05-06T09:00:00.000Z";
const person = { keyId: "k-1", name: "Li", organisation: "A" };

const outcomeOf = (outcomeId: string, change: Partial<Outcome> = {}): Outcome => ({
  outcomeId,
  leadId: "l-1",
  caseId: "case-1",
  organisation: "A",
  caseNumber: "2026-117",
  result: "supported",
  date: "2026-05-20",
  text: "a laboratory in a flat",
  recordedBy: "Li",
  recordedAt: AT,
  ...change,
});

const authorisationOf = (authorisationId: string, change: Partial<Authorisation> = {}): Authorisation => ({
  authorisationId,
  subject: { kind: "lead", id: "l-1" },
  legalBasis: "Code of procedure, article 12",
  reference: "R-1",
  validUntil: "2026-06-01T00:00:00+08:00",
  state: "approved",
  requestedBy: person,
  requestedAt: AT,
  decidedBy: null,
  decidedAt: null,
  reason: "",
  ...change,
});

const orderOf = (orderId: string): SamplingOrder => ({
  orderId,
  leadId: "l-1",
  plantId: "plant-a",
  analyte: "mdma",
  timeZone: "Asia/Shanghai",
  day: "2026-05-07",
  state: "open",
  points: [],
  orderedBy: "Li",
  orderedAt: AT,
  expiresAt: LATER,
});

/** The promises of what a lead gathers in its life, for every engine. */
export function leadLifeContract(engine: string, open: () => Promise<Records>): void {
  const opened = openedBy(open);

  it(`${engine}: each version of a lead says what changed, and is kept as it was`, async () => {
    const { leads } = await opened();
    const first = leadOf("l-1");
    const posterior = first.posterior as NonNullable<typeof first.posterior>;
    const sample = { node: "A", day: "2026-05-06", loadGD: 8, censored: false, sampleId: null, logBayesFactor: 2, expectedGD: 1 };
    const evidence = [{ ...sample, reading: "positive" as const }];
    const second = leadOf("l-1", { version: 2, state: "sampling", posterior: { ...posterior, noSource: 0.2, evidence } });
    await leads.save(first);
    await leads.save(second, { actor: "Li", why: { en: "a sample came", zh: "样品已到" } });
    await leads.save({ ...second, state: "localised" }); // a version that is there stays as it is
    const versions = await leads.versions("l-1");
    expect(versions.map(({ version, actor }) => [version, actor])).toEqual([
      [1, "system"],
      [2, "Li"],
    ]);
    expect(versions[1]?.why.zh).toBe("样品已到");
    expect(versions[1]?.changes.map(({ code }) => code)).toEqual(["state", "samplesAdded", "noSource"]);
    expect(versions[1]?.changes[2]?.en).toBe("P(no source): 0.01 to 0.20.");
    expect(new Set(versions.map(({ contentHash }) => contentHash)).size).toBe(2);
    expect([await leads.version("l-1", 1), await leads.version("l-1", 2)]).toEqual([first, second]);
    expect(await leads.version("l-1", 3)).toBeUndefined();
  });

  it(`${engine}: a forgotten lead keeps its versions' hashes and nothing of what they held, nor do its messages`, async () => {
    const { leads, outbox } = await opened();
    await leads.save(leadOf("l-1"));
    const [before] = await leads.versions("l-1");
    const payload = { finding: "at the plant" };
    await outbox.enqueue({ messageId: "m-1", event: "lead.opened", subject: "l-1", payload, createdAt: AT });
    await leads.forget(leadOf("l-1", { posterior: null, anonymisedAt: LATER }));
    expect(await leads.versions("l-1")).toMatchObject([{ version: 1, changes: [], contentHash: before?.contentHash }]);
    expect(await leads.version("l-1", 1)).toBeUndefined();
    expect(await leads.find("l-1")).toMatchObject({ posterior: null, anonymisedAt: LATER });
    expect(JSON.stringify(await outbox.messages({ since: AT, limit: 9 }))).not.toContain("at the plant");
  });

  it(`${engine}: leads are found by state and age, and by when they were opened`, async () => {
    const { leads } = await opened();
    await leads.save(leadOf("l-1"));
    await leads.save(leadOf("l-2", { state: "dismissed", updatedAt: LATER, openedAt: LATER }));
    const ids = (found: { leadId: string }[]) => found.map(({ leadId }) => leadId);
    expect(ids(await leads.unchangedSince(["open", "dismissed"], LATER, 9))).toEqual(["l-1"]);
    expect(ids(await leads.unchangedSince(["dismissed"], "2026-06-01", 9))).toEqual(["l-2"]);
    expect(ids(await leads.openedIn(AT, LATER))).toEqual(["l-1"]);
  });

  it(`${engine}: a file is kept once, byte for byte, and goes with the lead`, async () => {
    const { caseFiles } = await opened();
    const value = Uint8Array.from({ length: 256 }, (_, i) => i);
    const file = {
      sha256: "ab",
      leadId: "l-1",
      name: "照片.jpg",
      mediaType: "image/jpeg",
      bytes: 256,
      addedBy: "Li",
      addedAt: AT,
    };
    expect([await caseFiles.attach(file, value), await caseFiles.attach({ ...file, name: "again" }, value)]).toEqual([
      true,
      false,
    ]);
    expect(await caseFiles.attachments("l-1")).toEqual([file]);
    const kept = await caseFiles.attachmentValue("l-1", "ab");
    expect([kept?.attachment, new Uint8Array(kept?.value ?? [])]).toEqual([file, value]);
    expect(await caseFiles.attachmentValue("l-2", "ab")).toBeUndefined();
    await caseFiles.forget("l-1");
    expect(await caseFiles.attachments("l-1")).toEqual([]);
  });

  it(`${engine}: outcomes are found by lead and by day; what is forgotten is still counted`, async () => {
    const { caseFiles } = await opened();
    await caseFiles.addOutcome(outcomeOf("o-1"));
    await caseFiles.addOutcome(outcomeOf("o-1", { text: "twice" })); // the same again changes nothing
    await caseFiles.addOutcome(outcomeOf("o-2", { leadId: "l-2", date: "2026-06-01", recordedAt: LATER }));
    expect(await caseFiles.outcomes("l-1")).toEqual([outcomeOf("o-1")]);
    expect((await caseFiles.outcomesIn("2026-05-01", "2026-06-01")).map(({ outcomeId }) => outcomeId)).toEqual(["o-1"]);
    await caseFiles.forget("l-1");
    expect(await caseFiles.outcomes("l-1")).toEqual([outcomeOf("o-1", { caseNumber: null, text: null })]);
  });

  it(`${engine}: an authorisation is in force for its subject, approved and until its end, in whatever offset that was written`, async () => {
    const { authorisations } = await opened();
    const subject = { kind: "lead", id: "l-1" } as const;
    await authorisations.save(authorisationOf("a-1", { state: "requested" }));
    expect(await authorisations.inForce(subject, AT)).toBeUndefined();
    await authorisations.save(authorisationOf("a-1"));
    expect((await authorisations.inForce(subject, "2026-05-31T15:59:59.000Z"))?.authorisationId).toBe("a-1");
    expect(await authorisations.inForce(subject, "2026-05-31T16:00:00.000Z")).toBeUndefined();
    expect(await authorisations.inForce({ kind: "site", id: "l-1" }, AT)).toBeUndefined();
    expect(await authorisations.list({ subject, limit: 9 })).toEqual([authorisationOf("a-1")]);
  });

  it(`${engine}: a sampling order is found by its id with the hash of its token, and changed`, async () => {
    const { orders } = await opened();
    await orders.add(orderOf("r-1"), "hash");
    await orders.update({ ...orderOf("r-1"), state: "returned" });
    expect(await orders.find("r-1")).toEqual({ order: { ...orderOf("r-1"), state: "returned" }, tokenSha256: "hash" });
    expect(await orders.ofLead("l-1")).toHaveLength(1);
    await orders.forget("l-1");
    expect(await orders.find("r-1")).toBeUndefined();
  });

  it(`${engine}: a forgotten log is whole without its words, and nothing can be emptied in silence`, async () => {
    const { chains } = await opened();
    const entry = { at: AT, actor: "Li", action: "note", subject: "l-1" };
    for (const text of ["a name", "an address"]) await chains.append("lead:l-1", { ...entry, content: { text } });
    await chains.forget("lead:l-1", { at: LATER, actor: "system", action: "retention", subject: "l-1", why: "its time is over" });
    const left = await chains.list("lead:l-1");
    expect(JSON.stringify(left)).not.toMatch(/name|address/);
    expect(left.map(({ actor }) => actor)).toEqual(["Li", "Li", "system"]);
    await chains.append("lead:l-1", { ...entry, content: { text: "later" } });
    expect(await chains.verify("lead:l-1")).toBeNull();
  });
}
