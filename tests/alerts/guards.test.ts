import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { AuthorisationRefused, decideAuthorisation, requestAuthorisation } from "../../alerts/authorisations.ts";
import { transitionLead } from "../../alerts/leads.ts";
import { isSamePerson } from "../../alerts/person.ts";
import type { Authorisation, Person } from "../../schemas/authorisation.ts";
import { newAuthorisation } from "../../schemas/authorisation.ts";
import type { Lead } from "../../schemas/lead.ts";
import type { Records } from "../../store/records/records.ts";
import { leadOf } from "../store/records/nouns.ts";
import { LI, openLeads, RULES, WANG } from "./leadsWorld.ts";

// Each test here tries to get round a guard, the way somebody in a hurry would.

const AT = "2026-05-06T09:00:00.000Z";
const LATER = "2026-05-06T10:00:00.000Z";
const LONG_AGO = "2026-01-01T00:00:00.000Z";

let records: Records;
let close: () => Promise<void>;
beforeEach(async () => {
  ({ records, close } = await openLeads());
  await records.leads.save(leadOf("l-1", { state: "localised" }));
});
afterEach(() => close());

const asked = {
  subject: { kind: "lead", id: "l-1" },
  legalBasis: "Code of criminal procedure, article 12",
  reference: "2026-117",
  validUntil: "2026-06-01T00:00:00.000Z",
} as const;
const ask = (by: Person = LI, change: object = {}) => requestAuthorisation(records, { ...asked, ...change }, by, AT);
const approve = ({ authorisationId }: Authorisation, by: Person, keyCreatedAt = LONG_AGO, at = LATER) =>
  decideAuthorisation(records, authorisationId, { decision: "approved", reason: "seen", at }, { ...by, keyCreatedAt });
const refer = (leadId = "l-1", at = LATER) =>
  transitionLead(
    records,
    { leadId, to: "referred", reason: "to the case team", actor: { name: "Li Wei", role: "investigator" }, at },
    RULES,
  );
const withPeople = (people: number | null, change: Partial<Lead> = {}): Lead => {
  const lead = leadOf("l-1", { state: "localised", ...change });
  const posterior = lead.posterior as NonNullable<Lead["posterior"]>;
  return {
    ...lead,
    posterior: { ...posterior, credible: { ...posterior.credible, "90": { nodes: ["A"], pipeLengthM: null, people } } },
  };
};

describe("the smallest population of a referral", () => {
  it.each([9_999, 0, null, Number.NaN])("%s people behind the 90 %% set: refused", async (people) => {
    await records.leads.save(withPeople(people));
    await expect(refer()).rejects.toThrow("approved by a second person");
    expect((await records.leads.find("l-1"))?.state).toBe("localised");
  });

  it("10,000 are enough", async () => {
    await records.leads.save(withPeople(10_000));
    expect((await refer())?.state).toBe("referred");
  });

  it("of several sources the one with the fewest people counts, not their sum", async () => {
    const { posterior, ...lead } = withPeople(20_000);
    const whole = posterior as NonNullable<Lead["posterior"]>;
    const sourceOf = (people: number | null) => {
      const [one] = whole.sources as [(typeof whole.sources)[number]];
      return { ...one, credible: { ...one.credible, "90": { nodes: ["A"], pipeLengthM: null, people } } };
    };
    for (const people of [400, null]) {
      await records.leads.save({ ...lead, posterior: { ...whole, sources: [sourceOf(19_600), sourceOf(people)] } });
      await expect(refer()).rejects.toThrow("approved by a second person");
    }
  });

  it("an institution among the places needs an authorisation, however many people live around it", async () => {
    await records.leads.save(withPeople(50_000, { institutions: 1 }));
    await expect(refer()).rejects.toThrow("an institution stands among its places");
  });

  it("no way round: confirmed, or a lead merged into one that is referred, does not lead past it", async () => {
    await records.leads.save(withPeople(100));
    for (const to of ["confirmed", "referred"] as const)
      await expect(
        transitionLead(records, { leadId: "l-1", to, reason: "r", actor: { name: "x", role: "admin" }, at: LATER }, RULES),
      ).rejects.toThrow();
  });
});

