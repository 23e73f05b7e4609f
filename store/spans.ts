import { type Attributes, type Link, type SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";

/**
 * Does the work in a span of OpenTelemetry, which an error marks and ends. Without an SDK, which the operator loads beside the program
 * (docs/operations.md), it only does the work.
 * @param name of few kinds: what differs from one to the next belongs in the attributes
 */
export function inSpan<T>(
  name: string,
  attributes: Attributes,
  work: () => Promise<T>,
  more: { kind?: SpanKind; links?: Link[] } = {},
): Promise<T> {
  return trace.getTracer("sewertrace").startActiveSpan(name, { attributes, ...more }, async (span) => {
    try {
      return await work();
    } catch (error) {
      span.recordException(error as Error);
      span.setStatus({ code: SpanStatusCode.ERROR });
      throw error;
    } finally {
      span.end();
    }
  });
}
