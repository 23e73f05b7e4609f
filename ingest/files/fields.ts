import { resolveAnalyte } from "../../schemas/substances.ts";
import { parseUnit, type UnitCode } from "../../schemas/units.ts";
import { normalised } from "./values.ts";

/**
 * The columns a table may have. `path` is where its content goes in sample or result; the first English and the first Chinese name
 * head the template, the others are synonyms met in files of laboratories and of Chinese platforms.
 */
export const FIELDS = {
  sampleId: {
    path: "sample.sampleId",
    en: ["sample_id", "sample", "sample name", "sample no", "sample number", "sample code", "barcode", "id"],
    zh: ["样本编号", "样品编号", "样品名称", "样品号", "sampleName", "电子识别码", "identityCode"],
  },
  siteId: {
    path: "sample.siteId",
    en: ["site_id", "site", "site code", "location", "plant", "plant id", "wwtp", "wwtp id", "station"],
    zh: [
      "点位编号",
      "采样点",
      "点位",
      "站点",
      "站点编号",
      "污水处理厂名称",
      "污水处理厂",
      "污水厂",
      "targetCode",
      "gatherPoint",
      "采样点位",
    ],
  },
  start: {
    path: "sample.start",
    en: [
      "sample_start",
      "start",
      "start time",
      "collection start",
      "sampling start",
      "collDTStart",
      "date",
      "sample date",
      "sampling date",
      "collection date",
      "day",
      "datum",
      "probenahme",
      "probenahmedatum",
    ],
    zh: ["采样开始时间", "采样时间", "采样日期", "开始时间", "日期", "dateTime"],
  },
  end: {
    path: "sample.end",
    en: ["sample_end", "end", "end time", "collection end", "sampling end", "collDTEnd"],
    zh: ["采样结束时间", "结束时间"],
  },
  mode: {
    path: "sample.mode",
    en: ["sample_mode", "mode", "sample type", "composite mode", "sampling mode"],
    zh: ["采样方式", "采样模式", "样品类型"],
  },
  analyte: {
    path: "analyte",
    en: ["analyte", "compound", "substance", "target", "parameter", "component", "analyt", "substanz", "metabolite"],
    zh: ["目标物", "分析物", "化合物", "毒品种类", "检测项目", "物质", "待测物"],
  },
  value: {
    path: "value",
    en: [
      "value",
      "result",
      "concentration",
      "conc",
      "amount",
      "final conc",
      "wert",
      "ergebnis",
      "konzentration",
      "calculated concentration",
    ],
    zh: ["结果", "浓度", "检测结果", "测定值", "数值", "检测浓度", "直接检测浓度", "dcRecord"],
  },
  unit: { path: "unit", en: ["unit", "units", "uom", "einheit", "conc units"], zh: ["单位", "浓度单位"] },
  quantity: { path: "quantity", en: ["quantity", "quantity kind", "measure kind"], zh: ["量", "量的种类"] },
  censoring: {
    path: "censoring",
    en: ["censoring", "qualifier", "detection", "detect flag", "result flag", "detection condition"],
    zh: ["检出情况", "限值标识", "检出标识"],
  },
  lod: {
    path: "lod",
    en: ["lod", "mdl", "detection limit", "limit of detection", "nachweisgrenze", "nwg"],
    zh: ["检出限", "方法检出限"],
  },
  loq: {
    path: "loq",
    en: [
      "loq",
      "lloq",
      "mql",
      "rl",
      "reporting limit",
      "quantification limit",
      "limit of quantification",
      "bestimmungsgrenze",
      "bg",
    ],
    zh: ["定量限", "方法定量限", "测定下限"],
  },
  uncertainty: {
    path: "uncertainty",
    en: ["uncertainty", "expanded uncertainty", "u", "messunsicherheit"],
    zh: ["不确定度", "扩展不确定度"],
  },
  coverageFactor: { path: "coverageFactor", en: ["coverage_factor", "k", "coverage"], zh: ["包含因子"] },
  method: { path: "method", en: ["method", "method code", "assay", "methode"], zh: ["方法", "检测方法", "方法编号"] },
  replicate: { path: "replicate", en: ["replicate", "rep", "replicate no", "wiederholung"], zh: ["平行样", "平行号", "重复"] },
  ionRatio: { path: "ionRatio", en: ["ion_ratio", "qualifier ratio", "transition ratio"], zh: ["离子比", "离子丰度比"] },
  isRecovery: {
    path: "isRecovery",
    en: ["is_recovery", "istd recovery", "internal standard recovery", "recovery"],
    zh: ["内标回收率", "回收率"],
  },
  expectedIonRatio: {
    path: "controls.expectedIonRatio",
    en: ["expected_ion_ratio", "calibrator ion ratio", "reference ion ratio"],
    zh: ["标准离子比", "参考离子丰度比"],
  },
  retentionDeviationMin: {
    path: "controls.retentionDeviationMin",
    en: ["retention_deviation_min", "rt deviation", "rt shift"],
    zh: ["保留时间偏差"],
  },
  signalToNoise: { path: "controls.signalToNoise", en: ["signal_to_noise", "s/n", "sn ratio"], zh: ["信噪比"] },
  calibrationR2: {
    path: "controls.calibrationR2",
    en: ["calibration_r2", "r2", "r²", "linearity"],
    zh: ["校准曲线r²", "线性相关系数平方"],
  },
  blankPercentOfLoq: { path: "controls.blankPercentOfLoq", en: ["blank_percent_of_loq"], zh: ["空白占定量限百分比"] },
  sampleToBlank: { path: "controls.sampleToBlank", en: ["sample_to_blank", "sample to blank ratio"], zh: ["样品空白比"] },
  spikeRecoveryPercent: {
    path: "controls.spikeRecoveryPercent",
    en: ["spike_recovery_percent", "qc recovery", "spike recovery", "surrogate recovery", "matrix spike recovery"],
    zh: ["质控回收率", "加标回收率"],
  },
  ownInternalStandard: {
    path: "controls.ownInternalStandard",
    en: ["own_internal_standard", "own deuterated standard"],
    zh: ["对应氘代内标"],
  },
  preservedAsAsked: { path: "controls.preservedAsAsked", en: ["preserved_as_asked"], zh: ["按方法保存"] },
  dilution: { path: "dilution", en: ["dilution", "dilution factor", "verdünnung"], zh: ["稀释倍数"] },
  rawFile: { path: "rawFile", en: ["raw_file", "data file", "raw data file"], zh: ["原始文件"] },
  flags: { path: "flags", en: ["flags", "flag", "lab flags"], zh: ["标识", "备注标识"] },
  volumeMl: { path: "sample.volumeMl", en: ["volume_ml", "sample volume"], zh: ["样品体积"] },
  intervalMin: { path: "sample.intervalMin", en: ["interval_min", "sampling interval"], zh: ["采样间隔"] },
  pulsesPlanned: { path: "sample.pulsesPlanned", en: ["pulses_planned"], zh: ["计划采样次数"] },
  pulsesTaken: { path: "sample.pulsesTaken", en: ["pulses_taken"], zh: ["实际采样次数"] },
  flowM3D: { path: "sample.flowM3D", en: ["flow_m3_d", "flow", "daily flow", "flow rate"], zh: ["流量", "日流量", "处理水量"] },
  storageTemperatureCel: {
    path: "sample.storage.temperatureCel",
    en: ["storage_temperature_cel", "storage temperature", "storage temp"],
    zh: ["保存温度"],
  },
  preservation: { path: "sample.storage.preservation", en: ["preservation", "preservative"], zh: ["保存方法", "固定剂"] },
  collector: { path: "sample.collector", en: ["collector", "collected by", "sampler"], zh: ["采样人", "采样人员"] },
  seal: { path: "sample.seal", en: ["seal", "seal number"], zh: ["封条", "封条号"] },
  withdrawn: { path: "withdrawn", en: ["withdrawn"], zh: ["撤回"] },
} as const satisfies Record<string, { path: string; en: readonly string[]; zh: readonly string[] }>;

