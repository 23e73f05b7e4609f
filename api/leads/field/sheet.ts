import type { OrderPoint, SamplingOrder } from "../../../schemas/order.ts";
import { html, type Markup, Markup as Raw } from "../report/markup.ts";
import type { ReportLanguage } from "../report/words.ts";

const WORDS = {
  en: {
    title: "Sampling order",
    day: "Day",
    zone: "all times",
    bottle: "Bottle no.",
    place: "Manhole",
    window: "24-hour composite",
    between: "start between",
    position: "Position",
    container: "Container",
    seal: "Seal no.",
    started: "Started",
    ended: "Ended",
    temperature: "Temperature, °C",
    gps: "GPS",
    photo: "Photo taken",
    collector: "Name and signature",
    notTaken: "If not taken, why",
    note: "A place is sampled, never a person. Write the bottle number and seal on the bottle before you leave the place.",
    custody: "Handed over",
    custodyLine: "From · to · date and time · seal intact (yes/no) · signatures",
  },
  zh: {
    title: "采样单",
    day: "日期",
    zone: "时区",
    bottle: "样品编号",
    place: "窨井",
    window: "24小时混合样",
    between: "开始时间",
    position: "位置",
    container: "容器",
    seal: "封条号",
    started: "开始",
    ended: "结束",
    temperature: "温度，°C",
    gps: "定位坐标",
    photo: "已拍照",
    collector: "采样人签名",
    notTaken: "未采样原因",
    note: "采样针对地点，不针对个人。离开现场前请在样品瓶上写明样品编号和封条号。",
    custody: "交接记录",
    custodyLine: "交出人 · 接收人 · 时间 · 封条完好（是/否） · 签名",
  },
} as const;

const STYLE = `
@page { size: A4; margin: 14mm; }
body { font: 13px/1.45 -apple-system, "Segoe UI", Roboto, Arial, "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif; color: #111; max-width: 760px; margin: 0 auto; padding: 16px; }
h1 { font-size: 19px; margin: 0; } section { border: 1.5px solid #111; border-radius: 4px; padding: 8px 10px; margin: 12px 0; break-inside: avoid; }
.number { font: 700 20px ui-monospace, monospace; letter-spacing: 0.5px; } dl { display: grid; grid-template-columns: repeat(3, 1fr); gap: 6px 14px; margin: 8px 0 0; }
dt { font-size: 11px; color: #555; } dd { margin: 0; min-height: 20px; } .write { border-bottom: 1px solid #111; min-height: 26px; } .wide { grid-column: 1 / -1; }
`;

/** An order on paper: what the crew needs, and lines to write on. It names neither the substance nor the lead. */
export function orderSheet({ orderId, day, timeZone, points }: SamplingOrder, language: ReportLanguage): string {
  const words = WORDS[language];
  const clock = (moment: string) =>
    new Intl.DateTimeFormat("sv-SE", { timeZone, dateStyle: "short", timeStyle: "short" }).format(new Date(moment));
  const line = (name: string, wide = false) =>
    html`<div class="${wide ? "wide" : ""}"><dt>${name}</dt><dd class="write"></dd></div>`;
  const fact = (name: string, value: string) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`;
  const bottle = ({
    node,
    sampleId,
    container,
    start,
    end,
    earliest,
    latest,
    latitude,
    longitude,
  }: OrderPoint): Markup => html`<section>
<span class="number">${sampleId}</span><dl>${fact(words.place, node)}${fact(words.window, `${clock(start)} – ${clock(end)}`)}
${fact(words.between, `${clock(earliest)} – ${clock(latest)}`)}${fact(words.container, container)}
${fact(words.position, latitude === null || longitude === null ? "–" : `${latitude.toFixed(6)}, ${longitude.toFixed(6)}`)}${line(words.seal)}
${line(words.started)}${line(words.ended)}${line(words.temperature)}${line(words.gps)}${line(words.photo)}${line(words.collector)}${line(words.notTaken, true)}</dl></section>`;
  return html`<!doctype html>
<html lang="${language === "zh" ? "zh-CN" : "en"}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta name="robots" content="noindex">
<title>${words.title} ${orderId}</title><style>${new Raw(STYLE)}</style></head><body><h1>${words.title} ${orderId}</h1>
<p>${words.day}: ${day} · ${words.zone}: ${timeZone}</p><p>${words.note}</p>${points.map(bottle)}
<section><strong>${words.custody}</strong><dl>${[1, 2, 3].map(() => line(words.custodyLine, true))}</dl></section></body></html>`
    .text;
}
