import { createHmac } from "node:crypto";
import { describe, expect, it } from "vitest";
import { alertmanagerBody } from "../../alerts/formats/alertmanager.ts";
import { feishuBody, feishuSignature, feishuVerdict } from "../../alerts/formats/feishu.ts";
import { letterOf } from "../../alerts/formats/letter.ts";
import type { Notice } from "../../alerts/formats/notice.ts";
import { standardBody } from "../../alerts/formats/standard.ts";
import { wecomBody, wecomVerdict } from "../../alerts/formats/wecom.ts";
import { wordsOf } from "../../alerts/formats/words.ts";
import { MESSAGE_EVENTS } from "../../schemas/webhook.ts";

const CREATED = "2026-05-06T08:00:00.000Z";
const NOW = new Date("2026-05-06T08:00:05.000Z");
const HOME = "https://sewertrace.example.org";

const anomalyData = {
  anomalyId: "anomaly-1",
  siteId: "plant-a",
  analyte: "mdma",
  start: "2026-05-03",
  end: "2026-05-04",
  observed: 12.3456,
  expected: 4.1,
  unit: "g/d",
  explanation: { en: "Three times what was expected.", zh: "为预期的三倍。" },
};
const raised: Notice = {
  messageId: "msg-1",
  event: "anomaly.raised",
  subject: "anomaly-1",
  createdAt: CREATED,
  payload: { type: "anomaly.raised", timestamp: CREATED, data: anomalyData },
  siteId: "plant-a",
  site: { en: "Plant A", zh: "甲污水厂" },
  region: "East",
  analyte: "mdma",
  substance: { en: "MDMA", zh: "亚甲二氧基甲基苯丙胺" },
  verdict: "disposal",
  acknowledge: { url: `${HOME}/acknowledge/t.k.n`, expiresAt: "2026-05-13T08:00:00.000Z" },
  page: `${HOME}/anomalies/anomaly-1`,
};
const grouped: Notice = {
  ...raised,
  event: "anomaly.grouped",
  subject: "msg-group",
  siteId: null,
  site: null,
  page: null,
  payload: {
    type: "anomaly.grouped",
    timestamp: CREATED,
    data: {
      region: "East",
      analyte: "mdma",
      count: 2,
      sites: [
        { siteId: "plant-a", name: { en: "Plant A", zh: "甲污水厂" } },
        { siteId: "plant-b", name: null },
      ],
      items: ["a", "b"].map((x) => ({ anomalyId: `anomaly-${x}`, siteId: `plant-${x}`, name: null, analyte: "mdma" })),
    },
  },
};
const lead: Notice = {
  ...raised,
  event: "lead.updated",
  subject: "lead-1",
  verdict: null,
  page: `${HOME}/leads/lead-1`,
  payload: {
    type: "lead.updated",
    timestamp: CREATED,
    data: {
      leadId: "lead-1",
      state: "sampling",
      finding: { en: "Excess of 6 g/d.", zh: "超出 6 g/d。" },
      nextPoints: 3,
    },
  },
};

describe("words for people", () => {
  it("in English", () =>
    expect(wordsOf(raised, "en")).toEqual({
      title: "Anomaly: MDMA, Plant A",
      lines: [
        "Three times what was expected.",
        "Observed: 12.3 g/d, expected: 4.1 g/d",
        "Days: 2026-05-03 – 2026-05-04",
        "Most likely: disposal",
      ],
    }));

  it("in Chinese", () =>
    expect(wordsOf(raised, "zh")).toEqual({
      title: "异常：亚甲二氧基甲基苯丙胺，甲污水厂",
      lines: ["为预期的三倍。", "实测：12.3 g/d，预期：4.1 g/d", "日期：2026-05-03 – 2026-05-04", "最可能来源：倾倒"],
    }));

  it("of a group: where", () =>
    expect(wordsOf({ ...grouped, verdict: null }, "zh")).toEqual({
      title: "区域性升高：亚甲二氧基甲基苯丙胺，East",
      lines: ["站点：甲污水厂、plant-b"],
    }));

  it("of a lead: its finding, its state, how many places to sample next", () =>
    expect(wordsOf(lead, "en")).toEqual({
      title: "Lead changed: MDMA, Plant A",
      lines: ["Excess of 6 g/d.", "State: sampling", "Places to sample next: 3"],
    }));

  it.each(MESSAGE_EVENTS)("of %s with nothing in it there is a title in both languages", (event) => {
    const bare = {
      ...raised,
      event,
      payload: null,
      site: null,
      siteId: null,
      substance: null,
      analyte: null,
      region: null,
      verdict: null,
    };
    for (const language of ["en", "zh"] as const) {
      const { title, lines } = wordsOf(bare, language);
      expect([title.length > 1, /undefined|null|[:：]\s*$/.test(title), lines]).toEqual([true, false, []]);
      expect(/\p{Script=Han}/u.test(title)).toBe(language === "zh");
    }
  });
});

