import { readFileSync } from "node:fs";
import { detectEncoding } from "../ingest/files/encoding.ts";
import { CommandError, exit } from "./exitCodes.ts";

/** A file named on the command line. @throws {CommandError} it cannot be read */
export function bytesOf(file: string): Buffer<ArrayBuffer> {
  try {
    return readFileSync(file);
  } catch (cause) {
    throw new CommandError(`${file} cannot be read`, exit.usage, { cause });
  }
}

/**
 * A file as text, in the encoding its bytes show; without the byte order mark.
 * @throws {CommandError} it cannot be read, or is no text
 */
export function textOf(file: string): string {
  const bytes = bytesOf(file);
  try {
    const text = new TextDecoder(detectEncoding(bytes) ?? "utf-8", { fatal: true }).decode(bytes);
    if (!text.includes("\0")) return text;
    throw new TypeError("it holds bytes of zero");
  } catch (cause) {
    throw new CommandError(`${file} is no text: save it again as text in UTF-8 and run the command again`, exit.dataRefused, {
      cause,
    });
  }
}

/** @throws {CommandError} it cannot be read, or is no JSON */
export function jsonOf(file: string): unknown {
  const text = textOf(file);
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new CommandError(`${file} is no JSON: write it again and run the command again`, exit.dataRefused, { cause });
  }
}
