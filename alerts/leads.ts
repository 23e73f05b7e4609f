import type { Bilingual } from "../schemas/anomaly.ts";
import type { Role } from "../schemas/key.ts";
import {
  CLOSED_STATES,
  LEAD_STATE_NAMES,
  LEAD_TRANSITIONS,
  type Lead,
  type LeadState,
  LOCALISED_NODES_MAX,
  type Posterior,
} from "../schemas/lead.ts";
import { derivedId, hashOf } from "../store/records/hash.ts";
import type { Records } from "../store/records/records.ts";
import { Refused } from "./refused.ts";

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
export class TransitionRefused extends Refused {
  override name = "TransitionRefused";
}

/** A lead is localised when its 90 % set is small, and hardly anything speaks for no source at all. */
const LOCALISED_NO_SOURCE_MAX = 0.05;

/** States that people read afterwards and ask why. */
const NEEDS_REASON: readonly LeadState[] = ["referred", "confirmed", "dismissed", "inconclusive", "merged"];
const DAY_MS = 86_400_000;

/** Moves a lead on, writes it into the lead's log and tells the webhooks, all in one transaction. Undefined when there is no such lead. */
export function transitionLead(records: Records, transition: Transition, rules: LeadRules): Promise<Lead | undefined> {
  const { leadId, to, reason, actor, at, happenedAt = at } = transition;
  const into = to === "merged" ? transition.into : undefined;
  return records.transaction(async (inside) => {
    const lead = await inside.leads.find(leadId, { forChange: true });
    if (!lead) return undefined;
    const refused =
      whyNot(lead, transition) ??
      (Date.parse(happenedAt) > Date.parse(at)
        ? said(`${happenedAt} lies in the future`, `${happenedAt}晚于当前时间`)
        : undefined) ??
      (to === "merged" ? await whyNotInto(inside, lead, into) : undefined) ??
      (to === "referred" ? await whyNotRefer(inside, lead, rules, at) : undefined);
    if (refused) throw new TransitionRefused(refused.en, refused.zh);
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
): Bilingual | undefined {
  if (anonymisedAt !== null)
    return said(
      "it was made anonymous when its time was over, and holds nothing to go on with",
      "线索保存期满已匿名化，无法继续处理",
    );
  if (!LEAD_TRANSITIONS[state].includes(to)) {
    const names = LEAD_TRANSITIONS[state].map((next) => LEAD_STATE_NAMES[next].zh).join("、") || "无";
    return said(
      `a lead that is ${state} may become ${LEAD_TRANSITIONS[state].join(", ") || "nothing else"}, not ${to}`,
      `“${LEAD_STATE_NAMES[state].zh}”的线索可转为：${names}，不能转为“${LEAD_STATE_NAMES[to].zh}”`,
    );
  }
  if (to === "retracted")
    return said(
      "a lead is retracted by the system, when the values it rests on are corrected; dismiss it instead",
      "撤回由系统在数据更正时进行；请改为排除",
    );
  if (NEEDS_REASON.includes(to) && reason.trim() === "")
    return said(`${to} needs a reason`, `转为“${LEAD_STATE_NAMES[to].zh}”须填写理由`);
  if (to !== "localised") return undefined;
  if (!posterior) return said("the plant's sewer is not mapped, so nothing can be localised", "该厂管网未录入，无法定位");
  const sets = setsOf(posterior);
  for (const [s, { nodes }] of sets.entries()) {
    const set = nodes.length;
    if (set >= 1 && set <= LOCALISED_NODES_MAX) continue;
    const [of, ofZh] = sets.length > 1 ? [` of source ${s + 1}`, `排放源${s + 1}的`] : ["", ""];
    return said(
      `the 90 % set${of} has ${set} nodes; localised needs 1 to ${LOCALISED_NODES_MAX}: sample further`,
      `${ofZh}90 %可信集有${set}个窨井，定位须为1至${LOCALISED_NODES_MAX}个：请继续采样`,
    );
  }
  // a probability that could not be computed is NaN, and null once it went through JSON: it must not pass for a small one
  const { noSource } = posterior;
  if (!(Number.isFinite(noSource) && noSource <= LOCALISED_NO_SOURCE_MAX)) {
    const found = Number.isFinite(noSource) ? noSource.toFixed(2) : "unknown";
    return said(
      `P(no source) is ${found}; localised needs at most ${LOCALISED_NO_SOURCE_MAX}: sample further`,
      `无排放源的概率为${found}，定位须不高于${LOCALISED_NO_SOURCE_MAX}：请继续采样`,
    );
  }
  if (!posterior.confirmingPair)
    return said(
      "no pair of samples confirms it: one positive below the set and, on the same day, one negative just upstream of it; the next points name them",
      "尚无确认样品对：须在可信集下游检出，且同日在其紧邻上游未检出；建议采样点已列出",
    );
  return undefined;
}

/** The 90 % set of each of several sources, judged by itself: a small set of one says nothing of the other. */
function setsOf({ credible, sources }: Posterior): Posterior["credible"]["90"][] {
  return sources.length > 1 ? sources.map((source) => source.credible["90"]) : [credible["90"]];
}

/** Chains of merged leads are followed by people: each link must lead to one that is there and goes on. */
async function whyNotInto(records: Records, { leadId, siteId }: Lead, into: string | undefined): Promise<Bilingual | undefined> {
  if (into === undefined) return said("merged needs the lead that goes on: `into`", "合并须指明并入的线索（into）");
  if (into === leadId) return said("a lead cannot be merged into itself", "线索不能并入自身");
  const other = await records.leads.find(into);
  if (!other) return said(`there is no lead ${into} to merge into`, `没有线索${into}，无法并入`);
  if (other.siteId !== siteId)
    return said(`lead ${into} is another plant's: their sewers share no place`, `线索${into}属于另一污水厂，管网不相连`);
  if (other.state === "merged" || other.state === "retracted")
    return said(`lead ${into} is ${other.state} itself`, `线索${into}本身处于“${LEAD_STATE_NAMES[other.state].zh}”`);
  return undefined;
}

/**
 * Handing a place on: where fewer people than the floor stand behind it, or nobody knows how many, or an institution is among the
 * places, a named legal basis and a second person are needed.
 */
async function whyNotRefer(records: Records, lead: Lead, { peopleMin }: LeadRules, at: string): Promise<Bilingual | undefined> {
  const counts = lead.posterior ? setsOf(lead.posterior).map((set) => set.people) : [null];
  const people = counts.reduce((least, count) => (least === null || count === null ? null : Math.min(least, count)));
  const few = people === null || people < peopleMin;
  if (!few && lead.institutions === 0) return undefined;
  if (await records.authorisations.inForce({ kind: "lead", id: lead.leadId }, at)) return undefined;
  const living =
    people === null
      ? { en: "an unknown number of", zh: "未知数量" }
      : { en: String(Math.round(people)), zh: `${Math.round(people)}` };
  const found = few
    ? said(
        `${living.en} people live behind its 90 % set, and the smallest allowed is ${peopleMin}`,
        `90 %可信集涉及人口${living.zh}，低于下限${peopleMin}`,
      )
    : said("an institution stands among its places", "可信集中含有机构");
  return said(
    `${found.en}: referring it needs an authorisation with a named legal basis, approved by a second person`,
    `${found.zh}：移交须有列明法律依据并经第二人批准的授权`,
  );
}

const said = (en: string, zh: string): Bilingual => ({ en, zh });
