import type { LeadStatistics, Outcome } from "../schemas/caseFile.ts";
import type { Lead } from "../schemas/lead.ts";
import type { Records } from "../store/records/records.ts";

/** What the counts mean; told with every answer, so that two readers mean the same. */
export const DEFINITIONS: LeadStatistics["definitions"] = {
  leadsOpened: {
    en: "Leads opened in the period, those merged into another or retracted by a correction left out.",
    zh: "期间内立案的线索，不含已并入其他线索或因数据更正而撤回者。",
  },
  leadsByState: { en: "All leads opened in the period by their state now.", zh: "期间内立案的全部线索，按当前状态分列。" },
  leadsWithCases: {
    en: "Leads, whenever opened, of which a case in the period was supported or solved; merged leads count as the lead that goes on.",
    zh: "期间内支撑或破获案件的线索（不论何时立案）；已合并的线索计入其合并后的线索。",
  },
  casesOpened: {
    en: "Cases (organisation and case number) whose latest result in the period is that a case was opened.",
    zh: "期间内最新结果为已立案的案件（按单位和案号计）。",
  },
  casesSupported: {
    en: "Cases whose latest result in the period is supported or solved; a case of several leads counts once.",
    zh: "期间内最新结果为获得支撑或已破获的案件；涉及多条线索的案件只计一次。",
  },
  casesSolved: {
    en: "Cases whose latest result in the period is solved; they are among the supported.",
    zh: "期间内最新结果为已破获的案件，包含在获得支撑的案件中。",
  },
  casesWithoutResult: { en: "Cases whose latest result in the period is no result.", zh: "期间内最新结果为无结果的案件。" },
  samples: { en: "Samples weighed in the leads opened in the period.", zh: "期间内立案的线索中已计入的样品数。" },
};

const SUPPORTED: readonly Outcome["result"][] = ["supported", "solved"];

/**
 * Counts of leads and of the cases that came of them. Results of a retracted lead are not counted: what it rested on was wrong.
 * @param from first day, UTC @param to the day after the last @param regions only leads of these; null for all
 */
export async function leadStatistics(
  records: Records,
  from: string,
  to: string,
  regions: readonly string[] | null = null,
): Promise<LeadStatistics> {
  const isTheirs = ({ region }: Lead) => regions === null || (region !== null && regions.includes(region));
  const opened = (await records.leads.openedIn(from, to)).filter(isTheirs);
  const outcomes = await records.caseFiles.outcomesIn(from, to);
  const ends = new Map<string, Lead | undefined>();
  for (const leadId of new Set(outcomes.map((outcome) => outcome.leadId))) ends.set(leadId, await endOf(records, leadId));
  const latest = new Map<string, Outcome & { endId: string }>();
  for (const outcome of outcomes) {
    const end = ends.get(outcome.leadId);
    if (!end || end.state === "retracted" || !isTheirs(end)) continue;
    latest.set(`${end.leadId} ${outcome.caseId}`, { ...outcome, endId: end.leadId }); // as recorded: the last one stays
  }
  const cases = Map.groupBy(latest.values(), ({ caseId }) => caseId);
  const bestOf = [...cases.values()].map((of) => of.toSorted((a, b) => rank(b) - rank(a))[0]?.result);
  const counted = (results: readonly Outcome["result"][]) => bestOf.filter((result) => result && results.includes(result)).length;
  const byState = Map.groupBy(opened, ({ state }) => state);
  const standing = opened.filter(({ state }) => state !== "merged" && state !== "retracted");
  const supporting = [...latest.values()].filter(({ result }) => SUPPORTED.includes(result));
  return {
    from,
    to,
    counts: {
      leadsOpened: standing.length,
      leadsByState: Object.fromEntries([...byState].map(([state, leads]) => [state, leads.length])),
      leadsWithCases: new Set(supporting.map(({ endId }) => endId)).size,
      casesOpened: counted(["caseOpened"]),
      casesSupported: counted(SUPPORTED),
      casesSolved: counted(["solved"]),
      casesWithoutResult: counted(["noResult"]),
      samples: standing.reduce((sum, { posterior }) => sum + (posterior?.evidence.length ?? 0), 0),
    },
    definitions: DEFINITIONS,
  };
}

/** Of several leads' results for one case, the furthest counts. */
const RANK: Record<Outcome["result"], number> = { noResult: 0, caseOpened: 1, supported: 2, solved: 3 };
const rank = ({ result }: Outcome) => RANK[result];

/** More merges in a row than this are a ring, which the guards do not let arise. */
const MERGES_MAX = 100;

/** The lead that goes on with what this one found. */
async function endOf(records: Records, leadId: string): Promise<Lead | undefined> {
  let lead = await records.leads.find(leadId);
  for (let merges = 0; lead?.mergedInto && merges < MERGES_MAX; merges++) lead = await records.leads.find(lead.mergedInto);
  return lead;
}
