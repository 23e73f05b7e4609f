import { say } from "./cache.ts";
import { dockerAnswers, startInContainers } from "./docker.ts";
import { type InfluxEngine, startInflux } from "./influx.ts";
import { type KafkaEngine, startKafka } from "./kafka.ts";
import { type PostgresEngine, startPostgres } from "./postgres.ts";

/** Where the engines are, as plain values that travel to test workers. */
export interface EngineAddresses {
  kafka: { brokers: string[] };
  influx: { url: string; token: string; org: string };
  postgres: { url: string };
}

export interface Engines {
  kafka: KafkaEngine;
  influx: InfluxEngine;
  postgres: PostgresEngine;
  addresses: EngineAddresses;
  stop(): Promise<void>;
}

/**
 * Real Kafka, InfluxDB 2 and PostgreSQL: in containers where a Docker engine answers, else as processes of this machine.
 * @throws when any of them cannot start: the others are stopped, and nothing is skipped
 */
export async function startEngines(): Promise<Engines> {
  const startedMs = performance.now();
  const inContainers = await dockerAnswers();
  const begun = inContainers ? startInContainers() : { kafka: startKafka(), influx: startInflux(), postgres: startPostgres() };
  const results = await Promise.allSettled([begun.kafka, begun.influx, begun.postgres]);
  const failures = results.flatMap((result) => (result.status === "rejected" ? [result.reason as Error] : []));
  if (failures.length > 0) {
    await Promise.all(results.map((result) => (result.status === "fulfilled" ? result.value.stop() : undefined)));
    throw new Error(`the engines could not start:\n${failures.map((error) => `- ${error.message}`).join("\n")}`, {
      cause: failures[0],
    });
  }
  const [kafka, influx, postgres] = [await begun.kafka, await begun.influx, await begun.postgres];
  const list = [kafka, influx, postgres].map(({ name, version }) => `${name} ${version}`).join(", ");
  const seconds = ((performance.now() - startedMs) / 1_000).toFixed(1);
  say(`${list} ${inContainers ? "in containers" : "as processes of this machine"}, started in ${seconds} s`);
  return {
    kafka,
    influx,
    postgres,
    addresses: {
      kafka: { brokers: [kafka.broker] },
      influx: { url: influx.url, token: influx.token, org: influx.org },
      postgres: { url: postgres.url },
    },
    stop: async () => void (await Promise.all([kafka, influx, postgres].map((engine) => engine.stop()))),
  };
}

/** The settings under which `sewertrace` uses these engines. */
export function environmentOf({ kafka, influx, postgres }: EngineAddresses): Record<string, string> {
  return {
    SEWERTRACE_KAFKA_BROKERS: kafka.brokers.join(","),
    SEWERTRACE_INFLUX_URL: influx.url,
    SEWERTRACE_INFLUX_TOKEN: influx.token,
    SEWERTRACE_INFLUX_ORG: influx.org,
    SEWERTRACE_INFLUX_BUCKET: "sewertrace",
    SEWERTRACE_POSTGRES_URL: postgres.url,
  };
}
