import type { Bilingual } from "./anomaly.ts";
import type { LeadNote, SampleReason } from "./leadNotes.ts";
import type { NetworkCheck } from "./network.ts";

export function wordNote(note: LeadNote): Bilingual {
  switch (note.code) {
    case "baseline_hopeless": {
      const factor = note.values.factor.toFixed(1);
      return {
        en: `The baselines of the manholes are wrong by a factor of about ${factor}: no place can be named. Survey the baselines first.`,
        zh: `窨井基线误差约${factor}倍，无法指明地点，须先开展本底调查。`,
      };
    }
    case "baseline_uncertain": {
      const factor = note.values.factor.toFixed(1);
      return {
        en: `The baselines of the manholes are uncertain by a factor of about ${factor}: a survey would help.`,
        zh: `窨井基线不确定度约${factor}倍，建议开展本底调查。`,
      };
    }
    case "baseline_assumed": {
      const baseline = significant(note.values.baselineGD);
      return {
        en: `No trigger and no sample tells the plant's baseline: ${baseline} g/d is assumed.`,
        zh: `无触发数据或样品可确定污水厂基线，假定为${baseline} g/d。`,
      };
    }
    case "several_sources": {
      const { sources, probability } = note.values;
      return {
        en: `There are ${sources} sources or more with ${percent(probability)}: each has its own candidates.`,
        zh: `存在${sources}处或更多排放源的概率为${percent(probability)}：各有其候选位置。`,
      };
    }
    case "rain":
      return {
        en: `Rain on ${note.values.days.join(", ")}: those samples count less.`,
        zh: `${note.values.days.join("、")}有降雨：相应样品权重降低。`,
      };
    case "network": {
      const { code, count, found, assumed } = note.values;
      return { en: `Network, ${code}: ${count} ${found}; assumed: ${assumed}.`, zh: `管网：${NETWORK_ZH[code](count)}。` };
    }
    case "custody_broken": {
      const { sampleId, day, findings } = note.values;
      const said = (language: keyof Bilingual, between: string) =>
        findings.map((finding) => finding[language]).join(between) || { en: "it does not fit", zh: "不符" }[language];
      return {
        en: `Custody of ${sampleId ?? "a sample"}, ${day}: ${said("en", "; ")}.`,
        zh: `样品${sampleId ?? ""}（${day}）监管链：${said("zh", "；")}。`,
      };
    }
    case "samples_unplaced": {
      const { samples, siteIds } = note.values;
      const counted = samples === 1 ? "1 sample is" : `${samples} samples are`;
      const [sites, sitesZh] = siteIds.length === 0 ? ["their sites", ""] : [siteIds.join(", "), `（点位${siteIds.join("、")}）`];
      return {
        en: `${counted} not weighed: this version of the network has no manhole for ${sites}. Give such sites their node in it.`,
        zh: `${samples}个样品未计入：当前管网版本中无对应窨井${sitesZh}。请为相应点位指定新的管网节点。`,
      };
    }
    case "written":
      return { en: note.values.text, zh: note.values.text };
  }
}

export function wordReason(reason: SampleReason): Bilingual {
  switch (reason.code) {
    case "tells_most": {
      const share = percent(reason.values.upstreamShare);
      return {
        en: `A result here tells most: the source lies upstream with ${share}.`,
        zh: `此处结果信息量最大：排放源位于上游的概率为${share}。`,
      };
    }
    case "tells_most_beside": {
      const share = percent(reason.values.upstreamShare);
      return {
        en: `Beside those above, a result here tells most: the source lies upstream with ${share}.`,
        zh: `除以上各点外，此处结果信息量最大：排放源位于上游的概率为${share}。`,
      };
    }
    case "confirms_below":
      return {
        en: "To confirm: the load must be found here, below all of the set.",
        zh: "用于确认：此处位于可信集下游，应检出。",
      };
    case "confirms_above":
      return {
        en: "To confirm: the load must not be found here, just above the set.",
        zh: "用于确认：此处紧邻可信集上游，应不检出。",
      };
    case "written":
      return { en: reason.values.text, zh: reason.values.text };
  }
}

/** What a sewer map lacks, and what is assumed instead. */
const NETWORK_ZH: Record<NetworkCheck["code"], (count: number) => string> = {
  cycle: (n) => `${n}条管段使污水成环，假定其旱天无流量`,
  island: (n) => `${n}个节点无下游去向，假定缺失一条连接管段`,
  several_outfalls: (n) => `除污水厂外另有${n}个排放口，流向该处的污水不进入污水厂`,
  geometry_missing: (n) => `${n}个节点无坐标，孤立部分直接接入污水厂`,
  split_unknown: (n) => `${n}个节点分流比例未知，按满流能力分配，管径未知者均分`,
  length_missing: (n) => `${n}条管段无长度，采用默认长度`,
  velocity_missing: (n) => `${n}条管段无流速，采用默认流速，到达时间范围较宽`,
  flow_missing: () => "无旱天流量，基线按人口或节点数分摊",
  population_missing: () => "无人口数据，不统计可信集内人口",
  plant_assumed: () => "未标明污水厂，由管网推定",
  null_read_as_absent: (n) => `${n}处空值按缺失处理`,
  section_ignored: (n) => `${n}个数据段未读取`,
  value_ignored: (n) => `${n}个数值未采用`,
};

/** Never 0 or 100 %: the model is sure of nothing. */
const percent = (share: number) => (share > 0.99 ? "> 99 %" : share < 0.01 ? "< 1 %" : `${Math.round(100 * share)} %`);
const significant = (value: number) => String(Number(value.toPrecision(3)));