describe("the second approver", () => {
  it("another person, with a key from before: then it is allowed, for that lead and that time", async () => {
    await approve(await ask(), WANG);
    await records.leads.save(leadOf("l-2", { state: "localised" }));
    await expect(refer("l-2")).rejects.toThrow("second person");
    await expect(refer("l-1", "2026-06-01T00:00:00.000Z")).rejects.toThrow("second person");
    expect((await refer())?.state).toBe("referred");
  });

  it("one person alone is not enough, nor one who only asked", async () => {
    await ask();
    await expect(refer()).rejects.toThrow("second person");
  });

  it.each([
    ["the same key", LI],
    ["another key of the same name and organisation", { ...LI, keyId: "k-2" }],
    ["the same name in another organisation", { ...LI, keyId: "k-2", organisation: "Court of B" }],
    ["the name in other letters", { ...LI, keyId: "k-2", name: "  ＬＩ   wei " }],
    ["the name with an accent", { ...LI, keyId: "k-2", name: "Lí Wéi" }],
    ["the same key under another name", { ...WANG, keyId: LI.keyId }],
  ])("%s is the same person", async (_what, by) => {
    const made = await ask();
    await expect(approve(made, by)).rejects.toThrow("another person");
    expect(isSamePerson(LI, by)).toBe(true);
    await expect(refer()).rejects.toThrow("second person");
  });

  it("a key made after the request was made for it", async () => {
    const made = await ask();
    for (const createdAt of [AT, LATER]) await expect(approve(made, WANG, createdAt)).rejects.toThrow("made after the request");
    expect((await approve(made, WANG, "2026-05-06T08:59:59.999Z"))?.state).toBe("approved");
  });

  it.each([
    ["the approver's key was made by who asks", [["k-wang", "k-li"]]],
    ["the approver's key was renewed by a namesake of who asks", [["k-wang", "k-li-2"]]],
    [
      "it was made with a key that who asks made",
      [
        ["k-wang", "k-x"],
        ["k-x", "k-li"],
      ],
    ],
    ["who approves made the key that asked", [["k-li", "k-wang"]]],
  ] as const)("%s: one hand is not two, and the approval stays out", async (_what, shown) => {
    const names: Record<string, string> = { "k-x": "Invented", "k-li-2": "li wei", [LI.keyId]: LI.name, [WANG.keyId]: WANG.name };
    const idOf: Record<string, string> = { "k-li": LI.keyId, "k-wang": WANG.keyId };
    for (const [key, to] of shown) {
      const keyId = idOf[to] ?? to;
      await records.keys.shown(idOf[key] ?? key, { keyId, name: names[keyId] as string }, LONG_AGO);
    }
    await expect(approve(await ask(), WANG)).rejects.toThrow("a third person may approve");
    await expect(refer()).rejects.toThrow("second person");
  });

  it("two whose keys a third person made are two, and the log says who made them", async () => {
    for (const { keyId } of [LI, WANG]) await records.keys.shown(keyId, { keyId: "k-admin", name: "Zhang" }, LONG_AGO);
    await approve(await ask(), WANG);
    expect((await refer())?.state).toBe("referred");
    const shown = { keyShownTo: [{ keyId: "k-admin", name: "Zhang" }] };
    expect((await records.chains.list("audit")).slice(0, 2)).toMatchObject([{ content: shown }, { content: shown }]);
  });

  it("what is refused, withdrawn or over cannot be approved, nor be counted", async () => {
    const refused = await ask();
    const no = { decision: "refused", reason: "no case", at: LATER } as const;
    await decideAuthorisation(records, refused.authorisationId, no, { ...WANG, keyCreatedAt: LONG_AGO });
    await expect(approve(refused, WANG)).rejects.toThrow("it is refused already");
    const over = await ask(LI, { reference: "2" });
    await expect(approve(over, WANG, LONG_AGO, "2026-06-02T00:00:00.000Z")).rejects.toThrow("has ended");
    const standing = await ask(LI, { reference: "3" });
    await approve(standing, WANG);
    const stranger = { keyId: "k-9", name: "Zhao", organisation: "C", keyCreatedAt: LONG_AGO };
    const back = { decision: "withdrawn", reason: "the case is closed", at: LATER } as const;
    await expect(decideAuthorisation(records, standing.authorisationId, back, stranger)).rejects.toThrow(AuthorisationRefused);
    await decideAuthorisation(records, standing.authorisationId, back, { ...LI, keyCreatedAt: LONG_AGO });
    await expect(refer()).rejects.toThrow("second person");
  });

  it("a named legal basis: not empty, not a word", () => {
    for (const legalBasis of ["", "law", "          ", "ok ok"])
      expect(newAuthorisation.safeParse({ ...asked, legalBasis }).success).toBe(false);
  });

  it("no end, an end in the past or in years is none", async () => {
    for (const validUntil of [AT, LONG_AGO, "2028-01-01T00:00:00.000Z"])
      await expect(async () => ask(LI, { validUntil })).rejects.toThrow("must end in the future");
  });

  it("nothing can be authorised that is not there", async () =>
    expect(ask(LI, { subject: { kind: "lead", id: "l-9" } })).rejects.toThrow("there is no lead l-9"));

  it("each step is in the audit log and in the lead's own, with who and on what basis", async () => {
    await approve(await ask(), WANG);
    for (const chain of ["audit", "lead:l-1"])
      expect(await records.chains.list(chain)).toMatchObject([
        { actor: "Li Wei", action: "authorisation.requested", subject: "l-1", content: { legalBasis: asked.legalBasis } },
        { actor: "Wang Fang", action: "authorisation.approved", subject: "l-1", content: { reference: "2026-117" } },
      ]);
  });
});

describe("merging", () => {
  const merge = (into?: string) =>
    transitionLead(
      records,
      {
        leadId: "l-1",
        to: "merged",
        reason: "one cause",
        actor: { name: "Li Wei", role: "investigator" },
        at: LATER,
        ...(into ? { into } : {}),
      },
      RULES,
    );

  it("points to the lead that goes on, in both logs", async () => {
    await records.leads.save(leadOf("l-2"));
    expect(await merge("l-2")).toMatchObject({ state: "merged", mergedInto: "l-2" });
    expect(await records.chains.list("lead:l-2")).toMatchObject([{ action: "lead.absorbed", content: { lead: "l-1" } }]);
  });

  it("not into nothing, itself, a lead of another plant, or one that is gone", async () => {
    await records.leads.save(leadOf("l-2", { siteId: "plant-b" }));
    await records.leads.save(leadOf("l-3", { state: "merged" }));
    for (const into of [undefined, "l-1", "l-9", "l-2", "l-3"]) await expect(merge(into)).rejects.toThrow(/into|lead/);
  });
});
