import type { Bilingual } from "../../schemas/anomaly.ts";
import type { EvidenceId } from "./verdict.ts";

/** What each sign says, for people. */
export const PHRASES: Readonly<Record<EvidenceId, Bilingual>> = {
  amphetamineRatioLow: {
    en: "less amphetamine beside the methamphetamine than people leave",
    zh: "相对甲基苯丙胺，苯丙胺过低，不符合人体代谢",
  },
  amphetamineRatioMetabolic: {
    en: "amphetamine in the ratio to methamphetamine that the body leaves",
    zh: "苯丙胺与甲基苯丙胺之比符合人体代谢",
  },
  cocaineRatioHigh: { en: "much cocaine for its benzoylecgonine", zh: "相对苯甲酰爱康宁，可卡因偏高" },
  cocaineRatioMetabolic: { en: "cocaine in a ratio to benzoylecgonine as after use", zh: "可卡因与苯甲酰爱康宁之比符合人体代谢" },
  racemic: { en: "racemic: as made, not as excreted", zh: "外消旋：符合合成产物，未经人体代谢" },
  enriched: { en: "one enantiomer enriched, as after passage through the body", zh: "单一对映体富集，符合人体代谢" },
  metaboliteProportional: { en: "its metabolite rose along", zh: "代谢物同步升高" },
  metaboliteFlat: { en: "its metabolite did not rise along", zh: "代谢物未随之升高" },
  ketamineRatioUsual: { en: "ketamine in the site's usual ratio to norketamine", zh: "氯胺酮与去甲氯胺酮之比为该站点常值" },
  ketamineRatioHigh: { en: "much ketamine for its norketamine", zh: "相对去甲氯胺酮，氯胺酮偏高" },
  methadoneRatioHigh: { en: "much methadone for its EDDP", zh: "相对EDDP，美沙酮偏高" },
  methadoneRatioMetabolic: { en: "methadone in a ratio to EDDP as after use", zh: "美沙酮与EDDP之比符合人体代谢" },
  etomidateUnchanged: { en: "etomidate that the body has not changed into its acid", zh: "依托咪酯未经人体转化为依托咪酯酸" },
  medicinalOpiates: {
    en: "codeine beside the morphine and no more 6-MAM, as of medicines",
    zh: "吗啡伴随可待因而6-单乙酰吗啡未升高，符合药用来源",
  },
  heroinMarker: { en: "6-MAM, which only heroin leaves", zh: "检出海洛因特有的6-单乙酰吗啡" },
  precursors: { en: "precursors or by-products of synthesis", zh: "检出合成前体或副产物" },
  dilution: { en: "everything moved together with the water", zh: "全部分析物随水量同向变化" },
  influx: { en: "everything rose together, as with more people", zh: "全部分析物同步升高，符合人口增加" },
  laboratoryBatch: { en: "all that the method measured moved at several sites", zh: "该方法检测的全部分析物在多个站点同向变化" },
  quality: { en: "quality control objects", zh: "质控提示异常" },
  alone: { en: "no other drug moved along", zh: "其他药物均未随之变化" },
  regional: { en: "most sites of the region rose together", zh: "区域内多数站点同步升高" },
  leisureTogether: { en: "other party drugs rose along", zh: "其他娱乐性毒品同步升高" },
  burst: { en: "ten times what was expected, or more", zh: "达到预期值的十倍或以上" },
  persistent: { en: "it lasts", zh: "持续存在" },
  weekendRise: { en: "at a weekend", zh: "出现在周末" },
  weekdayRise: { en: "on a weekday", zh: "出现在工作日" },
};

/** The signs of a verdict as one sentence in both languages; empty where there was none. */
export function signsTold(evidence: readonly { readonly told?: Bilingual | undefined }[]): Bilingual {
  const told = evidence.flatMap(({ told }) => told ?? []);
  if (told.length === 0) return { en: "", zh: "" };
  return {
    en: ` Weighed for its cause: ${told.map(({ en }) => en).join("; ")}.`,
    zh: `判断来源的依据：${told.map(({ zh }) => zh).join("；")}。`,
  };
}