it("signed JSON is the message itself, with where to take it in hand", () => {
  const payload = raised.payload as object;
  expect(JSON.parse(standardBody(raised))).toEqual({ ...payload, acknowledge: raised.acknowledge });
  expect(standardBody({ ...raised, acknowledge: null })).toBe(JSON.stringify(payload));
});

describe("an Alertmanager", () => {
  const labels = { alertname: "SewertraceAnomaly", subject: "anomaly-1", site: "plant-a", region: "East", analyte: "mdma" };

  it("is given an alert that stands for a week", () =>
    expect(JSON.parse(alertmanagerBody(raised))).toEqual([
      {
        labels,
        annotations: {
          summary: "Anomaly: MDMA, Plant A",
          description: wordsOf(raised, "en").lines.join("\n"),
          acknowledge: `${HOME}/acknowledge/t.k.n`,
        },
        startsAt: CREATED,
        endsAt: "2026-05-13T08:00:00.000Z",
        generatorURL: `${HOME}/anomalies/anomaly-1`,
      },
    ]));

  it("is told by the same labels that it is over", () => {
    const [resolved] = JSON.parse(alertmanagerBody({ ...raised, event: "anomaly.retracted", verdict: null }));
    expect(resolved.labels).toEqual(labels);
    expect([resolved.endsAt, resolved.startsAt]).toEqual([CREATED, undefined]);
  });

  it("and when a lead was closed, but not when it moved on", () => {
    const moved = (state: string) => {
      const payload = { data: { ...(lead.payload as { data: object }).data, state } };
      return JSON.parse(alertmanagerBody({ ...lead, payload }))[0].endsAt as string;
    };
    for (const state of ["dismissed", "confirmed", "expired", "merged"]) expect(moved(state)).toBe(CREATED);
    for (const state of ["open", "sampling", "referred"]) expect(moved(state) > CREATED).toBe(true);
  });

  it("groups by itself: a group is its members", () => {
    const alerts = JSON.parse(alertmanagerBody(grouped)) as { labels: Record<string, string> }[];
    expect(alerts.map((alert) => [alert.labels["subject"], alert.labels["site"]])).toEqual([
      ["anomaly-a", "plant-a"],
      ["anomaly-b", "plant-b"],
    ]);
  });
});

describe("Feishu", () => {
  it("signs with the time and the secret as the key, and nothing as the message", () => {
    // the rule of open.feishu.cn: hmac_sha256(key = timestamp + "\n" + secret, message = ""), base64
    expect(feishuSignature("1599360473", "demo")).toBe(createHmac("sha256", "1599360473\ndemo").digest("base64"));
    // computed with Python 3.11: base64.b64encode(hmac.new(b"1599360473\ndemo", digestmod=hashlib.sha256).digest())
    expect(feishuSignature("1599360473", "demo")).toBe("l1N0gAcBjdwBvGm1xMjOF0XSyaLRpR7tuO5dHfhAYc8=");
  });

  it("is given a post", () =>
    expect(JSON.parse(feishuBody(raised, { language: "zh", secret: "demo", now: NOW }))).toEqual({
      timestamp: "1778054405",
      sign: feishuSignature("1778054405", "demo"),
      msg_type: "post",
      content: {
        post: {
          zh_cn: {
            title: "异常：亚甲二氧基甲基苯丙胺，甲污水厂",
            content: [
              ...wordsOf(raised, "zh").lines.map((text) => [{ tag: "text", text }]),
              [{ tag: "a", text: "查看详情", href: `${HOME}/anomalies/anomaly-1` }],
              [{ tag: "a", text: "认领告警", href: `${HOME}/acknowledge/t.k.n` }],
            ],
          },
        },
      },
    }));

  it("unsigned where the robot has no secret", () =>
    expect(Object.keys(JSON.parse(feishuBody(raised, { language: "en", secret: "", now: NOW })))).toEqual([
      "msg_type",
      "content",
    ]));

  it("says in the body whether it took it", () => {
    expect(feishuVerdict('{"StatusCode":0,"StatusMessage":"success","code":0,"data":{},"msg":"success"}')).toBeNull();
    expect(feishuVerdict('{"code":19021,"msg":"sign match fail or timestamp is not within one hour from current time"}')).toEqual(
      {
        error: "Feishu answered 19021: sign match fail or timestamp is not within one hour from current time",
      },
    );
    expect(feishuVerdict('{"code":19001,"msg":"param invalid: incoming webhook access token invalid"}')?.final).toBe("endpoint");
    expect(feishuVerdict("<html>")).toEqual({ error: "the answer is not one of Feishu" });
  });
});

