import { context, type Link, propagation, ROOT_CONTEXT, SpanKind, trace } from "@opentelemetry/api";
import { inSpan } from "../spans.ts";
import type { IncomingMessage, Log } from "./log.ts";

/** Of a batch of thousands these many are named as what caused its work; SDKs keep 128 links a span. */
const LINKS_MAX = 128;

/**
 * The log with a span for each publishing and each batch. Who published is told in the message's headers, as W3C's Trace Context says
 * (`traceparent`), so that a trace goes on from one role into the next; without an SDK no header is added.
 */
export function withSpans(log: Log): Log {
  return {
    ...log,
    publish: (topic, messages) =>
      inSpan(
        `publish ${topic}`,
        { "messaging.destination.name": topic, "messaging.batch.message_count": messages.length },
        () => {
          const caused: Record<string, string> = {};
          propagation.inject(context.active(), caused);
          if (Object.keys(caused).length === 0) return log.publish(topic, messages);
          const told = messages.map((message) => ({ ...message, headers: { ...message.headers, ...caused } }));
          return log.publish(topic, told);
        },
        { kind: SpanKind.PRODUCER },
      ),
    subscribe: (subscription, handler) =>
      log.subscribe(subscription, (batch) =>
        inSpan(
          `process ${batch.topic}`,
          {
            "messaging.destination.name": batch.topic,
            "messaging.consumer.group.name": subscription.group,
            "messaging.destination.partition.id": String(batch.partition),
            "messaging.batch.message_count": batch.messages.length,
          },
          () => handler(batch),
          { kind: SpanKind.CONSUMER, links: linksTo(batch.messages) },
        ),
      ),
  };
}

/** The spans that published the messages, each once. */
function linksTo(messages: readonly IncomingMessage[]): Link[] {
  const links = new Map<string, Link>();
  for (const { headers } of messages) {
    if (headers["traceparent"] === undefined || links.has(headers["traceparent"])) continue;
    const published = trace.getSpanContext(propagation.extract(ROOT_CONTEXT, headers));
    if (published) links.set(headers["traceparent"], { context: published });
    if (links.size === LINKS_MAX) break;
  }
  return [...links.values()];
}
