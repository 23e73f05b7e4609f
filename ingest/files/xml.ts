/** One element of a workbook's part. */
interface CutElement {
  attributes: string;
  content: string;
  next: number;
}

/** The next whole element of the name from `at` on, with or without a namespace prefix; undefined where it has not come whole yet. */
export function cutElement(text: string, from: number, name: string): CutElement | undefined {
  const open = findTag(text, from, name);
  if (open === -1) return undefined;
  const close = text.indexOf(">", open);
  if (close === -1) return undefined;
  const tag = text.slice(open + 1, close);
  const attributes = tag.slice(tag.indexOf(name) + name.length);
  if (attributes.endsWith("/")) return { attributes, content: "", next: close + 1 };
  const prefix = tag.slice(0, tag.indexOf(name));
  const end = text.indexOf(`</${prefix}${name}>`, close);
  if (end === -1) return undefined;
  return { attributes, content: text.slice(close + 1, end), next: end + prefix.length + name.length + 3 };
}

function findTag(text: string, from: number, name: string): number {
  for (let at = text.indexOf("<", from); at !== -1; at = text.indexOf("<", at + 1)) {
    const start = text.startsWith(name, at + 1) ? at + 1 : prefixed(text, at + 1, name);
    if (start === -1) continue;
    const after = text.charCodeAt(start + name.length);
    if (after === 62 || after === 32 || after === 47 || after === 10 || after === 13 || after === 9) return at;
  }
  return -1;
}

/** Start of the name after a prefix such as `x:`, or -1. */
function prefixed(text: string, at: number, name: string): number {
  for (let i = at; i < at + 12; i++) if (text[i] === ":") return text.startsWith(name, i + 1) ? i + 1 : -1;
  return -1;
}

const attributePatterns = new Map<string, RegExp>();

/** Value of an attribute; a workbook's writers all quote with ". */
export function attribute(attributes: string, name: string): string | undefined {
  let pattern = attributePatterns.get(name);
  if (!pattern) {
    pattern = new RegExp(`(?:^|\\s)${name}="([^"]*)"`);
    attributePatterns.set(name, pattern);
  }
  return pattern.exec(attributes)?.[1];
}

/** Content of the first element of the name. */
export const elementText = (xml: string, name: string) => cutElement(xml, 0, name)?.content;

/** Text of all `t` elements, phonetic guides left out. */
export function textOf(xml: string): string {
  const plain = xml.includes("rPh")
    ? xml.replace(/<(?:\w+:)?rPh\b[^>]*>[^<]*(?:<(?!\/(?:\w+:)?rPh>)[^<]*)*<\/(?:\w+:)?rPh>/g, "")
    : xml;
  let text = "";
  let at = 0;
  for (;;) {
    const cut = cutElement(plain, at, "t");
    if (!cut) return text;
    text += decodeXml(cut.content);
    at = cut.next;
  }
}

const ENTITIES: Record<string, string> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

/** Entities and the `_x000D_` escapes of spreadsheets, as text. */
export function decodeXml(text: string): string {
  if (!text.includes("&") && !text.includes("_x")) return text;
  return text
    .replace(/&(?:#x([\da-f]{1,6})|#(\d{1,7})|(\w{2,5}));/gi, (whole, hex?: string, decimal?: string, name?: string) => {
      if (name) return ENTITIES[name] ?? whole;
      const point = hex ? Number.parseInt(hex, 16) : Number(decimal);
      return point > 0 && point <= 0x10ffff ? String.fromCodePoint(point) : whole;
    })
    .replace(/_x([\dA-F]{4})_/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}
