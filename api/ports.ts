import type { FastifyBaseLogger } from "fastify";
import type { Registry } from "prom-client";
import type { Environment } from "../schemas/config.ts";
import type { Log } from "../store/log/log.ts";
import type { Records } from "../store/records/records.ts";
import type { Series } from "../store/series/series.ts";

/** What the routes are given; the API keeps no state of its own. */
export interface ApiPorts {
  log: Log;
  series: Series;
  records: Records;
  settings: Environment;
  registry: Registry;
  logger: FastifyBaseLogger;
  now: () => Date;
  /** Aborted when the process has been told to end: it finishes its work and wants no new. */
  ending?: AbortSignal;
}
