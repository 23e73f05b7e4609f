import type { Place, Refusal } from "../schemas/refusal.ts";
import type { IncomingMessage } from "../store/log/log.ts";

const utf8 = new TextDecoder("utf-8", { fatal: true });

/** Bytes of a message that are shown where they are not readable text. */
const HEX_BYTES_SHOWN = 24;

/** From bytes to a JSON value of the topic's schema, or why not. A message without a `schema` header is taken at its topic's word. */
export function decodeMessage(message: IncomingMessage, where: Place): { value: unknown } | { refusals: Refusal[] } {
  const schema = message.headers["schema"];
  const expected = `${message.topic}/1`;
  if (schema !== undefined && schema !== expected) {
    const mend = `Send it with the header schema: ${expected}, in that form.`;
    return { refusals: [{ code: "schema_unknown", where, found: schema, expected: `the header schema: ${expected}`, mend }] };
  }
  if (message.value === null || message.value.length === 0) {
    return {
      refusals: [
        { code: "message_empty", where, found: "no bytes", expected: "a JSON object", mend: "Send the message with a value." },
      ],
    };
  }
  try {
    return { value: JSON.parse(utf8.decode(message.value)) as unknown };
  } catch (error) {
    return { refusals: [jsonInvalid(where, message.value, error)] };
  }
}

function jsonInvalid(where: Place, bytes: Uint8Array, error: unknown): Refusal {
  const readable = error instanceof SyntaxError;
  const found = readable ? error.message : `bytes ${Buffer.from(bytes.subarray(0, HEX_BYTES_SHOWN)).toString("hex")}…`;
  return {
    code: "json_invalid",
    where,
    found,
    expected: "JSON in UTF-8",
    mend: "Mend the sender, then send the message again; the bytes as they came are kept with this dead letter.",
  };
}