describe("WeCom", () => {
  it("is given markdown", () =>
    expect(JSON.parse(wecomBody(raised, "zh"))).toEqual({
      msgtype: "markdown",
      markdown: {
        content: [
          "**异常：亚甲二氧基甲基苯丙胺，甲污水厂**",
          "> 为预期的三倍。",
          "> 实测：12.3 g/d，预期：4.1 g/d",
          "> 日期：2026-05-03 – 2026-05-04",
          "> 最可能来源：倾倒",
          `[查看详情](${HOME}/anomalies/anomaly-1)  [认领告警](${HOME}/acknowledge/t.k.n)`,
        ].join("\n"),
      },
    }));

  it("at most 4,096 bytes, cut between characters, with its links whole", () => {
    const long = { ...anomalyData, explanation: { en: "", zh: "厂".repeat(3_000) } };
    const { content } = JSON.parse(wecomBody({ ...raised, payload: { data: long } }, "zh")).markdown as { content: string };
    expect(Buffer.byteLength(content)).toBeLessThanOrEqual(4_096);
    expect(Buffer.byteLength(content)).toBeGreaterThan(4_080);
    expect(content).not.toContain("\uFFFD");
    expect(
      content.endsWith(
        "…\n[查看详情](https://sewertrace.example.org/anomalies/anomaly-1)  [认领告警](https://sewertrace.example.org/acknowledge/t.k.n)",
      ),
    ).toBe(true);
  });

  it("a name from data becomes no link and no format", () => {
    const site = { en: '[x](https://evil.example) <font color="warning">**now**</font>\n> quoted', zh: "" };
    const { content } = JSON.parse(wecomBody({ ...raised, site, page: null, acknowledge: null }, "en")).markdown as {
      content: string;
    };
    expect(content.split("\n")[0]).toBe(
      '**Anomaly: MDMA, 【x】(https://evil.example) 〈font color="warning"〉＊＊now＊＊〈/font〉 〉 quoted**',
    );
  });

  it("says in the body whether it took it", () => {
    expect(wecomVerdict('{"errcode":0,"errmsg":"ok"}')).toBeNull();
    expect(wecomVerdict('{"errcode":45009,"errmsg":"api freq out of limit"}')).toEqual({
      error: "WeCom answered 45009: api freq out of limit",
    });
    expect(wecomVerdict('{"errcode":93000,"errmsg":"invalid webhook url"}')?.final).toBe("endpoint");
    expect(wecomVerdict("")).toEqual({ error: "the answer is not one of WeCom" });
  });
});

it("a letter is plain text, its subject one line", () =>
  expect(letterOf({ ...raised, site: { en: "Plant\r\nBcc: all@example.org", zh: "" } }, "en")).toEqual({
    subject: "[Sewertrace] Anomaly: MDMA, Plant Bcc: all@example.org",
    headers: { "auto-submitted": "auto-generated", "x-sewertrace-event": "anomaly.raised" },
    text: [
      "Three times what was expected.",
      "Observed: 12.3 g/d, expected: 4.1 g/d",
      "Days: 2026-05-03 – 2026-05-04",
      "Most likely: disposal",
      "",
      `Open: ${HOME}/anomalies/anomaly-1`,
      `Take it in hand: ${HOME}/acknowledge/t.k.n`,
      "",
      "You receive this because your mailbox is an alert endpoint of Sewertrace. (msg-1)",
      "",
    ].join("\n"),
  }));
