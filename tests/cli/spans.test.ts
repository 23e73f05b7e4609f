import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { context, propagation, SpanStatusCode, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { W3CTraceContextPropagator } from "@opentelemetry/core";
import { InMemorySpanExporter, type ReadableSpan, SimpleSpanProcessor, TracerProvider } from "@opentelemetry/sdk-trace";
import { pino } from "pino";
import { afterAll, beforeAll, expect, it } from "vitest";
import { startRoles } from "../../cli/roles.ts";
import { readSettings } from "../../cli/settings.ts";
import { openStores, type Stores } from "../../cli/stores.ts";
import { publishAll, readingsMessage } from "../../ingest/publish.ts";
import { inSpan } from "../../store/spans.ts";
import { endpointOf } from "../alerts/endpoints.ts";
import { until } from "../alerts/running.ts";

// Method: the real roles over the embedded stores, and OpenTelemetry's own SDK with an exporter that keeps the spans.
const exporter = new InMemorySpanExporter();
const dataDir = mkdtempSync(join(tmpdir(), "sewertrace-spans-"));
const stop = new AbortController();
let stores: Stores;
let done: Promise<unknown>;
const spansOf = (name: string): ReadableSpan[] => exporter.getFinishedSpans().filter((span) => span.name === name);
const childOf = (parent: ReadableSpan | undefined, name: string): ReadableSpan | undefined =>
  spansOf(name).find(({ parentSpanContext: of }) => parent !== undefined && of?.spanId === parent.spanContext().spanId);
const traceOf = (span?: ReadableSpan): string | undefined => span?.spanContext().traceId;
const linkedTraces = ({ links }: ReadableSpan): (string | undefined)[] => links.map(({ context }) => context.traceId);

async function start(): Promise<void> {
  const settings = readSettings({ SEWERTRACE_LOG_LEVEL: "silent", SEWERTRACE_DATA_DIR: dataDir, SEWERTRACE_PORT: "0" });
  const logger = pino({ level: "silent" }, pino.destination(2));
  stores = await openStores(settings, logger);
  const roles = ["ingest", "analytics", "alerts"] as const;
  done = (await startRoles({ roles, stores, settings, logger, signal: stop.signal })).done;
  const site = { siteId: "plant-a", name: "A", kind: "wwtp", timeZone: "Asia/Shanghai" } as const;
  await stores.records.sites.save(site, new Date().toISOString());
}

/** One reading, as a gateway sends it. */
const send = (value: number) =>
  publishAll(stores.log, "sampler-readings", [
    readingsMessage("plant-a", [
      {
        ...{ siteId: "plant-a", deviceId: "d", time: "2026-05-04T08:00:00Z", quantity: "flow" },
        ...{ value, unit: "m3/d", status: "ok" },
      },
    ]),
  ]);

beforeAll(start);
afterAll(async () => {
  stop.abort();
  await done;
  await stores.close();
  rmSync(dataDir, { recursive: true, force: true });
});

it("without an SDK a message has no header of ours beside its schema", async () => {
  const headers: Record<string, string>[] = [];
  const end = new AbortController();
  const following = stores.log.subscribe(
    { topic: "sampler-readings", group: "test", messagesMax: 10, signal: end.signal },
    async ({ messages }) => {
      headers.push(...messages.map((message) => message.headers));
    },
  );
  await send(40_000);
  await until(() => headers.length === 1);
  end.abort();
  await following;
  expect(Object.keys(headers[0] as object)).toEqual(["schema"]);
});

it("a trace goes from what was sent to what was judged, through both topics", async () => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  trace.setGlobalTracerProvider(new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] }));
  await send(45_000);
  // Other changes may be on their way in traces of their own: this one is followed from span to span.
  const whole = () => {
    const [taken] = spansOf("process sampler-readings");
    const told = spansOf("publish series-changes").find((span) => traceOf(span) === traceOf(taken));
    const heard = spansOf("process series-changes").find((span) => linkedTraces(span).includes(traceOf(told)));
    return { taken, stored: childOf(taken, "store"), judged: childOf(heard, "judge") };
  };
  await until(() => whole().judged !== undefined);
  const { taken, stored, judged } = whole();
  const [sent] = spansOf("publish sampler-readings");
  expect(taken?.links.map(({ context: { spanId } }) => spanId)).toEqual([sent?.spanContext().spanId]);
  expect(stored?.attributes).toMatchObject({ "sewertrace.readings": 1, "sewertrace.refused": 0 });
  expect(judged?.attributes["sewertrace.plant"]).toBe("plant-a");
});

it("an attempt to deliver is one, with what it was about", async () => {
  const [createdAt, messageId] = [new Date().toISOString(), "m-1"];
  await stores.records.webhooks.save(endpointOf("w-1", { url: "http://127.0.0.1:9/" }), "whsec_c2VjcmV0");
  const payload = { type: "webhook.test", data: {} };
  await stores.records.outbox.enqueue(
    { messageId, event: "webhook.test", subject: "w-1", payload, createdAt },
    endpointOf("w-1"),
  );
  await until(() => spansOf("deliver").length > 0);
  expect(spansOf("deliver")[0]?.attributes).toMatchObject({
    ...{ "sewertrace.endpoint": "w-1", "sewertrace.event": "webhook.test", "sewertrace.attempt": 1 },
  });
});

it("what fails is marked, and fails", async () => {
  await expect(inSpan("failing", {}, () => Promise.reject(new Error("away")))).rejects.toThrow("away");
  expect(spansOf("failing")[0]).toMatchObject({ status: { code: SpanStatusCode.ERROR }, ended: true });
});
