import type { Anomaly, Bilingual } from "../../schemas/anomaly.ts";
import type { Posterior } from "../../schemas/lead.ts";
import type { Site } from "../../schemas/site.ts";
import { findSubstance } from "../../schemas/substances.ts";

/** A lead in one sentence: what, where, when, how much, and where to look. */
export function findingOf(
  plant: Site,
  analyte: string,
  { observed, expected, ratio, start, end, pValue }: Anomaly,
  posterior: Posterior | null,
): Bilingual {
  const names = findSubstance(analyte)?.names ?? { en: analyte, zh: analyte };
  const p = pValue < 0.001 ? "p < 0.001" : `p = ${pValue.toFixed(3)}`;
  const days = { en: start === end ? `on ${start}` : `from ${start} to ${end}`, zh: start === end ? start : `${start}至${end}` };
  const load = `${significant(observed)} g/d`;
  const usual = `${significant(expected)} g/d`;
  const set = posterior?.credible["90"];
  return {
    en:
      `${capitalised(names.en)} load at ${plant.name} reached ${load}, ${ratio.toFixed(1)} times the expected ${usual}, ${days.en} (${p}). ` +
      (set ? placeEn(set.nodes.length, posterior as Posterior) : "The plant's sewer is not mapped: no place can be named."),
    zh:
      `${days.zh}，${plant.nameZh ?? plant.name}的${names.zh}负荷达到${load}，为预期值${usual}的${ratio.toFixed(1)}倍（${p}）。` +
      (set ? placeZh(set.nodes.length, posterior as Posterior) : "该厂管网未录入，无法指明地点。"),
  };
}

function placeEn(nodes: number, { noSource, diffuse }: Posterior): string {
  const one = 1 - noSource - diffuse;
  return `With ${percent(one)} probability it entered at one place; the 90 % set is ${nodes} ${nodes === 1 ? "manhole" : "manholes"}.`;
}

function placeZh(nodes: number, { noSource, diffuse }: Posterior): string {
  return `由单一点位排入的概率为${percent(1 - noSource - diffuse)}；90 %可信集包含${nodes}个窨井。`;
}

/** Never 0 or 100 %: the model is sure of nothing. */
const percent = (share: number) => (share > 0.99 ? "> 99 %" : share < 0.01 ? "< 1 %" : `${Math.round(100 * share)} %`);
const significant = (value: number) => Number(value.toPrecision(3)).toString();
const capitalised = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);
