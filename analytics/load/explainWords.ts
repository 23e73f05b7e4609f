import type { PopulationMethod, UncertaintyPart } from "../../schemas/profiles.ts";
import type { QualityFlag } from "../../schemas/qualityRules.ts";
import type { UnitCode } from "../../schemas/units.ts";
import type { Absence, Censoring, DerivationNote, DerivedQuantity } from "./derived.ts";

/** The sentences of an explanation in one language. */
interface Words {
  quantities: Record<DerivedQuantity, string>;
  units: Partial<Record<UnitCode, string>>;
  relations: Record<Censoring, string>;
  absences: Record<Absence, string>;
  populations: Record<PopulationMethod, string>;
  parts: Record<UncertaintyPart, string>;
  notes: Record<DerivationNote, string>;
  severities: Record<QualityFlag["severity"], string>;
  evidence: Record<"seen" | "computed" | "believed" | "suggested", string>;
  is: string;
  stop: string;
  comma: string;
  unknown: string;
  noFlow: string;
  excluded: string;
  hidden: string;
  offReport: string;
  beside: string;
  subject: (quantity: string, name: string, site: string, day: string) => string;
  measured: (value: string, unit: string, low: string, high: string) => string;
  below: (value: string, unit: string) => string;
  above: (value: string, unit: string) => string;
  missing: (subject: string, why: string) => string;
  totalOnly: (total: string) => string;
  raw: (ids: string, residue: string, relation: string, ngL: string) => string;
  rawUnknown: (ids: string, residue: string) => string;
  load: (ngL: string, m3D: string, gD: string) => string;
  arrived: (percent: string, hours: string) => string;
  formed: (ngL: string) => string;
  otherDrug: (gD: string) => string;
  population: (people: string, method: string, percent: string, source: string) => string;
  licit: (gD: string) => string;
  factor: (
    drug: string,
    residue: string,
    percent: string,
    factor: string,
    id: string,
    source: string,
    evidence: string,
  ) => string;
  dose: (mg: string, source: string) => string;
  uncertainty: (own: string, shared: string, level: string) => string;
  flag: (id: string, title: string, severity: string, found: string) => string;
  overridden: (actor: string, reason: string) => string;
  origin: (name: string, key: string, version: string) => string;
}

