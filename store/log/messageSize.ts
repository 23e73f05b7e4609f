import { MESSAGE_BYTES_MAX, type OutgoingMessage } from "./log.ts";

/** Length and time of a record and the number of its headers, generously. */
const RECORD_OVERHEAD_BYTES = 64;
const HEADER_OVERHEAD_BYTES = 8;

/** Bytes of the message in the log. */
export function messageBytes({ key, value, headers = {} }: OutgoingMessage): number {
  let bytes = RECORD_OVERHEAD_BYTES + Buffer.byteLength(key) + Buffer.byteLength(value);
  for (const [name, text] of Object.entries(headers))
    bytes += HEADER_OVERHEAD_BYTES + Buffer.byteLength(name) + Buffer.byteLength(text);
  return bytes;
}

/** @throws {RangeError} naming the first message that no broker would take */
export function assertMessageSizes(messages: readonly OutgoingMessage[]): void {
  for (const message of messages) {
    const bytes = messageBytes(message);
    if (bytes <= MESSAGE_BYTES_MAX) continue;
    throw new RangeError(`a message of ${message.key} has ${bytes} bytes: the log takes at most ${MESSAGE_BYTES_MAX} in one`);
  }
}
