import type { IncomingMessage } from "../../store/log/log.ts";

export interface MessageFaults {
  /** Acknowledged, but not in the log. */
  missing: string[];
  /** In the log more than once. Allowed by the log's promise; each consumer is idempotent. */
  doubled: string[];
  /** `key: earlier after later`: the first appearances of one key's messages are not in the order they were published in. */
  outOfOrder: string[];
}

/** Compares what the log holds with what it has acknowledged. Values are `publish/number`, the numbers of a publish ascending. */
export function compareMessages(stored: readonly IncomingMessage[], acknowledged: ReadonlySet<string>): MessageFaults {
  const times = new Map<string, number>();
  const outOfOrder: string[] = [];
  const last = new Map<string, number>();
  for (const { key, value } of stored) {
    const text = Buffer.from(value!).toString();
    times.set(text, (times.get(text) ?? 0) + 1);
    if (times.get(text) !== 1) continue;
    const [publish, number] = text.split("/") as [string, string];
    const keyInPublish = `${Buffer.from(key!).toString()} of ${publish}`;
    const before = last.get(keyInPublish) ?? -1;
    if (Number(number) < before) outOfOrder.push(`${keyInPublish}: ${number} after ${before}`);
    last.set(keyInPublish, Number(number));
  }
  return {
    missing: [...acknowledged].filter((value) => !times.has(value)),
    doubled: [...times].filter(([, count]) => count > 1).map(([value]) => value),
    outOfOrder,
  };
}
