import type { FastifyInstance } from "fastify";
import { Gauge, Histogram, type Registry } from "prom-client";
import { LEAD_STATES } from "../../schemas/lead.ts";
import type { Records } from "../../store/records/records.ts";

/** Leads are counted one by one up to this many; more are not looked after by people. */
const LEADS_COUNTED_MAX = 10_000;

/** How long answers take, by the route's pattern: an address itself has no end of values. Streams that stay open are left out. */
export function measureRequests(app: FastifyInstance, registry: Registry): void {
  const seconds = new Histogram({
    name: "sewertrace_http_request_seconds",
    help: "Time to answer a request",
    labelNames: ["method", "route", "status"],
    buckets: [0.005, 0.02, 0.05, 0.15, 0.5, 1.5, 5, 15],
    registers: [registry],
  });
  app.addHook("onResponse", async (request, reply) => {
    const route = request.routeOptions.url ?? "none";
    if (route.endsWith("/stream")) return;
    seconds.observe({ method: request.method, route, status: String(reply.statusCode) }, reply.elapsedTime / 1_000);
  });
}

/** What the records hold that somebody must look after. Asked for at each scrape; a store that is away is `sewertrace_store_up`. */
export function pipelineMetrics(registry: Registry, records: Records): void {
  const registers = [registry];
  new Gauge({
    name: "sewertrace_dead_letters_open",
    help: "Items refused and neither mended nor dismissed, by code",
    labelNames: ["code"],
    registers,
    async collect() {
      const open = await records.deadLetters.countOpen().catch(() => undefined);
      if (!open) return;
      this.reset();
      for (const [code, count] of Object.entries(open)) this.set({ code }, count);
    },
  });
  new Gauge({
    name: "sewertrace_anomalies_open",
    help: "Anomalies nobody has decided on",
    registers,
    async collect() {
      const open = await records.anomalies.countOpen("").catch(() => undefined);
      if (open) this.set(Object.values(open).reduce((sum, count) => sum + count, 0));
    },
  });
  new Gauge({
    name: "sewertrace_leads",
    help: "Leads, by state",
    labelNames: ["state"],
    registers,
    async collect() {
      const leads = await records.leads.list({ limit: LEADS_COUNTED_MAX }).catch(() => undefined);
      if (!leads) return;
      const counted = Map.groupBy(leads, ({ state }) => state);
      for (const state of LEAD_STATES) this.set({ state }, counted.get(state)?.length ?? 0);
    },
  });
}
