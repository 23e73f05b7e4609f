import { z } from "zod";
import { type Bilingual, bilingual } from "../../schemas/anomaly.ts";
import { LEAD_STATE_NAMES } from "../../schemas/lead.ts";
import type { EventType } from "../../schemas/webhook.ts";
import type { Language, Notice, Words } from "./notice.ts";

/** Titles, with what they are about: place and substance. */
const TITLES: Record<EventType, Record<Language, string>> = {
  "anomaly.raised": { en: "Anomaly", zh: "异常" },
  "anomaly.retracted": { en: "Withdrawn after a correction: anomaly", zh: "数据更正，异常撤回" },
  "anomaly.grouped": { en: "Rise in the region", zh: "区域性升高" },
  "lead.opened": { en: "New lead", zh: "新线索" },
  "lead.updated": { en: "Lead changed", zh: "线索更新" },
  "lead.retracted": { en: "Withdrawn after a correction: lead", zh: "数据更正，线索撤回" },
  "alert.escalated": { en: "Nobody has taken this in hand", zh: "告警无人认领，现升级" },
  "webhook.paused": { en: "Your alerts are paused", zh: "告警推送已暂停" },
  "webhook.test": { en: "Test message", zh: "测试消息" },
};

const LABELS = {
  observed: { en: "Observed", zh: "实测" },
  expected: { en: "expected", zh: "预期" },
  days: { en: "Days", zh: "日期" },
  verdict: { en: "Most likely", zh: "最可能来源" },
  state: { en: "State", zh: "状态" },
  next: { en: "Places to sample next", zh: "建议采样点数" },
  sites: { en: "Sites", zh: "站点" },
  since: { en: "Unanswered since", zh: "未认领，自" },
  endpoint: { en: "Endpoint", zh: "推送地址" },
  why: { en: "Reason", zh: "原因" },
} as const;

const VERDICTS: Record<string, Record<Language, string>> = {
  consumption: { en: "consumption", zh: "人群使用" },
  disposal: { en: "disposal", zh: "倾倒" },
  production: { en: "production", zh: "制毒" },
  licitSource: { en: "licit source", zh: "合法来源" },
  event: { en: "event", zh: "大型活动" },
  artefact: { en: "artefact", zh: "测量假象" },
  undetermined: { en: "undetermined", zh: "未定" },
};

/** A message of another version may know a state that this one does not. */
const STATE_NAMES: Partial<Record<string, Bilingual>> = LEAD_STATE_NAMES;

/** What is said of, where the message has it. A message of another version says less, never wrongly. */
const data = z
  .looseObject({
    observed: z.number(),
    expected: z.number(),
    unit: z.string(),
    start: z.string(),
    end: z.string(),
    explanation: bilingual,
    finding: bilingual,
    state: z.string(),
    nextPoints: z.int(),
    sites: z.array(z.looseObject({ siteId: z.string(), name: bilingual.nullable() })),
    count: z.number(),
    since: z.string(),
    url: z.string(),
    reason: z.string(),
  })
  .partial();

/** Digits people read: three that count. */
const number = (value: number) => Number(value.toPrecision(3)).toString();

/** What a person is told, in one language. */
export function wordsOf(notice: Notice, language: Language): Words {
  const parsed = z.looseObject({ data }).safeParse(notice.payload);
  const told = parsed.success ? parsed.data.data : {};
  const label = (key: keyof typeof LABELS) => `${LABELS[key][language]}${language === "zh" ? "：" : ": "}`;
  const about = [
    notice.substance?.[language] ?? notice.analyte,
    notice.site?.[language] ?? notice.siteId ?? (notice.event === "anomaly.grouped" ? notice.region : null),
  ];
  const title = [TITLES[notice.event][language], about.filter(Boolean).join(language === "zh" ? "，" : ", ")];
  const lines: (string | undefined | false)[] = [
    told.explanation?.[language],
    told.finding?.[language],
    told.observed !== undefined &&
      told.expected !== undefined &&
      `${label("observed")}${number(told.observed)} ${told.unit ?? ""}${language === "zh" ? "，" : ", "}${label("expected")}${number(told.expected)} ${told.unit ?? ""}`,
    told.start && `${label("days")}${told.start === told.end ? told.start : `${told.start} – ${told.end}`}`,
    notice.verdict !== null && `${label("verdict")}${VERDICTS[notice.verdict]?.[language] ?? notice.verdict}`,
    notice.event.startsWith("lead.") && told.state && `${label("state")}${STATE_NAMES[told.state]?.[language] ?? told.state}`,
    told.nextPoints !== undefined && told.nextPoints > 0 && `${label("next")}${told.nextPoints}`,
    told.sites &&
      `${label("sites")}${told.sites.map(({ siteId, name }) => name?.[language] ?? siteId).join(language === "zh" ? "、" : ", ")}`,
    told.since && `${label("since")}${told.since}`,
    told.url && `${label("endpoint")}${told.url}`,
    told.reason && `${label("why")}${told.reason}`,
  ];
  return {
    title: title.filter(Boolean).join(language === "zh" ? "：" : ": "),
    lines: lines.filter((line): line is string => typeof line === "string" && line !== ""),
  };
}
