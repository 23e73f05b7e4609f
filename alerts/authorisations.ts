import type { Authorisation, NewAuthorisation, Person } from "../schemas/authorisation.ts";
import { derivedId } from "../store/records/hash.ts";
import type { Records } from "../store/records/records.ts";
import { isSamePerson } from "./person.ts";

/** Why an authorisation cannot be decided so, in words for the one who tried. */
export class AuthorisationRefused extends Error {
  override name = "AuthorisationRefused";
}

/** Longer than this nobody can say that the grounds still hold: it has to be asked for anew. */
const VALID_DAYS_MAX = 366;
const DAY_MS = 86_400_000;

/** Asks for what lies below the smallest population. It counts for nothing until somebody else approved it. */
export function requestAuthorisation(records: Records, asked: NewAuthorisation, by: Person, at: string): Promise<Authorisation> {
  const validMs = Date.parse(asked.validUntil) - Date.parse(at);
  if (!(validMs > 0 && validMs <= VALID_DAYS_MAX * DAY_MS))
    throw new AuthorisationRefused(`it must end in the future, and at most ${VALID_DAYS_MAX} days from now`);
  const { subject, reference } = asked;
  const authorisation: Authorisation = {
    ...asked,
    authorisationId: derivedId("authorisation", subject.kind, subject.id, by.keyId, reference, at),
    state: "requested",
    requestedBy: by,
    requestedAt: at,
    decidedBy: null,
    decidedAt: null,
    reason: "",
  };
  return records.transaction(async (inside) => {
    const exists = subject.kind === "lead" ? await inside.leads.find(subject.id) : await inside.sites.find(subject.id);
    if (!exists) throw new AuthorisationRefused(`there is no ${subject.kind} ${subject.id}`);
    await inside.authorisations.save(authorisation);
    await writeDown(inside, authorisation, by, at);
    return authorisation;
  });
}

/** Who decides, with when their key was made: a key made after the request was made for it. */
export interface Decider extends Person {
  keyCreatedAt: string;
}

/** Approves, refuses or withdraws; undefined when there is no such authorisation. Withdrawing is for either of the two. */
export function decideAuthorisation(
  records: Records,
  authorisationId: string,
  { decision, reason, at }: { decision: "approved" | "refused" | "withdrawn"; reason: string; at: string },
  { keyCreatedAt, ...by }: Decider,
): Promise<Authorisation | undefined> {
  return records.transaction(async (inside) => {
    const found = await inside.authorisations.find(authorisationId, { forChange: true });
    if (!found) return undefined;
    const refused = decision === "withdrawn" ? whyNotWithdraw(found, by) : whyNotDecide(found, by, keyCreatedAt, decision, at);
    if (refused) throw new AuthorisationRefused(refused);
    const decided: Authorisation = { ...found, state: decision, decidedBy: by, decidedAt: at, reason };
    await inside.authorisations.save(decided);
    await writeDown(inside, decided, by, at);
    return decided;
  });
}

function whyNotDecide(
  { state, requestedBy, requestedAt, validUntil }: Authorisation,
  by: Person,
  keyCreatedAt: string,
  decision: "approved" | "refused",
  at: string,
): string | undefined {
  if (state !== "requested") return `it is ${state} already`;
  if (decision === "refused") return undefined;
  if (isSamePerson(requestedBy, by)) return "the second approver must be another person than the first";
  if (Date.parse(keyCreatedAt) >= Date.parse(requestedAt))
    return "the approver's key was made after the request: only somebody who had access before may approve";
  if (Date.parse(validUntil) <= Date.parse(at)) return "it has ended meanwhile: ask anew";
  return undefined;
}

function whyNotWithdraw({ state, requestedBy, decidedBy }: Authorisation, by: Person): string | undefined {
  if (state !== "requested" && state !== "approved") return `it is ${state} already`;
  const isOne = isSamePerson(requestedBy, by) || (decidedBy !== null && isSamePerson(decidedBy, by));
  return isOne ? undefined : "it is withdrawn by one of the two who stand for it";
}

async function writeDown(records: Records, authorisation: Authorisation, by: Person, at: string): Promise<void> {
  const { authorisationId, subject, state, legalBasis, reference, validUntil } = authorisation;
  const content = { authorisationId, legalBasis, reference, validUntil, organisation: by.organisation };
  const entry = { at, actor: by.name, action: `authorisation.${state}`, subject: subject.id, content };
  await records.chains.append("audit", entry);
  if (subject.kind === "lead") await records.chains.append(`lead:${subject.id}`, entry);
}
