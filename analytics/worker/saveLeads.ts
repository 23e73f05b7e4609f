import type { Bilingual } from "../../schemas/anomaly.ts";
import type { Lead, LeadState } from "../../schemas/lead.ts";
import type { Site } from "../../schemas/site.ts";
import { canonicalJson } from "../../store/records/hash.ts";
import type { Records } from "../../store/records/records.ts";
import { type ComputedLead, pointsToSewer } from "./leads.ts";
import { tellLead } from "./tell.ts";

/** States in which new data still change a lead. */
const LIVE: readonly LeadState[] = ["open", "triaged", "sampling", "localised", "referred", "inconclusive"];
/** States that no new data give away to another lead: people have gone on with it, or closed it. */
const KEPT: readonly LeadState[] = ["referred", "confirmed", "dismissed", "inconclusive", "expired"];
/** States in which nobody is out in the sewer for it. */
const BEFORE_SAMPLING: readonly LeadState[] = ["open", "triaged"];
const SYSTEM = "system";

/**
 * Brings the leads of a series to what the data say, inside the transaction of its anomalies: opens, updates with a new version,
 * retracts what no longer stands, merges what turns out to be one. What people decided stays.
 */
export async function saveLeads(
  records: Records,
  plant: Site,
  analyte: string,
  computed: readonly ComputedLead[],
  now: Date,
): Promise<void> {
  const known = await records.leads.ofSeries(plant.siteId, analyte);
  const standing = await standingOf(records, computed, known);
  for (const lead of standing.values()) {
    const before = known.some(({ leadId }) => leadId === lead.leadId)
      ? await records.leads.find(lead.leadId, { forChange: true })
      : undefined;
    if (!before) await open(records, lead, now);
    else if (before.anonymisedAt !== null) continue;
    else if (before.state === "retracted" || before.state === "merged") {
      const { from } = await endingOf(records, before);
      const why = before.state === "retracted" ? WHY.back : WHY.parted;
      await change(records, before, lead, stateAfter(from, lead), why, now);
    } else if (LIVE.includes(before.state) && differs(before, lead))
      await change(records, before, lead, stateAfter(before.state, lead), changedBy(before, lead), now);
  }
  for (const lead of known) {
    if (standing.has(lead.leadId) || !LIVE.includes(lead.state)) continue;
    const into = [...standing.values()].find((other) => sameCause(other, lead));
    if (into) await end(records, lead, { state: "merged", mergedInto: into.leadId }, WHY.joined, now);
    else {
      const anomalies = await Promise.all(lead.anomalyIds.map((id) => records.anomalies.find(id)));
      const standing = anomalies.flatMap((anomaly) => (anomaly && anomaly.state !== "retracted" ? [anomaly] : []));
      // a lead ends with the anomalies it rests on, not with their age; where a crew is out, people end it
      if (standing.length === 0) await end(records, lead, { state: "retracted" }, WHY.gone, now);
      else if (BEFORE_SAMPLING.includes(lead.state) && !standing.some((anomaly) => pointsToSewer(anomaly)))
        await end(
          records,
          lead,
          { state: "retracted" },
          standing.every(({ regional }) => regional) ? WHY.regional : WHY.cause,
          now,
        );
    }
  }
}

const WHY = {
  opened: { en: "An anomaly at the plant points to its sewer.", zh: "污水厂出现指向管网的异常。" },
  back: { en: "What it rests on stands again.", zh: "所依据的异常重新成立。" },
  cause: {
    en: "By what is known now it is rather people, medicine, an event or a fault, or too weak for a lead.",
    zh: "据现有数据，更可能为消费、药用、活动或误差所致，或证据不足以立为线索。",
  },
  regional: {
    en: "The load rose at most plants of the region at once: that is no one discharge.",
    zh: "区域内多数污水厂同步升高，并非单点排放。",
  },
  parted: { en: "By later data it has a cause of its own again.", zh: "后续数据表明其另有来源，恢复为独立线索。" },
  joined: { en: "Later data show it has the same cause as another lead.", zh: "后续数据表明其与另一线索同源。" },
  gone: { en: "The values that raised its anomalies were corrected or withdrawn.", zh: "引发异常的数值已被更正或撤回。" },
} satisfies Record<string, Bilingual>;

/** Under which lead each goes on. A lead takes one of them: what else the data now tell apart from it has a lead of its own. */
async function standingOf(
  records: Records,
  computed: readonly ComputedLead[],
  known: readonly Lead[],
): Promise<Map<string, ComputedLead>> {
  const named = new Map(known.map((lead) => [lead.leadId, lead]));
  const standing = new Map(computed.map((lead) => [lead.leadId, lead]));
  const giveTo = ({ leadId }: Lead, lead: ComputedLead) => {
    standing.delete(lead.leadId);
    standing.set(leadId, { ...lead, leadId });
  };
  const isFree = ({ leadId }: Lead) => !standing.has(leadId);
  for (const lead of computed) {
    const own = named.get(lead.leadId);
    if (own === undefined) {
      const heir = known.find((other) => KEPT.includes(other.state) && isFree(other) && sameCause(lead, other));
      if (heir) giveTo(heir, lead);
    } else if (own.state === "merged" && own.anonymisedAt === null) {
      const byPeople = (await endingOf(records, own)).by !== SYSTEM;
      const end = endOf(own, named);
      if (end && isFree(end) && (byPeople || LIVE.includes(end.state))) giveTo(end, lead);
      else if (byPeople) standing.delete(lead.leadId); // what people put together, data do not part
    }
  }
  return standing;
}

