import type { Role } from "../schemas/key.ts";
import { CLOSED_STATES, LEAD_TRANSITIONS, type Lead, type LeadState } from "../schemas/lead.ts";
import { derivedId, hashOf } from "../store/records/hash.ts";
import type { Records } from "../store/records/records.ts";

export interface Transition {
  leadId: string;
  to: LeadState;
  /** Why; needed where the state closes the lead or hands it on. */
  reason: string;
  /** The lead that goes on, where this one is merged. */
  into?: string;
  /** When it happened, where that was before it is written down. */
  happenedAt?: string;
  actor: { name: string; role: Role };
  at: string;
}

/** What the operator sets (schemas/config.ts). */
export interface LeadRules {
  /** People below whom a place is handed on only with an authorisation. */
  peopleMin: number;
  /** Days after which a closed lead is made anonymous. */
  retentionDays: number;
}

/** Why a lead may not go into a state, in words for the investigator. */
export class TransitionRefused extends Error {
  override name = "TransitionRefused";
}

/** A lead is localised when its 90 % set is at most this many nodes, and hardly anything speaks for no source at all. */
const LOCALISED_NODES_MAX = 5;
const LOCALISED_NO_SOURCE_MAX = 0.05;

/** States that people read afterwards and ask why. */
const NEEDS_REASON: readonly LeadState[] = ["referred", "confirmed", "dismissed", "inconclusive", "merged"];
const DAY_MS = 86_400_000;

/** Moves a lead on, writes it into the lead's log and tells the webhooks, all in one transaction. Undefined when there is no such lead. */
export function transitionLead(records: Records, transition: Transition, rules: LeadRules): Promise<Lead | undefined> {
  const { leadId, to, reason, actor, at, into, happenedAt = at } = transition;
  return records.transaction(async (inside) => {
    const lead = await inside.leads.find(leadId, { forChange: true });
    if (!lead) return undefined;
    const refused =
      whyNot(lead, transition) ??
      (to === "merged" ? await whyNotInto(inside, lead, into) : undefined) ??
      (to === "referred" ? await whyNotRefer(inside, lead, rules, at) : undefined);
    if (refused) throw new TransitionRefused(refused);
    const retainUntil = retainUntilOf(to, rules, at);
    const mergedInto = to === "merged" ? (into ?? null) : null;
    const moved: Lead = { ...lead, state: to, mergedInto, retainUntil, version: lead.version + 1, updatedAt: at };
    await inside.leads.save(moved, { actor: actor.name, why: { en: reason, zh: reason } });
    const what = { from: lead.state, to, ...(into === undefined ? {} : { into }) };
    const entry = { at, actor: actor.name, action: `lead.${to}`, subject: leadId };
    await inside.chains.append(`lead:${leadId}`, { ...entry, content: { ...what, reason, happenedAt } });
    // the audit log outlives the lead's own, so it holds no free text about it
    await inside.chains.append("audit", { ...entry, content: { ...what, reasonSha256: hashOf(reason) } });
    if (into !== undefined)
      await inside.chains.append(`lead:${into}`, {
        ...entry,
        action: "lead.absorbed",
        subject: into,
        content: { lead: leadId, reason },
      });
    await tellMoved(inside, moved, at);
    return moved;
  });
}

/** When a lead in this state is to be made anonymous; null as long as it is open. */
export function retainUntilOf(state: LeadState, { retentionDays }: LeadRules, at: string): string | null {
  if (!CLOSED_STATES.some((closed) => closed === state)) return null;
  return new Date(Date.parse(at) + retentionDays * DAY_MS).toISOString();
}

/** The webhooks are told of a lead's new state. */
export async function tellMoved(records: Records, { leadId, siteId, analyte, state, version }: Lead, at: string): Promise<void> {
  await records.outbox.enqueue({
    messageId: derivedId("msg", "lead.updated", leadId, String(version)),
    event: "lead.updated",
    subject: leadId,
    payload: { type: "lead.updated", timestamp: at, data: { leadId, siteId, analyte, state, version } },
    createdAt: at,
  });
}

/** The guards. The model alone never confirms: that takes an investigator and evidence from outside, given as the reason. */
export function whyNot(
  { state, posterior, anonymisedAt }: Lead,
  { to, reason }: Pick<Transition, "to" | "reason">,
): string | undefined {
  if (anonymisedAt !== null) return "it was made anonymous when its time was over, and holds nothing to go on with";
  if (!LEAD_TRANSITIONS[state].includes(to)) {
    return `a lead that is ${state} may become ${LEAD_TRANSITIONS[state].join(", ") || "nothing else"}, not ${to}`;
  }
  if (to === "retracted")
    return "a lead is retracted by the system, when the values it rests on are corrected; dismiss it instead";
  if (NEEDS_REASON.includes(to) && reason.trim() === "") return `${to} needs a reason`;
  if (to !== "localised") return undefined;
  if (!posterior) return "the plant's sewer is not mapped, so nothing can be localised";
  const set = posterior.credible["90"].nodes.length;
  if (!(set >= 1 && set <= LOCALISED_NODES_MAX))
    return `the 90 % set has ${set} nodes; localised needs 1 to ${LOCALISED_NODES_MAX}: sample further`;
  // a probability that could not be computed is NaN, and null once it went through JSON: it must not pass for a small one
  const { noSource } = posterior;
  if (!(Number.isFinite(noSource) && noSource <= LOCALISED_NO_SOURCE_MAX)) {
    const found = Number.isFinite(noSource) ? noSource.toFixed(2) : "unknown";
    return `P(no source) is ${found}; localised needs at most ${LOCALISED_NO_SOURCE_MAX}: sample further`;
  }
  if (!posterior.confirmingPair)
    return "no pair of samples confirms it: one positive below the set and, on the same day, one negative just upstream of it; the next points name them";
  return undefined;
}

/** Chains of merged leads are followed by people: each link must lead to one that is there and goes on. */
async function whyNotInto(records: Records, { leadId, siteId }: Lead, into: string | undefined): Promise<string | undefined> {
  if (into === undefined) return "merged needs the lead that goes on: `into`";
  if (into === leadId) return "a lead cannot be merged into itself";
  const other = await records.leads.find(into);
  if (!other) return `there is no lead ${into} to merge into`;
  if (other.siteId !== siteId) return `lead ${into} is another plant's: their sewers share no place`;
  if (other.state === "merged" || other.state === "retracted") return `lead ${into} is ${other.state} itself`;
  return undefined;
}

/**
 * Handing a place on: where fewer people than the floor stand behind it, or nobody knows how many, or an institution is among the
 * places, a named legal basis and a second person are needed.
 */
async function whyNotRefer(records: Records, lead: Lead, { peopleMin }: LeadRules, at: string): Promise<string | undefined> {
  const people = lead.posterior?.credible["90"].people ?? null;
  const few = people === null || people < peopleMin;
  if (!few && lead.institutions === 0) return undefined;
  if (await records.authorisations.inForce({ kind: "lead", id: lead.leadId }, at)) return undefined;
  const found = few
    ? `${people === null ? "an unknown number of" : Math.round(people)} people live behind its 90 % set, and the smallest allowed is ${peopleMin}`
    : "an institution stands among its places";
  return `${found}: referring it needs an authorisation with a named legal basis, approved by a second person`;
}
