import type { Language, Words } from "../../alerts/formats/notice.ts";

const TEXTS = {
  en: {
    offer: "Take this alert in hand?",
    why: "You say that you look after it; others are then not called. Nothing else changes.",
    button: "Take it in hand",
    done: "It is in your hands.",
    earlier: "It was taken in hand before",
    expired: "This link has expired. Sign in to see the alert.",
    unknown: "This is not a link of ours. Copy it whole from the message, or sign in.",
  },
  zh: {
    offer: "认领此告警？",
    why: "认领表示由您负责处理，系统不再通知其他人；除此之外不作任何更改。",
    button: "认领",
    done: "已由您认领。",
    earlier: "此前已被认领",
    expired: "链接已过期，请登录查看告警。",
    unknown: "链接无效。请从消息中完整复制，或登录查看。",
  },
} as const;

export type PageText = keyof (typeof TEXTS)["en"];

/** A page without script, style or anything from elsewhere, so that a link works in any reader's browser and leaks nothing. */
export function acknowledgePage(
  language: Language,
  text: PageText,
  { about, detail }: { about?: Words | undefined; detail?: string },
): string {
  const say = TEXTS[language];
  const lines = about?.lines.map((line) => `<p>${escaped(line)}</p>`) ?? [];
  const body = [
    `<h1>${say[text]}</h1>`,
    ...(about ? [`<p><strong>${escaped(about.title)}</strong></p>`, ...lines] : []),
    ...(detail ? [`<p>${escaped(detail)}</p>`] : []),
    ...(text === "offer" ? [`<p>${say.why}</p><form method="post"><button type="submit">${say.button}</button></form>`] : []),
  ];
  const head = `<meta charset="utf-8"><meta name="robots" content="noindex"><meta name="viewport" content="width=device-width">`;
  return `<!doctype html><html lang="${language}"><head>${head}<title>Sewertrace</title></head><body>${body.join("")}</body></html>`;
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}