export type Field = keyof typeof FIELDS;
export const FIELD_NAMES = Object.keys(FIELDS) as Field[];

/** Case, width, blanks and marks do not tell headers apart. */
const headerKey = (text: string) =>
  normalised(text)
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]/gu, "");

const BY_HEADER = new Map<string, Field>(
  FIELD_NAMES.flatMap((field) =>
    [field, ...FIELDS[field].en, ...FIELDS[field].zh].map((name) => [headerKey(name), field] as const),
  ),
);

/** What a header says: its name, and a unit written behind it as in `METH (ng/L)`, `浓度（ng/L）`, `loq [ug/L]`. */
export interface Header {
  name: string;
  unit?: UnitCode;
}

export function parseHeader(text: string): Header {
  const written = normalised(text);
  const bracketed = /^(.*\S)\s*[([【,]\s*([^()[\]【】]+?)\s*[)\]】]?$/u.exec(written) ?? /^(.*\S)[\s_]+(\S+\/\S+)$/.exec(written);
  if (!bracketed) return { name: written };
  const unit = parseUnit(bracketed[2]!);
  return unit ? { name: bracketed[1]!.replace(/,$/, ""), unit } : { name: written };
}

/** The field a header stands for, by any of its names. */
export function resolveField(name: string): Field | undefined {
  return BY_HEADER.get(headerKey(name));
}

