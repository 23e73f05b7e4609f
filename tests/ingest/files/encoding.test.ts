import { expect, it } from "vitest";
import { textDecoder } from "../../../ingest/files/encoding.ts";

const text = "样本编号,甲基苯丙胺（冰毒）,氯胺酮\r\nS-1,12.5,未检出\r\n";
// "样本编号,甲基苯丙胺（冰毒）,氯胺酮\r\nS-1,12.5,未检出\r\n" by Python 3.11: text.encode("gb18030").hex()
const gb18030 = "d1f9b1beb1e0bac52cbcd7bbf9b1bdb1fbb0b7a3a8b1f9b6bea3a92cc2c8b0b7cdaa0d0a532d312c31322e352cceb4bcecb3f60d0a";

function decode(bytes: Uint8Array, chunk = bytes.length) {
  const decoder = textDecoder();
  let decoded = "";
  for (let at = 0; at < bytes.length; at += chunk) decoded += decoder.write(bytes.subarray(at, at + chunk));
  decoded += decoder.end();
  return { text: decoded.replace(/^\uFEFF/, ""), encoding: decoder.encoding() };
}

it.each([
  ["utf-8", Buffer.from(text)],
  ["utf-8", Buffer.from(`\uFEFF${text}`)],
  ["utf-16le", Buffer.from(`\uFEFF${text}`, "utf16le")],
  ["utf-16be", Buffer.from(`\uFEFF${text}`, "utf16le").swap16()],
  ["gb18030", Buffer.from(gb18030, "hex")],
])("tells %s", (encoding, bytes) => expect(decode(bytes)).toEqual({ text, encoding }));

it("tells UTF-16 without a mark by its zeros", () =>
  expect(decode(Buffer.from("sample_id,value\ns1,2\n", "utf16le"))).toEqual({
    text: "sample_id,value\ns1,2\n",
    encoding: "utf-16le",
  }));
it("tells western text from Chinese by its lone high bytes", () =>
  expect(decode(Buffer.from("Klärwerk Köln;Prüfung\n", "latin1"))).toEqual({
    text: "Klärwerk Köln;Prüfung\n",
    encoding: "windows-1252",
  }));
it("decides when the first character beyond ASCII comes, chunks later", () => {
  const long = `${"x".repeat(100)}${text}`;
  expect(decode(Buffer.concat([Buffer.from("x".repeat(100)), Buffer.from(gb18030, "hex")]), 100)).toEqual({
    text: long,
    encoding: "gb18030",
  });
});
it("refuses bytes that the encoding does not allow", () =>
  expect(() => decode(Buffer.concat([Buffer.from(text), Buffer.from([0xff, 0xfe, 0xc0])]), Buffer.byteLength(text))).toThrow(
    TypeError,
  ));
