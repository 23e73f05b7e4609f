import { z } from "zod";
import type { Attempt } from "../deliver.ts";
import { jsonOf } from "./feishu.ts";
import type { Language, Notice } from "./notice.ts";
import { wordsOf } from "./words.ts";

/** WeCom cuts nothing, it refuses what is longer; bytes of UTF-8. */
const CONTENT_BYTES_MAX = 4_096;
const CUT = "\n…";

/**
 * Markdown for a group robot of WeCom. The robot's right to write is the key in its address: there is nothing to sign.
 * @see https://developer.work.weixin.qq.com/document/path/91770
 */
export function wecomBody(notice: Notice, language: Language): string {
  const { title, lines } = wordsOf(notice, language);
  const links = [
    ...(notice.page ? [`[${language === "zh" ? "查看详情" : "Open"}](${notice.page})`] : []),
    ...(notice.acknowledge ? [`[${language === "zh" ? "认领告警" : "Acknowledge"}](${notice.acknowledge.url})`] : []),
  ];
  const footer = links.length > 0 ? `\n${links.join("  ")}` : "";
  const told = [`**${plain(title)}**`, ...lines.map((line) => `> ${plain(line)}`)].join("\n");
  const content = cutTo(told, CONTENT_BYTES_MAX - Buffer.byteLength(footer)) + footer;
  return JSON.stringify({ msgtype: "markdown", markdown: { content } });
}

/** What came from data must not become a link or a format. */
function plain(text: string): string {
  const harmless: Record<string, string> = { "[": "【", "]": "】", "<": "〈", ">": "〉", "`": "'", "*": "＊" };
  return text.replace(/[[\]<>`*]/g, (sign) => harmless[sign] as string).replace(/\s*\n\s*/g, " ");
}

function cutTo(text: string, bytesMax: number): string {
  if (Buffer.byteLength(text) <= bytesMax) return text;
  const room = bytesMax - Buffer.byteLength(CUT);
  const whole = new TextDecoder().decode(Buffer.from(text).subarray(0, room), { stream: true }); // drops half a character
  return whole + CUT;
}

const answer = z.looseObject({ errcode: z.int(), errmsg: z.string().optional() });
/** "invalid webhook url": the robot was removed. */
const NO_SUCH_ROBOT = 93_000;

/** WeCom answers 200 whatever happens, and says in the body what did. */
export function wecomVerdict(body: string): Pick<Attempt, "error" | "final"> | null {
  const parsed = answer.safeParse(jsonOf(body));
  if (!parsed.success) return { error: "the answer is not one of WeCom" };
  const { errcode, errmsg } = parsed.data;
  if (errcode === 0) return null;
  return {
    error: `WeCom answered ${errcode}: ${errmsg ?? ""}`,
    ...(errcode === NO_SUCH_ROBOT ? { final: "endpoint" as const } : {}),
  };
}