/** The lead of the same series that goes on with a merged one; undefined where that is another substance's. */
function endOf(lead: Lead, named: ReadonlyMap<string, Lead>): Lead | undefined {
  let end: Lead | undefined = lead;
  // each step leads on to another lead, and a ring is longer than there are leads
  for (let steps = 0; end?.mergedInto && steps <= named.size; steps++) end = named.get(end.mergedInto);
  return end?.state === "merged" ? undefined : end;
}

/** Who or what merged or retracted a lead, and the state it was in before. */
async function endingOf(records: Records, { leadId, state, version }: Lead): Promise<{ by: string; from: LeadState }> {
  let first = version; // an assignee may have been named since
  let before = await records.leads.version(leadId, first - 1);
  while (before?.state === state) {
    first -= 1;
    before = await records.leads.version(leadId, first - 1);
  }
  const by = (await records.leads.versions(leadId)).find((one) => one.version === first)?.actor ?? SYSTEM;
  return { by, from: before?.state ?? "open" };
}

function sameCause(computed: ComputedLead, { anomalyIds, trigger }: Lead): boolean {
  return anomalyIds.some((id) => computed.anomalyIds.includes(id)) || trigger.day === computed.trigger.day;
}

/** What people and time add to a lead, and no data change. */
type Rest = Omit<Lead, keyof ComputedLead>;

function toLead({ samples: _samples, ...lead }: ComputedLead, rest: Rest): Lead {
  return { ...lead, ...rest };
}

async function open(records: Records, computed: ComputedLead, now: Date): Promise<void> {
  const at = now.toISOString();
  const nobody = { assignee: null, mergedInto: null, retainUntil: null, anonymisedAt: null };
  const lead = toLead(computed, { ...nobody, state: stateAfter("open", computed), version: 1, openedAt: at, updatedAt: at });
  await records.leads.save(lead, { actor: SYSTEM, why: WHY.opened });
  await note(records, lead, "lead.opened", { finding: lead.finding.en, happenedAt: lead.trigger.day }, at);
  await tellLead(records, "lead.opened", lead, now);
}

async function change(
  records: Records,
  before: Lead,
  computed: ComputedLead,
  state: LeadState,
  why: Bilingual,
  now: Date,
): Promise<void> {
  const at = now.toISOString();
  const { assignee, openedAt, anonymisedAt } = before;
  const kept = { assignee, openedAt, anonymisedAt, mergedInto: null, retainUntil: null };
  const lead = toLead(computed, { ...kept, state, version: before.version + 1, updatedAt: at });
  await records.leads.save(lead, { actor: SYSTEM, why });
  const days = (lead.posterior?.evidence ?? []).map(({ day }) => day);
  const happenedAt = [lead.trigger.day, ...days].toSorted().at(-1); // when it happened; `at` is when it was found out
  await note(
    records,
    lead,
    "lead.updated",
    { version: lead.version, from: before.state, to: state, why: why.en, happenedAt },
    at,
  );
  await tellLead(records, "lead.updated", lead, now);
}

async function end(
  records: Records,
  before: Lead,
  how: { state: "merged"; mergedInto: string } | { state: "retracted" },
  why: Bilingual,
  now: Date,
): Promise<void> {
  const at = now.toISOString();
  const lead: Lead = { ...before, ...how, version: before.version + 1, updatedAt: at };
  await records.leads.save(lead, { actor: SYSTEM, why });
  await note(records, lead, `lead.${how.state}`, { why: why.en, from: before.state, ...how }, at);
  await tellLead(records, how.state === "retracted" ? "lead.retracted" : "lead.updated", lead, now);
}

async function note(records: Records, { leadId }: Lead, action: string, content: unknown, at: string): Promise<void> {
  await records.chains.append(`lead:${leadId}`, { at, actor: SYSTEM, action, subject: leadId, content });
}

/** The first samples from the sewer show that the crew is out. */
function stateAfter(state: LeadState, { samples }: ComputedLead): LeadState {
  return samples > 0 && (state === "open" || state === "triaged") ? "sampling" : state;
}

function differs(before: Lead, { anomalyIds, trigger, networkVersion, posterior }: ComputedLead): boolean {
  const of = (lead: Pick<Lead, "anomalyIds" | "trigger" | "networkVersion" | "posterior">) =>
    canonicalJson([lead.anomalyIds, lead.trigger, lead.networkVersion, lead.posterior]);
  return of(before) !== of({ anomalyIds, trigger, networkVersion, posterior });
}

function changedBy(before: Lead, after: ComputedLead): Bilingual {
  const samples = (after.posterior?.evidence.length ?? 0) - (before.posterior?.evidence.length ?? 0);
  if (before.networkVersion !== after.networkVersion) return { en: "Another version of the network.", zh: "管网版本更新。" };
  if (samples > 0) return { en: `${counted(samples)} more.`, zh: `新增样品${samples}个。` };
  if (samples < 0) return { en: `${counted(-samples)} withdrawn.`, zh: `撤回样品${-samples}个。` };
  return { en: "Corrected values.", zh: "数值更正。" };
}

const counted = (samples: number) => (samples === 1 ? "1 sample" : `${samples} samples`);
