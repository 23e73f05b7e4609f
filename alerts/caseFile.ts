import type { Person } from "../schemas/authorisation.ts";
import type { Attachment, NewOutcome, Outcome } from "../schemas/caseFile.ts";
import type { ChainEntry } from "../schemas/chain.ts";
import { LEAD_STATE_NAMES, type Lead } from "../schemas/lead.ts";
import { derivedId, hashOf } from "../store/records/hash.ts";
import type { Records } from "../store/records/records.ts";
import { Refused } from "./refused.ts";

/** Why something cannot be added to a lead, in words for the one who tried. */
export class CaseFileRefused extends Refused {
  override name = "CaseFileRefused";
}

interface Doing {
  leadId: string;
  by: Person;
  at: string;
}

/** Gives a lead to somebody to look after, or to nobody. Undefined when there is no such lead. */
export function assignLead(records: Records, { leadId, by, at }: Doing, assignee: string | null): Promise<Lead | undefined> {
  return records.transaction(async (inside) => {
    const lead = await openLead(inside, leadId);
    if (!lead || lead.assignee === assignee) return lead;
    const assigned: Lead = { ...lead, assignee, version: lead.version + 1, updatedAt: at };
    const why = assignee === null ? { en: "Given back.", zh: "交回。" } : { en: "Assigned.", zh: "已分派。" };
    await inside.leads.save(assigned, { actor: by.name, why });
    await log(inside, { leadId, by, at }, "lead.assigned", { from: lead.assignee, to: assignee, happenedAt: at });
    return assigned;
  });
}

/** @param happenedAt when what the note tells happened, which may be long before it was written */
export function noteOnLead(records: Records, doing: Doing, text: string, happenedAt: string): Promise<ChainEntry | undefined> {
  return records.transaction(async (inside) => {
    if (!(await openLead(inside, doing.leadId))) return undefined;
    notLater(happenedAt, doing.at);
    return log(inside, doing, "note", { text, happenedAt });
  });
}

/** Files kept with one lead; photos of a few rounds and a few documents. */
const ATTACHMENTS_MAX = 200;
/** What browsers show without running it, and office documents. What a browser would run as a page is not taken. */
export const ATTACHMENT_TYPES = [
  "image/jpeg",
  "image/png",
  "image/webp",
  "application/pdf",
  "text/plain",
  "text/csv",
  "application/zip",
  "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
  "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
] as const;

/** Keeps a file with the lead under the hash of its bytes; the same bytes again change nothing. */
export function attach(
  records: Records,
  doing: Doing,
  file: { sha256: string; name: string; mediaType: string },
  value: Uint8Array,
): Promise<Attachment | undefined> {
  return records.transaction(async (inside) => {
    const { leadId, by, at } = doing;
    if (!(await openLead(inside, leadId))) return undefined;
    const known = await inside.caseFiles.attachments(leadId);
    const same = known.find(({ sha256 }) => sha256 === file.sha256);
    if (same) return same;
    if (known.length >= ATTACHMENTS_MAX)
      throw new CaseFileRefused(`a lead holds at most ${ATTACHMENTS_MAX} files`, `每条线索最多${ATTACHMENTS_MAX}个附件`);
    const attachment: Attachment = { ...file, leadId, bytes: value.length, addedBy: by.name, addedAt: at };
    await inside.caseFiles.attach(attachment, value);
    await log(inside, doing, "lead.attached", { ...file, bytes: value.length, happenedAt: at });
    return attachment;
  });
}

/** Leads that a case may come of: handed on, or closed after that. */
const WITH_OUTCOMES: readonly Lead["state"][] = ["referred", "confirmed", "dismissed", "inconclusive"];

/**
 * Records what came of the lead for a case. What was recorded last counts; the same again changes nothing, unless another result came
 * between: then it takes that one back.
 */
export function recordOutcome(records: Records, doing: Doing, sent: NewOutcome): Promise<Outcome | undefined> {
  return records.transaction(async (inside) => {
    const { leadId, by, at } = doing;
    const lead = await openLead(inside, leadId);
    if (!lead) return undefined;
    if (!WITH_OUTCOMES.includes(lead.state))
      throw new CaseFileRefused(
        `a lead that is ${lead.state} has no outcome yet: it comes after a referral`,
        `“${LEAD_STATE_NAMES[lead.state].zh}”的线索尚无结果：须先移交`,
      );
    notLater(sent.date, at);
    const caseId = caseIdOf(by.organisation, sent.caseNumber);
    const known = (await inside.caseFiles.outcomes(leadId)).filter((one) => one.caseId === caseId);
    const last = known.at(-1);
    if (last && last.result === sent.result && last.date === sent.date && last.text === sent.text) return last;
    const outcome: Outcome = {
      ...sent,
      outcomeId: derivedId("outcome", leadId, caseId, sent.result, sent.date, sent.text, String(known.length)),
      leadId,
      caseId,
      organisation: by.organisation,
      recordedBy: by.name,
      recordedAt: at,
    };
    await inside.caseFiles.addOutcome(outcome);
    const { outcomeId, result, date, caseNumber } = outcome;
    await log(inside, doing, "lead.outcome", { outcomeId, caseNumber, result, text: sent.text, happenedAt: date });
    return outcome;
  });
}

/** One case is one case, however its number is typed: blanks, case, width and dashes aside. */
export function caseIdOf(organisation: string, caseNumber: string): string {
  return derivedId(
    "case",
    organisation,
    caseNumber
      .normalize("NFKC")
      .toUpperCase()
      .replace(/[\s\p{Pd}_/.]+/gu, ""),
  );
}

async function openLead(records: Records, leadId: string): Promise<Lead | undefined> {
  const lead = await records.leads.find(leadId, { forChange: true });
  if (lead && lead.anonymisedAt !== null)
    throw new CaseFileRefused(
      "the lead was made anonymous when its time was over: nothing is added to it any more",
      "线索保存期满已匿名化，不能再添加内容",
    );
  return lead;
}

const DAY_MS = 86_400_000;

/** Days are local, and the zone of a case is not known: a day that has begun somewhere on earth has begun. */
function notLater(happened: string, at: string): void {
  const graceMs = happened.length === "2026-05-04".length ? DAY_MS : 0;
  if (Date.parse(happened) > Date.parse(at) + graceMs)
    throw new CaseFileRefused(`${happened} lies in the future`, `${happened}晚于当前时间`);
}

/** In the lead's own log with its words, in the audit log without them: that one outlives the lead. */
async function log(records: Records, { leadId, by, at }: Doing, action: string, content: object): Promise<ChainEntry> {
  const entry = { at, actor: by.name, action, subject: leadId };
  await records.chains.append("audit", { ...entry, content: { sha256: hashOf(JSON.stringify(content)) } });
  return records.chains.append(`lead:${leadId}`, { ...entry, content });
}
