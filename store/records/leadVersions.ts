import { LEAD_STATE_NAMES, type Lead, type LeadVersion, type Posterior } from "../../schemas/lead.ts";

type Change = LeadVersion["changes"][number];

/** What differs between two versions of a lead, in words; the first has nothing before it. */
export function describeChanges(before: Lead | undefined, after: Lead): Change[] {
  if (!before) return [{ code: "opened", en: "The lead was opened.", zh: "线索立案。" }];
  const changes: Change[] = [];
  const add = (code: string, en: string, zh: string) => changes.push({ code, en, zh });
  if (before.state !== after.state) {
    const [from, to] = [LEAD_STATE_NAMES[before.state], LEAD_STATE_NAMES[after.state]];
    add("state", `State: ${from.en} to ${to.en}.`, `状态：${from.zh} → ${to.zh}。`);
  }
  if (before.assignee !== after.assignee)
    add("assignee", `Assigned to ${after.assignee ?? "nobody"}.`, `负责人：${after.assignee ?? "无"}。`);
  if (after.mergedInto !== null && before.mergedInto !== after.mergedInto)
    add("mergedInto", `Goes on as ${after.mergedInto}.`, `并入线索${after.mergedInto}。`);
  const joined = after.anomalyIds.length - before.anomalyIds.length;
  if (before.anomalyIds.join() !== after.anomalyIds.join())
    add(
      "anomalies",
      `Anomalies: ${after.anomalyIds.length} (${signed(joined)}).`,
      `异常：${after.anomalyIds.length}个（${signed(joined)}）。`,
    );
  if (before.networkVersion !== after.networkVersion)
    add(
      "network",
      `Network version ${before.networkVersion ?? "none"} to ${after.networkVersion ?? "none"}.`,
      `管网版本：${before.networkVersion ?? "无"} → ${after.networkVersion ?? "无"}。`,
    );
  const { baselineGD, excessGD } = after.trigger;
  if (before.trigger.excessGD !== excessGD || before.trigger.baselineGD !== baselineGD)
    add(
      "trigger",
      `Excess at the plant: ${round(before.trigger.excessGD)} to ${round(excessGD)} g/d.`,
      `污水厂超出量：${round(before.trigger.excessGD)} → ${round(excessGD)} g/d。`,
    );
  return [...changes, ...posteriorChanges(before.posterior, after.posterior)];
}

function posteriorChanges(before: Posterior | null, after: Posterior | null): Change[] {
  if (!after || !before)
    return before === after
      ? []
      : [
          {
            code: "posterior",
            en: after ? "The sewer is mapped now." : "The sewer is no longer mapped.",
            zh: after ? "管网已录入。" : "管网已移除。",
          },
        ];
  const changes: Change[] = [];
  const keyOf = ({ node, day, loadGD, censored }: Posterior["evidence"][number]) => `${node} ${day} ${loadGD} ${censored}`;
  const [old, now] = [new Set(before.evidence.map(keyOf)), new Set(after.evidence.map(keyOf))];
  const [added, gone] = [now.difference(old).size, old.difference(now).size];
  if (added > 0)
    changes.push({
      code: "samplesAdded",
      en: `${added} new or corrected sample${added === 1 ? "" : "s"}.`,
      zh: `新增或更正样品${added}个。`,
    });
  if (gone > 0)
    changes.push({
      code: "samplesGone",
      en: gone === 1 ? "1 sample no longer counts." : `${gone} samples no longer count.`,
      zh: `${gone}个样品不再计入。`,
    });
  const sizes = [before, after].map(({ credible }) => credible["90"].nodes.length) as [number, number];
  if (sizes[0] !== sizes[1])
    changes.push({
      code: "set90",
      en: `90 % set: ${sizes[0]} to ${sizes[1]} manholes.`,
      zh: `90 %可信集：${sizes[0]} → ${sizes[1]}个窨井。`,
    });
  const [from, to] = [before.noSource, after.noSource].map(probability) as [string, string];
  if (from !== to)
    changes.push({ code: "noSource", en: `P(no source): ${from} to ${to}.`, zh: `无排放源的概率：${from} → ${to}。` });
  const [first, second] = [before.candidates[0]?.node, after.candidates[0]?.node];
  if (first !== second)
    changes.push({
      code: "first",
      en: `Most probable place: ${second ?? "none"} (was ${first ?? "none"}).`,
      zh: `最可能位置：${second ?? "无"}（原为${first ?? "无"}）。`,
    });
  if (!before.confirmingPair && after.confirmingPair)
    changes.push({
      code: "pair",
      en: "Confirmed by a positive sample and a negative just upstream.",
      zh: "已由阳性样品及其上游阴性样品确认。",
    });
  return changes;
}

/** A probability that could not be computed is NaN, and null once it went through JSON. Never 0: the model is sure of nothing. */
const probability = (share: number | null) =>
  share === null || !Number.isFinite(share) ? "–" : share < 0.005 ? "< 0.01" : share.toFixed(2);
const signed = (difference: number) => (difference > 0 ? `+${difference}` : String(difference));
const round = (value: number) => Number(value.toPrecision(3));
