import fastify, { type FastifyInstance } from "fastify";
import { Gauge } from "prom-client";
import type { ApiPorts } from "./ports.ts";

/** How long a check of a store may take before it counts as away. */
const CHECK_TIMEOUT_MS = 3_000;

/** Asked every few seconds: what is not an error is no news. */
const QUIET = { schema: { hide: true }, logLevel: "warn" } as const;

/** What supervisors and Prometheus ask of every role: alive, ready, and how it goes. */
export function addProbes(app: FastifyInstance, { log, series, records, registry, ending }: ApiPorts): void {
  app.get("/health", QUIET, async () => ({ status: "ok" }));
  const check = () => {
    const checks = { log: log.check(), series: series.check(), records: records.check() };
    return Promise.all(Object.entries(checks).map(async ([name, each]) => [name, await stateOf(each)] as const));
  };
  app.get("/ready", QUIET, async (_request, reply) => {
    const answers = await check();
    const missing = answers.filter(([, state]) => state !== "ok").map(([name]) => name);
    const ready = missing.length === 0 && !ending?.aborted;
    const status = ready ? { status: "ready" } : { status: ending?.aborted ? "ending" : "not ready", missing };
    return reply.code(ready ? 200 : 503).send({ ...status, ...Object.fromEntries(answers) });
  });
  new Gauge({
    name: "sewertrace_store_up",
    help: "1 when the store answers this process, else 0",
    labelNames: ["store"],
    registers: [registry],
    async collect() {
      for (const [store, state] of await check()) this.set({ store }, state === "ok" ? 1 : 0);
    },
  });
  app.get("/metrics", QUIET, async (_request, reply) => reply.type(registry.contentType).send(await registry.metrics()));
}

async function stateOf(check: Promise<void>): Promise<string> {
  const late = new Promise<never>((_, reject) =>
    setTimeout(() => reject(new Error(`no answer within ${CHECK_TIMEOUT_MS} ms`)), CHECK_TIMEOUT_MS).unref(),
  );
  return Promise.race([check, late]).then(
    () => "ok",
    (error: Error) => error.message || error.name,
  );
}

/** The small server of a process that has no API. */
export async function buildProbe(ports: ApiPorts): Promise<FastifyInstance> {
  const app = fastify({ loggerInstance: ports.logger });
  addProbes(app, ports);
  return app as unknown as FastifyInstance;
}
