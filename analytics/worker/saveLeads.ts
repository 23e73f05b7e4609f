import type { Lead, LeadState } from "../../schemas/lead.ts";
import type { Site } from "../../schemas/site.ts";
import { canonicalJson } from "../../store/records/hash.ts";
import type { Records } from "../../store/records/records.ts";
import type { ComputedLead } from "./leads.ts";
import { tellLead } from "./tell.ts";

/** States in which new data still change a lead. */
const LIVE: readonly LeadState[] = ["open", "triaged", "sampling", "localised", "referred", "inconclusive"];
const SYSTEM = "system";

/**
 * Brings the leads of a series to what the data say, inside the transaction of its anomalies: opens, updates with a new version,
 * retracts what no longer stands. What people decided stays.
 */
export async function saveLeads(
  records: Records,
  plant: Site,
  analyte: string,
  computed: readonly ComputedLead[],
  now: Date,
): Promise<void> {
  const known = await records.leads.ofSeries(plant.siteId, analyte);
  for (const lead of computed) {
    const before = known.some(({ leadId }) => leadId === lead.leadId)
      ? await records.leads.find(lead.leadId, { forChange: true })
      : undefined;
    if (!before) await open(records, lead, now);
    else if (before.state === "retracted") await change(records, before, lead, "open", "the values it rests on are back", now);
    else if (LIVE.includes(before.state) && differs(before, lead)) {
      await change(records, before, lead, stateAfter(before.state, lead), changedBy(before, lead), now);
    }
  }
  const standing = new Set(computed.map(({ leadId }) => leadId));
  for (const lead of known) {
    if (standing.has(lead.leadId) || !LIVE.includes(lead.state) || !(await isGone(records, lead))) continue;
    await retract(records, lead, now);
  }
}

/** A lead ends with the anomalies it rests on, not with their age. */
async function isGone(records: Records, { anomalyIds }: Lead): Promise<boolean> {
  const anomalies = await Promise.all(anomalyIds.map((id) => records.anomalies.find(id)));
  return anomalies.every((anomaly) => anomaly === undefined || anomaly.state === "retracted");
}

function toLead(
  { samples: _samples, ...lead }: ComputedLead,
  rest: Pick<Lead, "state" | "version" | "openedAt" | "updatedAt">,
): Lead {
  return { ...lead, ...rest };
}

async function open(records: Records, computed: ComputedLead, now: Date): Promise<void> {
  const at = now.toISOString();
  const state = stateAfter("open", computed);
  const lead = toLead(computed, { state, version: 1, openedAt: at, updatedAt: at });
  await records.leads.save(lead);
  await note(records, lead, "lead.opened", { finding: lead.finding.en }, at);
  await tellLead(records, "lead.opened", lead, now);
}

async function change(
  records: Records,
  before: Lead,
  computed: ComputedLead,
  state: LeadState,
  why: string,
  now: Date,
): Promise<void> {
  const at = now.toISOString();
  const lead = toLead(computed, { state, version: before.version + 1, openedAt: before.openedAt, updatedAt: at });
  await records.leads.save(lead);
  await note(records, lead, "lead.updated", { version: lead.version, from: before.state, to: state, why }, at);
  await tellLead(records, "lead.updated", lead, now);
}

async function retract(records: Records, before: Lead, now: Date): Promise<void> {
  const at = now.toISOString();
  const lead: Lead = { ...before, state: "retracted", version: before.version + 1, updatedAt: at };
  await records.leads.save(lead);
  await note(records, lead, "lead.retracted", { why: "the values that raised its anomalies were corrected or withdrawn" }, at);
  await tellLead(records, "lead.retracted", lead, now);
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

function changedBy(before: Lead, after: ComputedLead): string {
  const samples = (after.posterior?.evidence.length ?? 0) - (before.posterior?.evidence.length ?? 0);
  if (before.networkVersion !== after.networkVersion) return "another version of the network";
  if (samples > 0) return `${samples} more samples`;
  return samples < 0 ? `${-samples} samples withdrawn` : "corrected values";
}