const en: Words = {
  quantities: {
    concentration: "concentration",
    load: "load",
    populationNormalisedLoad: "population-normalised load",
    consumption: "consumption",
    doses: "number of doses",
  },
  units: {
    "ng/L": "ng/L",
    "g/d": "g/d",
    "mg/d/(10*3.{inh})": "mg/d per 1,000 people",
    "{dose}/d": "doses/d",
    "{dose}/d/(10*3.{inh})": "doses/d per 1,000 people",
  },
  relations: {
    none: "",
    belowLod: "below the LOD of ",
    belowLoq: "below the LOQ of ",
    betweenLodAndLoq: "between the LOD and the LOQ of ",
    aboveRange: "above the calibrated range of ",
  },
  absences: {
    noFlow: "no flow is known for the sample",
    flowRefused: "the flow failed a quality rule",
    resultRefused: "the result failed a quality rule",
    limitUnknown: "the substance was below a limit that is not stated",
    noPopulation: "no population is known",
    noExcretionFactor: "the profile has no agreed excretion factor for this residue",
    noMolarMass: "a molar mass is missing",
    noDose: "the profile has no standard dose for this drug",
    licitLoadUnknown: "this residue also has licit sources, and their load is not stated",
    formedInSewer: "all of it can have formed on the way from another residue",
    leftByOtherDrug: "all of it can come from the use of another drug that leaves it too",
  },
  populations: {
    supplied: "as the plant states",
    census: "from the census",
    designCapacity: "from the design capacity",
    bod: "counted from BOD",
    cod: "counted from COD",
    totalNitrogen: "counted from total nitrogen",
    totalPhosphorus: "counted from total phosphorus",
    ammoniumNitrogen: "counted from ammonium nitrogen",
    cotinine: "counted from cotinine",
    caffeine: "counted from caffeine",
    mobile: "from mobile telephones that day",
    combined: "from several counts combined",
  },
  parts: {
    sampling: "sampling",
    analysis: "analysis",
    stability: "stability",
    flow: "flow",
    population: "population",
    excretion: "excretion",
  },
  notes: {
    inSewerUnstable:
      "The residue decays in the sewer and the residence time is long enough to matter: the load is too low. It was not corrected.",
    residenceTimeUnknown: "The residue decays in the sewer and the residence time is unknown: the load may be too low.",
    dissolvedOnly: "A notable part of this residue sticks to solids: only what was dissolved was counted.",
    licitClipped:
      "The licit part is larger than the load: what remains is set to zero, and the negative difference is kept for means.",
    inSewerCorrected: "The loss in the sewer was corrected, as the profile asks.",
  },
  severities: { note: "note", warning: "warning", failure: "failed" },
  evidence: {
    seen: "seen in a source",
    computed: "computed",
    believed: "believed, not verified in a source",
    suggested: "a suggestion",
  },
  is: " is ",
  stop: ".",
  comma: ", ",
  unknown: "not known",
  noFlow: "No flow is known for the time of the sample.",
  excluded: "It is excluded from analysis.",
  hidden: "It is hidden from the dashboard.",
  offReport: "It is excluded from the quality report.",
  beside: "It stands beside the profile's own number for comparison: people were counted another way.",
  subject: (quantity, name, site, day) => `The ${quantity} of ${name} at ${site} on ${day}`,
  measured: (value, unit, low, high) => `${value} ${unit} (${low} to ${high})`,
  below: (value, unit) => `below ${value} ${unit}: the substance was not quantified, so only this limit is known`,
  above: (value, unit) => `at least ${value} ${unit}: the concentration exceeded the calibrated range`,
  missing: (subject, why) => `${subject} is not given: ${why}.`,
  totalOnly: (total) => ` The whole catchment's is ${total}.`,
  raw: (ids, residue, relation, ngL) => `From result ${ids}: ${residue} ${relation}${ngL} ng/L.`,
  rawUnknown: (ids, residue) => `From result ${ids}: ${residue} not detected, limit not stated.`,
  load: (ngL, m3D, gD) => `Load: ${ngL} ng/L × ${m3D} m³/d × 10⁻⁶ = ${gD} g/d of residue.`,
  otherDrug: (gD) => `Of it ${gD} g/d is what another drug's use leaves of this residue, and was taken off first.`,
  formed: (ngL) => `Of it ${ngL} ng/L formed on the way from another residue and was taken off first.`,
  arrived: (percent, hours) =>
    `Of the residue ${percent} % arrives after ${hours} h in the sewer; the load was divided by that share.`,
  population: (people, method, percent, source) => `People: ${people}, ${method} (± ${percent} %; ${source}).`,
  licit: (gD) => `Licit part taken off: ${gD} g/d of residue.`,
  factor: (drug, residue, percent, factor, id, source, evidence) =>
    `${percent} % of ${drug} leaves the body as ${residue}: 1 g of residue stands for ${factor} g of drug (factor ${id}; ${source}; ${evidence}).`,
  dose: (mg, source) => `A dose is taken as ${mg} mg of pure drug (${source}); its own uncertainty is not in the interval.`,
  uncertainty: (own, shared, level) =>
    `The ${level} % interval multiplies these relative standard uncertainties on the log scale. Different each day: ${own || "none"}. The same for all days: ${shared || "none"}; a trend over days does not depend on them.`,
  flag: (id, title, severity, found) => `Quality rule ${id} (${title}): ${severity}, found ${found}.`,
  overridden: (actor, reason) => ` Overridden by ${actor}: ${reason}.`,
  origin: (name, key, version) =>
    `Computed with the profile ${name} (${key}) by Sewertrace ${version}; the same records give the same number.`,
};

