import type { Bilingual } from "../schemas/anomaly.ts";
import type { Authorisation, NewAuthorisation, Person } from "../schemas/authorisation.ts";
import { derivedId } from "../store/records/hash.ts";
import type { Records } from "../store/records/records.ts";
import { isSamePerson } from "./person.ts";
import { Refused } from "./refused.ts";

/** Why an authorisation cannot be decided so, in words for the one who tried. */
export class AuthorisationRefused extends Refused {
  override name = "AuthorisationRefused";
}

/** Longer than this nobody can say that the grounds still hold: it has to be asked for anew. */
const VALID_DAYS_MAX = 366;
const DAY_MS = 86_400_000;

/** Asks for what lies below the smallest population. It counts for nothing until somebody else approved it. */
export function requestAuthorisation(records: Records, asked: NewAuthorisation, by: Person, at: string): Promise<Authorisation> {
  const validMs = Date.parse(asked.validUntil) - Date.parse(at);
  if (!(validMs > 0 && validMs <= VALID_DAYS_MAX * DAY_MS))
    throw new AuthorisationRefused(
      `it must end in the future, and at most ${VALID_DAYS_MAX} days from now`,
      `有效期须晚于当前时间，且不超过${VALID_DAYS_MAX}天`,
    );
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
    if (!exists)
      throw new AuthorisationRefused(
        `there is no ${subject.kind} ${subject.id}`,
        `没有${subject.kind === "lead" ? "线索" : "点位"}${subject.id}`,
      );
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
    const refused =
      decision === "withdrawn"
        ? whyNotWithdraw(found, by)
        : (whyNotDecide(found, by, keyCreatedAt, decision, at) ??
          (decision === "approved" ? await whyOneHand(inside, found.requestedBy, by) : undefined));
    if (refused) throw new AuthorisationRefused(refused.en, refused.zh);
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
): Bilingual | undefined {
  if (state !== "requested") return already(state);
  if (decision === "refused") return undefined;
  if (isSamePerson(requestedBy, by))
    return { en: "the second approver must be another person than the first", zh: "第二批准人不能与申请人为同一人" };
  if (Date.parse(keyCreatedAt) >= Date.parse(requestedAt))
    return {
      en: "the approver's key was made after the request: only somebody who had access before may approve",
      zh: "批准人的密钥在申请之后创建：仅申请前已有权限者可批准",
    };
  if (Date.parse(validUntil) <= Date.parse(at)) return { en: "it has ended meanwhile: ask anew", zh: "授权已过期，请重新申请" };
  return undefined;
}

/** Who made or renewed a key has seen its secret, so one who asks with the one key and approves with the other may be one person. */
async function whyOneHand(records: Records, asked: Person, by: Person): Promise<Bilingual | undefined> {
  const shownAsked = await records.keys.shownTo(asked.keyId);
  const shownApproving = await records.keys.shownTo(by.keyId);
  const isOne = shownApproving.some((one) => isSamePerson(one, asked)) || shownAsked.some((one) => isSamePerson(one, by));
  return isOne
    ? {
        en: "one of the two made or renewed the key of the other and has seen its secret: a third person may approve",
        zh: "申请人与批准人中一方创建或更换过另一方的密钥，知悉其内容：须由第三人批准",
      }
    : undefined;
}

const STATES_ZH: Record<Authorisation["state"], string> = {
  requested: "待批准",
  approved: "已批准",
  refused: "已拒绝",
  withdrawn: "已撤回",
};
const already = (state: Authorisation["state"]): Bilingual => ({ en: `it is ${state} already`, zh: `该授权${STATES_ZH[state]}` });

function whyNotWithdraw({ state, requestedBy, decidedBy }: Authorisation, by: Person): Bilingual | undefined {
  if (state !== "requested" && state !== "approved") return already(state);
  const isOne = isSamePerson(requestedBy, by) || (decidedBy !== null && isSamePerson(decidedBy, by));
  return isOne ? undefined : { en: "it is withdrawn by one of the two who stand for it", zh: "仅申请人或批准人可撤回" };
}

async function writeDown(records: Records, authorisation: Authorisation, by: Person, at: string): Promise<void> {
  const { authorisationId, subject, state, legalBasis, reference, validUntil } = authorisation;
  // who else can have used the key belongs to who did it
  const keyShownTo = (await records.keys.shownTo(by.keyId)).map(({ keyId, name }) => ({ keyId, name }));
  const { keyId, organisation } = by;
  const content = { authorisationId, legalBasis, reference, validUntil, organisation, keyId, keyShownTo };
  const entry = { at, actor: by.name, action: `authorisation.${state}`, subject: subject.id, content };
  await records.chains.append("audit", entry);
  if (subject.kind === "lead") await records.chains.append(`lead:${subject.id}`, entry);
}
