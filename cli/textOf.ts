import { readFileSync } from "node:fs";
import { detectEncoding } from "../ingest/files/encoding.ts";
import { CommandError, exit } from "./exitCodes.ts";

/**
 * A file as text, in the encoding its bytes show; without the byte order mark.
 * @throws {CommandError} it cannot be read, or is no text
 */
export function textOf(file: string): string {
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    throw new CommandError(`${file} cannot be read`, exit.dataRefused, { cause: error });
  }
  try {
    return new TextDecoder(detectEncoding(bytes) ?? "utf-8", { fatal: true }).decode(bytes);
  } catch (error) {
    throw new CommandError(`${file} is no text: save the table as CSV and run the command again`, exit.dataRefused, {
      cause: error,
    });
  }
}
