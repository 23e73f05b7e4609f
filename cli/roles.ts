import type { Logger } from "pino";
import { collectDefaultMetrics, Registry } from "prom-client";
import { runKeeper } from "../alerts/keepLeads.ts";
import { alertMetrics } from "../alerts/metrics.ts";
import { runAlerts } from "../alerts/worker.ts";
import { runPoolLearning } from "../analytics/worker/learnPools.ts";
import { readActiveMethods } from "../analytics/worker/methods.ts";
import { analyticsMetrics } from "../analytics/worker/metrics.ts";
import { runAnalytics } from "../analytics/worker/worker.ts";
import { buildApi } from "../api/app.ts";
import { buildProbe } from "../api/probe.ts";
import { ingestMetrics } from "../ingest/metrics.ts";
import { runIngest } from "../ingest/worker.ts";
import type { Environment } from "../schemas/config.ts";
import { CommandError, exit } from "./exitCodes.ts";
import type { Stores } from "./stores.ts";

export const ROLES = ["ingest", "analytics", "alerts", "api"] as const;
export type Role = (typeof ROLES)[number];

export interface RoleOptions {
  roles: readonly Role[];
  stores: Stores;
  settings: Environment;
  logger: Logger;
  signal: AbortSignal;
}

/**
 * Starts the roles over the same stores. When one fails, all end and `done` rejects: a supervisor starts the process anew.
 * @returns the address listened on, and a promise that resolves when every role has ended after the signal
 */
export async function startRoles({
  roles,
  stores,
  settings,
  logger,
  signal,
}: RoleOptions): Promise<{ address: string; done: Promise<void> }> {
  await refuseUnknownProfiles(stores, settings);
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const now = () => new Date();
  const failed = new AbortController();
  const stop = AbortSignal.any([signal, failed.signal]);
  const ports = { log: stores.log, series: stores.series, records: stores.records, settings, registry, now, ending: stop };
  const app = roles.includes("api")
    ? await buildApi({ ...ports, logger: logger.child({ role: "api" }) })
    : await buildProbe({ ...ports, logger: logger.child({ role: "probe" }) });
  const address = await listen(app, settings);
  const loops: Record<Exclude<Role, "api">, () => Promise<void>> = {
    ingest: () => runIngest({ ...ports, logger: logger.child({ role: "ingest" }), metrics: ingestMetrics(registry) }, stop),
    analytics: async () => {
      const own = { ...ports, logger: logger.child({ role: "analytics" }), metrics: analyticsMetrics(registry) };
      await Promise.all([runAnalytics(own, stop), runPoolLearning(own, stop)]);
    },
    alerts: async () => {
      const own = { ...ports, logger: logger.child({ role: "alerts" }) };
      await Promise.all([runAlerts({ ...own, metrics: alertMetrics(registry, ports.records, now) }, stop), runKeeper(own, stop)]);
    },
  };
  const running = roles
    .filter((role) => role !== "api")
    .map((role) =>
      loops[role]().catch((error: unknown) => {
        if (stop.aborted) return;
        logger.fatal({ err: error, role }, "a role ended");
        failed.abort(error);
      }),
    );
  const ended = new Promise<void>((resolve) => stop.addEventListener("abort", () => resolve(), { once: true }));
  const done = ended
    .then(() => Promise.all(running))
    .then(() => app.close())
    .then(() => failed.signal.aborted && Promise.reject(failed.signal.reason))
    .then(() => undefined);
  return { address, done };
}

/** Before anything runs: a profile that nobody knows would stop the analytics at its first plant. */
async function refuseUnknownProfiles({ records }: Stores, settings: Environment): Promise<void> {
  try {
    await readActiveMethods(records, settings);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new CommandError(`SEWERTRACE_PROFILES: ${error.message}`, exit.usage, { cause: error });
  }
}

async function listen(
  app: Awaited<ReturnType<typeof buildApi>>,
  { SEWERTRACE_HOST: host, SEWERTRACE_PORT: port }: Environment,
): Promise<string> {
  try {
    return await app.listen({ host, port });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE") throw error;
    const message = `port ${port} on ${host} is taken: set SEWERTRACE_PORT to a free one, or end the program that holds it`;
    throw new CommandError(message, exit.network, { cause: error });
  }
}
