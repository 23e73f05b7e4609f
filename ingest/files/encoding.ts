import { isAscii } from "node:buffer";

/** Names for TextDecoder. GB18030 holds GBK and GB2312; Windows-1252 is what a western Excel writes as "CSV". */
export type Encoding = "utf-8" | "utf-16le" | "utf-16be" | "gb18030" | "windows-1252";

/**
 * The encoding of text by its first bytes: a byte order mark, else zero bytes in every second place, else well-formed UTF-8, else
 * whether bytes above 127 come in pairs (Chinese) or alone (western). Undefined while all bytes are ASCII: any of them fits yet.
 */
export function detectEncoding(head: Uint8Array): Encoding | undefined {
  if (head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf) return "utf-8";
  if (head[0] === 0xff && head[1] === 0xfe) return "utf-16le";
  if (head[0] === 0xfe && head[1] === 0xff) return "utf-16be";
  const wide = utf16ByZeros(head);
  if (wide) return wide;
  if (isAscii(head)) return undefined;
  if (isUtf8(head)) return "utf-8";
  return highBytesArePaired(head) ? "gb18030" : "windows-1252";
}

function utf16ByZeros(head: Uint8Array): Encoding | undefined {
  const zeros = [0, 0];
  for (let i = 0; i < head.length; i++) if (head[i] === 0) zeros[i % 2]!++;
  const pairs = head.length / 2;
  if (zeros[1]! > pairs * 0.4 && zeros[0]! < pairs * 0.1) return "utf-16le";
  if (zeros[0]! > pairs * 0.4 && zeros[1]! < pairs * 0.1) return "utf-16be";
  return undefined;
}

/** With stream: true a character cut off at the end of the head is no fault. */
function isUtf8(head: Uint8Array): boolean {
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(head, { stream: true });
    return true;
  } catch {
    return false;
  }
}

function highBytesArePaired(head: Uint8Array): boolean {
  let paired = 0;
  let alone = 0;
  for (let i = 0; i < head.length; ) {
    if (head[i]! < 0x81) {
      i++;
      continue;
    }
    // a GB character is a lead byte with a second byte; the common ones have it above 0xA0, western text an ASCII letter
    const second = head[i + 1];
    if (second === undefined) break;
    if (second >= 0xa1) paired++;
    else alone++;
    i += 2;
  }
  return paired >= alone;
}

/** Turns chunks of bytes into text; decides on the encoding when the first byte above 127 comes. */
export function textDecoder(): { encoding: () => Encoding; write(chunk: Uint8Array): string; end(): string } {
  let found: Encoding | undefined;
  let decoder: InstanceType<typeof TextDecoder> | undefined;
  let first = true;
  return {
    encoding: () => found ?? "utf-8",
    /** @throws TypeError on bytes that the encoding does not allow */
    write(chunk) {
      if (!decoder) {
        // UTF-16 shows in the first bytes; later a zero is no sign of it
        const ascii = !first && isAscii(chunk);
        found = ascii ? undefined : detectEncoding(chunk);
        if (found === undefined || (!first && found.startsWith("utf-16"))) {
          first = false;
          return Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength).toString("latin1");
        }
        decoder = new TextDecoder(found, { fatal: true });
      }
      first = false;
      return decoder.decode(chunk, { stream: true });
    },
    end: () => decoder?.decode() ?? "",
  };
}
