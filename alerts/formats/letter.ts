import type { Language, Notice } from "./notice.ts";
import { wordsOf } from "./words.ts";

/** An e-mail: plain text, which every reader shows and no filter distrusts. */
export interface Letter {
  subject: string;
  text: string;
  headers: Record<string, string>;
}

export function letterOf(notice: Notice, language: Language): Letter {
  const { title, lines } = wordsOf(notice, language);
  const zh = language === "zh";
  const links = [
    ...(notice.page ? [`${zh ? "查看详情：" : "Open: "}${notice.page}`] : []),
    ...(notice.acknowledge ? [`${zh ? "认领告警：" : "Take it in hand: "}${notice.acknowledge.url}`] : []),
  ];
  const why = zh
    ? "您收到此邮件，是因为 Sewertrace 的告警推送登记了此邮箱。"
    : "You receive this because your mailbox is an alert endpoint of Sewertrace.";
  return {
    subject: `[Sewertrace] ${title.replace(/\s+/g, " ")}`,
    text: [...lines, "", ...links, "", `${why} (${notice.messageId})`, ""].join("\n"),
    headers: { "auto-submitted": "auto-generated", "x-sewertrace-event": notice.event },
  };
}
