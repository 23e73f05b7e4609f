import type { Role } from "../schemas/key.ts";
import { LEAD_TRANSITIONS, type Lead, type LeadState } from "../schemas/lead.ts";
import { derivedId } from "../store/records/hash.ts";
import type { Records } from "../store/records/records.ts";

export interface Transition {
  leadId: string;
  to: LeadState;
  /** Why; needed where the state closes the lead or hands it on. */
  reason: string;
  actor: { name: string; role: Role };
  at: string;
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

/** Moves a lead on, writes it into the lead's log and tells the webhooks, all in one transaction. Undefined when there is no such lead. */
export function transitionLead(records: Records, transition: Transition): Promise<Lead | undefined> {
  const { leadId, to, reason, actor, at } = transition;
  return records.transaction(async (inside) => {
    const lead = await inside.leads.find(leadId, { forChange: true });
    if (!lead) return undefined;
    const refused = whyNot(lead, transition);
    if (refused) throw new TransitionRefused(refused);
    const moved: Lead = { ...lead, state: to, version: lead.version + 1, updatedAt: at };
    await inside.leads.save(moved);
    const entry = { at, actor: actor.name, action: `lead.${to}`, subject: leadId, content: { from: lead.state, to, reason } };
    await inside.chains.append(`lead:${leadId}`, entry);
    await inside.chains.append("audit", entry);
    await inside.outbox.enqueue({
      messageId: derivedId("msg", "lead.updated", leadId, String(moved.version)),
      event: to === "retracted" ? "lead.retracted" : "lead.updated",
      subject: leadId,
      payload: {
        type: "lead.updated",
        timestamp: at,
        data: { leadId, siteId: lead.siteId, analyte: lead.analyte, state: to, version: moved.version },
      },
      createdAt: at,
    });
    return moved;
  });
}

/** The guards. The model alone never confirms: that takes an investigator and evidence from outside, given as the reason. */
export function whyNot({ state, posterior }: Lead, { to, reason }: Transition): string | undefined {
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
  return undefined;
}
