import { setTimeout as wait } from "node:timers/promises";
import type { Logger } from "pino";
import type { Environment } from "../schemas/config.ts";
import { CLOSED_STATES, type Lead } from "../schemas/lead.ts";
import type { Records } from "../store/records/records.ts";
import { type LeadRules, retainUntilOf, tellMoved } from "./leads.ts";

export interface KeeperPorts {
  records: Records;
  logger: Logger;
  settings: Pick<Environment, "SEWERTRACE_UNIT_PEOPLE_MIN" | "SEWERTRACE_LEAD_EXPIRY_DAYS" | "SEWERTRACE_LEAD_RETENTION_DAYS">;
  now: () => Date;
}

/** A lead's time is counted in days: an hour late is on time. */
const EVERY_MS = 3_600_000;
/** Leads in one transaction each, so many in one go; the rest follows in the next. */
const LEADS_MAX = 500;
const DAY_MS = 86_400_000;

/** Lets leads expire and makes closed ones anonymous, once an hour until the signal aborts. Several at once do no harm. */
export async function runKeeper(ports: KeeperPorts, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      const done = await keepLeads(ports);
      if (done.expired + done.anonymised > 0) ports.logger.info(done, "leads expired or made anonymous");
    } catch (error) {
      ports.logger.warn({ err: error }, "leads could not be looked after; tried again in an hour");
    }
    await wait(EVERY_MS, undefined, { signal }).catch(() => undefined);
  }
}

/** One round: what nobody went on with expires, what is closed for long enough loses places, people and texts. */
export async function keepLeads({ records, settings, now }: KeeperPorts): Promise<{ expired: number; anonymised: number }> {
  const at = now();
  const rules: LeadRules = {
    peopleMin: settings.SEWERTRACE_UNIT_PEOPLE_MIN,
    retentionDays: settings.SEWERTRACE_LEAD_RETENTION_DAYS,
  };
  const before = (days: number) => new Date(at.getTime() - days * DAY_MS).toISOString();
  const idle = await records.leads.unchangedSince(
    ["open", "triaged", "sampling"],
    before(settings.SEWERTRACE_LEAD_EXPIRY_DAYS),
    LEADS_MAX,
  );
  for (const lead of idle) await expire(records, lead, rules, at.toISOString());
  const closed = await records.leads.unchangedSince(CLOSED_STATES, at.toISOString(), LEADS_MAX);
  const due = closed.filter((lead) => isOver(lead, rules, at));
  for (const lead of due) await anonymise(records, lead, at.toISOString());
  return { expired: idle.length, anonymised: due.length };
}

/** Leads that the system closed, or that an older program closed, bear no date: theirs is counted from the last change. */
function isOver({ retainUntil, state, updatedAt }: Lead, rules: LeadRules, at: Date): boolean {
  const until = retainUntil ?? retainUntilOf(state, rules, updatedAt);
  return until !== null && Date.parse(until) <= at.getTime();
}

function expire(records: Records, { leadId, version }: Lead, rules: LeadRules, at: string): Promise<void> {
  return records.transaction(async (inside) => {
    const lead = await inside.leads.find(leadId, { forChange: true });
    if (!lead || lead.version !== version) return; // somebody went on with it meanwhile
    const expired: Lead = {
      ...lead,
      state: "expired",
      version: version + 1,
      updatedAt: at,
      retainUntil: retainUntilOf("expired", rules, at),
    };
    const why = { en: "Nobody went on with it.", zh: "长期无人跟进。" };
    await inside.leads.save(expired, { actor: "system", why });
    const entry = {
      at,
      actor: "system",
      action: "lead.expired",
      subject: leadId,
      content: { from: lead.state, to: "expired", why: why.en },
    };
    await inside.chains.append(`lead:${leadId}`, entry);
    await tellMoved(inside, expired, at);
  });
}

/** What was said, found and photographed goes; that there was a lead, its state, its dates and its counted outcomes stay. */
function anonymise(records: Records, { leadId }: Lead, at: string): Promise<void> {
  return records.transaction(async (inside) => {
    const lead = await inside.leads.find(leadId, { forChange: true });
    if (!lead || lead.anonymisedAt !== null) return;
    const finding = { en: "Made anonymous when its time was over.", zh: "保存期满，已匿名化。" };
    await inside.leads.forget({ ...lead, finding, posterior: null, institutions: 0, assignee: null, anonymisedAt: at });
    await inside.caseFiles.forget(leadId);
    await inside.orders.forget(leadId);
    const why = "the retention date of the lead has passed";
    await inside.chains.forget(`lead:${leadId}`, { at, actor: "system", action: "lead.anonymised", subject: leadId, why });
    await inside.chains.append("audit", { at, actor: "system", action: "lead.anonymised", subject: leadId, content: { why } });
  });
}
