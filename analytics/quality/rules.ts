import type { QualityFlag, QualityOverride, QualityRule, Switches } from "../../schemas/qualityRules.ts";

/** What is known of a result, by the names the rules use; a fact not known is absent. Yes and no are 1 and 0. */
export type Facts = Readonly<Record<string, number | undefined>>;

const NO_SWITCH: Switches = { hideFromDashboard: false, excludeFromAnalysis: false, excludeFromQualityReport: false };

type Range = NonNullable<QualityRule["warnOutside"]>;

const outside = (value: number, [low, high]: Range) => (low !== null && value < low) || (high !== null && value > high);

/** Every rule that speaks, in the order of the catalogue: a result may carry many flags. A fact that is not a number counts as missing. */
export function judge(facts: Facts, rules: readonly QualityRule[]): QualityFlag[] {
  const flags: QualityFlag[] = [];
  for (const rule of rules) {
    const value = facts[rule.fact];
    if (value === undefined || Number.isNaN(value)) missing(rule, flags);
    else if (rule.failOutside && outside(value, rule.failOutside)) flags.push(failure(rule, value, rule.failOutside));
    else if (rule.warnOutside && outside(value, rule.warnOutside)) flags.push(warning(rule, value, rule.warnOutside));
  }
  return flags;
}

function failure(
  { id, failAction, unit, switchesOnFail }: QualityRule,
  value: number | null,
  threshold: Range | null,
): QualityFlag {
  return { ruleId: id, severity: "failure", action: failAction, value, threshold, unit, switches: switchesOnFail };
}

function warning({ id, warnAction, unit }: QualityRule, value: number | null, threshold: Range | null): QualityFlag {
  return { ruleId: id, severity: "warning", action: warnAction, value, threshold, unit, switches: NO_SWITCH };
}

/** What a rule says of an absent fact is always the same: one flag stands for all. */
const ofMissing = new WeakMap<QualityRule, QualityFlag>();

function missing(rule: QualityRule, flags: QualityFlag[]): void {
  if (rule.whenMissing === "silent") return;
  let flag = ofMissing.get(rule);
  if (!flag) {
    if (rule.whenMissing === "fail") flag = failure(rule, null, rule.failOutside);
    else if (rule.whenMissing === "warn") flag = warning(rule, null, rule.warnOutside);
    else flag = { ...warning(rule, null, rule.warnOutside), severity: "note", action: "note" };
    ofMissing.set(rule, flag);
  }
  flags.push(flag);
}

/** The flags with one overridden by a named person for a reason: its action is silenced, the flag stays. */
export function override(flags: readonly QualityFlag[], ruleId: string, by: QualityOverride): QualityFlag[] {
  return flags.map((flag) => (flag.ruleId === ruleId ? { ...flag, override: by } : flag));
}

/** Flags whose actions stand. */
export function standingFlags(flags: readonly QualityFlag[]): QualityFlag[] {
  return flags.filter(({ override: by }) => by === undefined);
}

/** The three suppressions of a result: each is on when any standing flag turns it on. */
export function switchesOf(flags: readonly QualityFlag[]): Switches {
  if (flags.length === 0) return NO_SWITCH;
  const standing = standingFlags(flags);
  return {
    hideFromDashboard: standing.some(({ switches }) => switches.hideFromDashboard),
    excludeFromAnalysis: standing.some(({ switches }) => switches.excludeFromAnalysis),
    excludeFromQualityReport: standing.some(({ switches }) => switches.excludeFromQualityReport),
  };
}

const FORBIDDING: ReadonlySet<QualityFlag["action"]> = new Set([
  "reject",
  "hold",
  "loadNull",
  "notConfirmed",
  "notForLeads",
  "notComparable",
  "semiQuantitative",
]);

/** Whether a lead may rest on a result, and if not, which rules forbid it: listed with the lead. */
export function usableForLead(flags: readonly QualityFlag[]): { usable: boolean; because: string[] } {
  const because = standingFlags(flags)
    .filter(({ action }) => FORBIDDING.has(action))
    .map(({ ruleId }) => ruleId);
  return { usable: because.length === 0, because };
}
