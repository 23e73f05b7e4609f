import type { Bilingual } from "../../schemas/anomaly.ts";
import type { Anomaly } from "./episodes.ts";

const NAMES = {
  spike: { en: "a single high day", zh: "单日突增" },
  pulse: { en: "a pulse that decays", zh: "突增后衰减" },
  step: { en: "a lasting step up", zh: "持续性阶跃上升" },
  ramp: { en: "a slow rise", zh: "缓慢上升" },
} as const;

/** How a unit is read beside a number; the others stand as their UCUM code. */
const UNIT_WORDS: Record<string, Bilingual> = {
  "g/d": { en: " g/d", zh: " g/d" },
  "ng/L": { en: " ng/L", zh: " ng/L" },
  "mg/d/(10*3.{inh})": { en: " mg/d per 1,000 people", zh: " mg/(千人·天)" },
};

type Told = Pick<
  Anomaly,
  "start" | "end" | "peak" | "observed" | "expected" | "low" | "high" | "ratio" | "shape" | "baseline" | "accepted"
>;

/**
 * The anomaly in one or two sentences, in both languages of the house.
 * @param unit UCUM code of the loads, where known
 */
export function explained(
  { start, end, peak, observed, expected, low, high, ratio, shape, baseline, accepted }: Told,
  unit?: string,
): Bilingual {
  const [seen, usual, from, to] = [observed, expected, low, high].map((value) => Number(value.toPrecision(3)));
  const times = ratio.toFixed(1);
  const { en, zh } = NAMES[shape];
  const left = baseline.excluded;
  const inUnit = unit === undefined ? { en: "", zh: "" } : (UNIT_WORDS[unit] ?? { en: ` ${unit}`, zh: ` ${unit}` });
  return {
    en:
      `${start === end ? start : `${start} to ${end}`}: ${en}. On ${peak} the load was ${seen}${inUnit.en}, ${times} times the expected ${usual}${inUnit.en} ` +
      `(99 % interval ${from} to ${to}), judged by ${baseline.values} values from ${baseline.from} to ${baseline.to}` +
      `${left > 0 ? `, ${left} left out` : ""}.${accepted ? " It has lasted so long that it is now the baseline." : ""}`,
    zh:
      `${start === end ? start : `${start} 至 ${end}`}：${zh}。${peak} 的负荷为 ${seen}${inUnit.zh}，是预期值 ${usual}${inUnit.zh} 的 ${times} 倍` +
      `（99% 区间 ${from} 至 ${to}），依据 ${baseline.from} 至 ${baseline.to} 的 ${baseline.values} 个值判定` +
      `${left > 0 ? `，排除 ${left} 个` : ""}。${accepted ? "持续时间已足够长，现作为新基线。" : ""}`,
  };
}

/** What other sites told of the anomaly, added to its sentence; a batch that moved explains why sites rose together. */
export function explainedAcross(
  { en, zh }: Bilingual,
  regional: { readonly start: string; readonly risen: number; readonly sampled: number } | null,
  batch: { readonly moved: number; readonly sites: number } | null,
): Bilingual {
  const told = [{ en, zh }];
  if (regional && !batch) {
    const { start, risen, sampled } = regional;
    told.push({
      en: `From ${start} it rose together at ${risen} of the ${sampled} sites of the region that were sampled: a rise of the region, not of one discharge.`,
      zh: `自 ${start} 起，区域内 ${sampled} 个采样站点中有 ${risen} 个同步升高：属区域性升高，而非单点排放。`,
    });
  }
  if (batch) {
    const { moved, sites } = batch;
    told.push({
      en: `At ${moved} of ${sites} sites everything that the method measured that day moved the same way: check the laboratory's batch.`,
      zh: `当日该方法检测的 ${sites} 个站点中，有 ${moved} 个站点的全部分析物同向变化：请核查实验室检测批次。`,
    });
  }
  return { en: told.map((one) => one.en).join(" "), zh: told.map((one) => one.zh).join("") };
}
