import { createHmac } from "node:crypto";
import { z } from "zod";
import type { Attempt } from "../deliver.ts";
import type { Language, Notice } from "./notice.ts";
import { wordsOf } from "./words.ts";

/**
 * A post for a custom robot of Feishu (Lark).
 * @param secret of the robot's signature check; empty where it has none
 * @see https://open.feishu.cn/document/client-docs/bot-v3/add-custom-bot
 */
export function feishuBody(notice: Notice, { language, secret, now }: { language: Language; secret: string; now: Date }): string {
  const { title, lines } = wordsOf(notice, language);
  const links = [
    ...(notice.page ? [{ tag: "a", text: language === "zh" ? "查看详情" : "Open", href: notice.page }] : []),
    ...(notice.acknowledge
      ? [{ tag: "a", text: language === "zh" ? "认领告警" : "Acknowledge", href: notice.acknowledge.url }]
      : []),
  ];
  const content = [...lines.map((text) => [{ tag: "text", text }]), ...links.map((link) => [link])];
  const post = { [language === "zh" ? "zh_cn" : "en_us"]: { title, content } };
  const timestamp = String(Math.floor(now.getTime() / 1_000));
  const signed = secret === "" ? {} : { timestamp, sign: feishuSignature(timestamp, secret) };
  return JSON.stringify({ ...signed, msg_type: "post", content: { post } });
}

/** Feishu's way: the time and the secret are the key, and nothing is the message. */
export function feishuSignature(timestamp: string, secret: string): string {
  return createHmac("sha256", `${timestamp}\n${secret}`).update("").digest("base64");
}

const answer = z.looseObject({ code: z.int(), msg: z.string().optional() });
/** The robot's address is not, or no longer, one. */
const NO_SUCH_ROBOT = 19_001;

/** Feishu answers 200 whatever happens, and says in the body what did. */
export function feishuVerdict(body: string): Pick<Attempt, "error" | "final"> | null {
  const parsed = answer.safeParse(jsonOf(body));
  if (!parsed.success) return { error: "the answer is not one of Feishu" };
  const { code, msg } = parsed.data;
  if (code === 0) return null;
  return { error: `Feishu answered ${code}: ${msg ?? ""}`, ...(code === NO_SUCH_ROBOT ? { final: "endpoint" as const } : {}) };
}

export function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