const zh: Words = {
  quantities: {
    concentration: "浓度",
    load: "负荷量",
    populationNormalisedLoad: "人均负荷量",
    consumption: "消费量",
    doses: "剂数",
  },
  units: {
    "g/d": "克/天",
    "mg/d/(10*3.{inh})": "毫克/千人·天",
    "{dose}/d": "剂/天",
    "{dose}/d/(10*3.{inh})": "剂/千人·天",
  },
  relations: {
    none: "为 ",
    belowLod: "低于检出限 ",
    belowLoq: "低于定量限 ",
    betweenLodAndLoq: "介于检出限与定量限之间，定量限为 ",
    aboveRange: "超出校准范围上限 ",
  },
  absences: {
    noFlow: "采样期间的流量未知",
    flowRefused: "流量未通过质量规则",
    resultRefused: "结果未通过质量规则",
    limitUnknown: "低于检出限，但未给出检出限数值",
    noPopulation: "人口未知",
    noExcretionFactor: "该方案对此残留物没有公认的排泄率",
    noMolarMass: "缺少摩尔质量",
    noDose: "该方案对此毒品没有标准剂量",
    licitLoadUnknown: "该残留物另有合法来源，其负荷未给出",
    formedInSewer: "其全部可能由另一残留物在管网中生成",
    leftByOtherDrug: "其全部可能来自另一种同样产生该残留物的毒品",
  },
  populations: {
    supplied: "由污水厂提供",
    census: "取自人口普查",
    designCapacity: "按设计规模",
    bod: "按 BOD 推算",
    cod: "按 COD 推算",
    totalNitrogen: "按总氮推算",
    totalPhosphorus: "按总磷推算",
    ammoniumNitrogen: "按氨氮推算",
    cotinine: "按可替宁推算",
    caffeine: "按咖啡因推算",
    mobile: "按当日移动信令",
    combined: "由多种方法合并",
  },
  parts: { sampling: "采样", analysis: "分析", stability: "稳定性", flow: "流量", population: "人口", excretion: "排泄率" },
  notes: {
    inSewerUnstable: "该残留物在管网中会降解，且停留时间较长：负荷偏低，未作校正。",
    residenceTimeUnknown: "该残留物在管网中会降解，停留时间未知：负荷可能偏低。",
    dissolvedOnly: "该残留物有相当部分吸附于悬浮物：仅计入溶解态。",
    licitClipped: "合法部分大于负荷：剩余值记为零，负差值保留用于求均值。",
    inSewerCorrected: "已按方案要求校正管网内损失。",
  },
  severities: { note: "提示", warning: "警告", failure: "不合格" },
  evidence: { seen: "见于公开来源", computed: "计算所得", believed: "认为可靠，未见原始来源", suggested: "建议值" },
  is: "为 ",
  stop: "。",
  comma: "、",
  unknown: "未知",
  noFlow: "采样期间的流量未知。",
  excluded: "该值不参与分析。",
  hidden: "该值不在面板上显示。",
  offReport: "该值不计入质量报告。",
  beside: "该值并列给出，供与方案自身的数值比较：人口的推算方法不同。",
  subject: (quantity, name, site, day) => `${site} 于 ${day} 的${name}${quantity}`,
  measured: (value, unit, low, high) => `${value} ${unit}（${low} 至 ${high}）`,
  below: (value, unit) => `低于 ${value} ${unit}：未能定量，仅知此上限`,
  above: (value, unit) => `至少 ${value} ${unit}：浓度超出校准范围`,
  missing: (subject, why) => `${subject}未给出：${why}。`,
  totalOnly: (total) => `整个服务区合计为 ${total}。`,
  raw: (ids, residue, relation, ngL) => `依据检测结果 ${ids}：${residue}${relation}${ngL} ng/L。`,
  rawUnknown: (ids, residue) => `依据检测结果 ${ids}：${residue}未检出，未给出检出限。`,
  load: (ngL, m3D, gD) => `负荷量：${ngL} ng/L × ${m3D} m³/d × 10⁻⁶ = ${gD} 克/天（残留物）。`,
  otherDrug: (gD) => `其中 ${gD} g/d 估计来自另一种毒品的使用，已先扣除。`,
  formed: (ngL) => `其中 ${ngL} ng/L 在管网中由另一残留物生成，已先扣除。`,
  arrived: (percent, hours) => `经管网 ${hours} 小时后有 ${percent} % 到达；负荷已除以该比例。`,
  population: (people, method, percent, source) => `人口：${people} 人，${method}（± ${percent} %；${source}）。`,
  licit: (gD) => `已扣除合法部分：${gD} 克/天（残留物）。`,
  factor: (drug, residue, percent, factor, id, source, evidence) =>
    `${drug}的 ${percent} % 以${residue}排出：1 克残留物相当于 ${factor} 克${drug}（系数 ${id}；${source}；${evidence}）。`,
  dose: (mg, source) => `每剂按纯品 ${mg} 毫克计（${source}）；其自身的不确定度未计入区间。`,
  uncertainty: (own, shared, level) =>
    `${level} % 区间由下列相对标准不确定度在对数尺度上合成。各日独立：${own || "无"}。各日相同：${shared || "无"}；日间趋势不受其影响。`,
  flag: (id, title, severity, found) => `质量规则 ${id}（${title}）：${severity}，实测 ${found}。`,
  overridden: (actor, reason) => `已由 ${actor} 豁免：${reason}。`,
  origin: (name, key, version) => `按方案“${name}”（${key}）由 Sewertrace ${version} 计算；同样的记录得到同样的数值。`,
};

export const WORDS: Record<"en" | "zh", Words> = { en, zh };
