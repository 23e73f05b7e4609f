import { parseArgs } from "node:util";
import { pino } from "pino";
import { endSoon } from "./endSoon.ts";
import { CommandError, exit } from "./exitCodes.ts";
import { ROLES, type Role, startRoles } from "./roles.ts";
import { readSettings } from "./settings.ts";
import { openStores } from "./stores.ts";

export const command = {
  name: "serve",
  summary: "run the pipeline: ingest, analytics, alerts and the API, or some of them",
  usage: `usage: sewertrace serve [--roles ${ROLES.join(",")}]

Settings come from the environment; \`sewertrace config\` prints them. SIGTERM and SIGINT end it after the work in progress.`,
};

export async function run(argv: readonly string[]): Promise<number> {
  const { values } = parseArgs({ args: [...argv], options: { roles: { type: "string", default: ROLES.join(",") } } });
  const roles = values.roles.split(",").map((name) => toRole(name.trim()));
  const settings = readSettings();
  const logger = pino({ level: settings.SEWERTRACE_LOG_LEVEL, redact: ["req.headers.authorization", "req.headers.cookie"] });
  const stores = await openStores(settings, logger);
  const stop = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => stop.abort());
  logger.info({ roles, engines: stores.engines }, "starting");
  try {
    const running = await startRoles({ roles, stores, settings, logger, signal: stop.signal });
    if (running.address) logger.info({ address: running.address }, "listening");
    await running.done.catch((cause: Error) => {
      if (!cause.name.startsWith("KafkaJS")) throw cause;
      throw new CommandError(
        `Kafka at ${settings.SEWERTRACE_KAFKA_BROKERS} does not answer: start it, or correct SEWERTRACE_KAFKA_BROKERS`,
        exit.network,
        { cause },
      );
    });
  } finally {
    await stores.close();
  }
  endSoon();
  return exit.ok;
}

function toRole(name: string): Role {
  const role = ROLES.find((known) => known === name);
  if (!role) throw new CommandError(`there is no role "${name}"; roles are ${ROLES.join(", ")}`, exit.usage);
  return role;
}