const COMPANIONS = /[\s_-]*(lod|loq|mdl|lloq|uncertainty|flag|censoring|检出限|定量限|不确定度)$/iu;
const COMPANION_FIELDS: Record<string, "lod" | "loq" | "uncertainty" | "censoring"> = {
  lod: "lod",
  mdl: "lod",
  检出限: "lod",
  loq: "loq",
  lloq: "loq",
  定量限: "loq",
  uncertainty: "uncertainty",
  不确定度: "uncertainty",
  flag: "censoring",
  censoring: "censoring",
};

/**
 * The substance a laboratory's column, compound or cell names. German, Dutch and Scandinavian names drop the last e and may write
 * k for c: Methamphetamin, Kokain.
 */
export function resolveCompound(name: string): string | undefined {
  return resolveAnalyte(name) ?? resolveAnalyte(`${name}e`) ?? resolveAnalyte(`${name.replace(/k/gi, "c")}e`);
}

/** What a column of a wide table holds: an analyte's value, or something beside it such as `cocaine LOQ`. */
export interface AnalyteColumn {
  analyte: string;
  of: "value" | "lod" | "loq" | "uncertainty" | "censoring";
}

export function resolveAnalyteColumn(name: string): AnalyteColumn | undefined {
  const analyte = resolveCompound(name);
  if (analyte) return { analyte, of: "value" };
  const suffix = COMPANIONS.exec(name);
  const of = suffix ? COMPANION_FIELDS[suffix[1]!.toLowerCase()] : undefined;
  const base = of ? resolveCompound(name.slice(0, suffix!.index)) : undefined;
  return of && base ? { analyte: base, of } : undefined;
}

/** How a laboratory writes its modes, in English and Chinese. */
const MODES: Record<string, string> = {
  flowproportional: "flowProportional",
  flow: "flowProportional",
  flowpr: "flowProportional",
  流量比例: "flowProportional",
  volumeproportional: "volumeProportional",
  volpr: "volumeProportional",
  体积比例: "volumeProportional",
  timeproportional: "timeProportional",
  timepr: "timeProportional",
  time: "timeProportional",
  composite: "timeProportional",
  comp: "timeProportional",
  "24hcomposite": "timeProportional",
  时间比例: "timeProportional",
  混合样: "timeProportional",
  "24小时混合样": "timeProportional",
  continuous: "continuous",
  cosca: "continuous",
  连续: "continuous",
  manualcomposite: "manualComposite",
  mancomp: "manualComposite",
  人工混合: "manualComposite",
  grab: "grab",
  grb: "grab",
  瞬时样: "grab",
  瞬时: "grab",
  passive: "passive",
  passivegen: "passive",
  被动采样: "passive",
};

export const resolveMode = (text: string): string | undefined => MODES[headerKey(text)];
