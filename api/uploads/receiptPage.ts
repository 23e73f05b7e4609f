import type { Receipt } from "../../schemas/upload.ts";
import type { Language } from "../language.ts";

const WORDS = {
  en: {
    title: "Receipt",
    upload: "Upload",
    laboratory: "Laboratory",
    sentBy: "Sent by",
    received: "Received",
    file: "File",
    fileHash: "SHA-256 of the file",
    reason: "Reason for changes",
    results: "Results",
    states: "new / unchanged / amended / withdrawn",
    rejected: "Rows refused",
    warnings: "Warnings",
    receiptHash: "SHA-256 of this receipt",
    verify:
      "To verify: GET /api/v1/uploads/{id}/verify?hash=… says whether this receipt is genuine and what has been revised since.",
    sample: "Sample",
    site: "Site",
    from: "From",
    to: "To",
    contentHash: "Hash of its results",
  },
  zh: {
    title: "回执",
    upload: "上传编号",
    laboratory: "实验室",
    sentBy: "提交人",
    received: "接收时间",
    file: "文件",
    fileHash: "文件 SHA-256",
    reason: "更改原因",
    results: "结果数",
    states: "新增 / 未变 / 更正 / 撤回",
    rejected: "拒收行数",
    warnings: "警告数",
    receiptHash: "本回执 SHA-256",
    verify: "核验：GET /api/v1/uploads/{id}/verify?hash=…，可核对本回执是否真实以及此后有无更正。",
    sample: "样本编号",
    site: "采样点",
    from: "采样开始",
    to: "采样结束",
    contentHash: "结果哈希",
  },
} as const;

/** The receipt as one page without scripts that prints on paper. */
export function receiptPage({ upload, samples }: Receipt, hash: string, language: Language): string {
  const say = WORDS[language];
  const { counts, revision } = upload;
  const states = (each: { new: number; unchanged: number; amended: number; withdrawn: number }) =>
    `${each.new} / ${each.unchanged} / ${each.amended} / ${each.withdrawn}`;
  const facts = [
    [say.upload, upload.uploadId],
    [say.laboratory, upload.labId],
    [say.sentBy, upload.actor],
    [say.received, upload.receivedAt],
    [say.file, upload.fileName ?? "JSON"],
    [say.fileHash, upload.sha256],
    ...(revision ? [[say.reason, [revision.reason, revision.text].filter(Boolean).join(": ")]] : []),
    [say.results, `${counts.results} (${say.states}: ${states(counts)})`],
    [say.rejected, String(counts.rejected)],
    [say.warnings, String(counts.warnings)],
    [say.receiptHash, hash],
  ];
  const rows = samples.map(({ sampleId, siteId, start, end, results, contentHash }) =>
    tableRow("td", [sampleId, siteId, start, end, states(results), contentHash.slice(0, 16)]),
  );
  return `<!doctype html>
<html lang="${language}"><head><meta charset="utf-8"><title>${say.title} ${escapeHtml(upload.uploadId)}</title>
<style>${STYLE}</style></head><body>
<h1>Sewertrace · ${say.title}</h1>
<dl>${facts.map(([name = "", value = ""]) => `<dt>${name}</dt><dd>${escapeHtml(value)}</dd>`).join("\n")}</dl>
<table><thead>${tableRow("th", [say.sample, say.site, say.from, say.to, say.states, say.contentHash])}</thead>
<tbody>${rows.join("\n")}</tbody></table>
<p>${say.verify.replace("{id}", escapeHtml(upload.uploadId))}</p>
</body></html>
`;
}

const STYLE =
  "body{font:11pt/1.4 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#111;background:#fff}dl{display:grid;grid-template-columns:max-content 1fr;gap:.2rem 1rem}dt{color:#444}dd{margin:0;overflow-wrap:anywhere}table{border-collapse:collapse;width:100%;font-size:9pt}th,td{border:1px solid #999;padding:.2rem .4rem;text-align:left;overflow-wrap:anywhere}thead{display:table-header-group}tr{break-inside:avoid}";

const tableRow = (cell: "td" | "th", cells: readonly string[]) =>
  `<tr>${cells.map((text) => `<${cell}${cell === "th" ? ' scope="col"' : ""}>${escapeHtml(text)}</${cell}>`).join("")}</tr>`;

const escapeHtml = (text: string) => text.replace(/[&<>"']/g, (mark) => `&#${mark.charCodeAt(0)};`);
