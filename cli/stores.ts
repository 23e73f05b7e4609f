import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Logger } from "pino";
import type { Environment } from "../schemas/config.ts";
import { type EmbeddedFile, openEmbeddedFile } from "../store/embedded.ts";
import { openEmbeddedLog } from "../store/log/embedded.ts";
import { openKafkaLog } from "../store/log/kafka.ts";
import type { Log } from "../store/log/log.ts";
import { withSpans } from "../store/log/spans.ts";
import { openEmbeddedRecords, openPostgresRecords } from "../store/records/open.ts";
import type { Records } from "../store/records/records.ts";
import { announcedSeries } from "../store/series/announced.ts";
import { openEmbeddedSeries } from "../store/series/embedded.ts";
import { openInfluxSeries } from "../store/series/influx.ts";
import type { Series } from "../store/series/series.ts";
import { CommandError, exit } from "./exitCodes.ts";

export interface Stores {
  log: Log;
  series: Series;
  records: Records;
  /** Which engine holds what, for people: `log: embedded (data/sewertrace.sqlite)`. */
  engines: Record<"log" | "series" | "records", string>;
  close(): Promise<void>;
}

/** Opens the three stores, each in the engine its setting names, else in the embedded file of the data folder. */
export async function openStores(settings: Environment, logger: Logger): Promise<Stores> {
  const path = join(settings.SEWERTRACE_DATA_DIR, "sewertrace.sqlite");
  const { SEWERTRACE_KAFKA_BROKERS: brokers, SEWERTRACE_INFLUX_URL: influx, SEWERTRACE_POSTGRES_URL: postgres } = settings;
  const file = brokers && influx && postgres ? undefined : openEmbeddedFile(path);
  const embedded = `embedded (${path})`;
  const records = postgres
    ? await openPostgresRecords({ url: postgres, schema: settings.SEWERTRACE_POSTGRES_SCHEMA }).catch((cause: unknown) => {
        throw new CommandError(
          `PostgreSQL at ${new URL(postgres).host} did not open: start it, or correct SEWERTRACE_POSTGRES_URL`,
          exit.network,
          { cause },
        );
      })
    : await openEmbeddedRecords(file as EmbeddedFile);
  const engine = influx ? openInfluxSeries(influxSettings(settings, influx)) : openEmbeddedSeries(file as EmbeddedFile);
  const series = announcedSeries(engine, records.seriesChanges);
  const log = withSpans(
    brokers ? await openKafkaLog(kafkaSettings(settings, brokers, logger)) : openEmbeddedLog(file as EmbeddedFile),
  );
  return {
    log,
    series,
    records,
    engines: {
      log: brokers ? `Kafka (${brokers.join(", ")})` : embedded,
      series: influx ? `InfluxDB 2 (${influx})` : embedded,
      records: postgres ? "PostgreSQL" : embedded,
    },
    async close() {
      await log.close();
      await series.close();
      await records.close();
      await file?.close();
    },
  };
}

function influxSettings(settings: Environment, url: string) {
  if (!settings.SEWERTRACE_INFLUX_TOKEN) {
    throw new CommandError("SEWERTRACE_INFLUX_URL is set, so SEWERTRACE_INFLUX_TOKEN must be set too", exit.usage);
  }
  const { SEWERTRACE_INFLUX_TOKEN: token, SEWERTRACE_INFLUX_ORG: org, SEWERTRACE_INFLUX_BUCKET: bucket } = settings;
  return { url, token, org, bucket };
}

function kafkaSettings(settings: Environment, brokers: string[], logger: Logger) {
  const file = (path: string | undefined) => (path === undefined ? undefined : readFileSync(path, "utf8"));
  const {
    SEWERTRACE_KAFKA_SASL_MECHANISM: mechanism,
    SEWERTRACE_KAFKA_USERNAME: username,
    SEWERTRACE_KAFKA_PASSWORD: password,
  } = settings;
  if (mechanism && !(username && password)) {
    throw new CommandError(
      "SEWERTRACE_KAFKA_SASL_MECHANISM needs SEWERTRACE_KAFKA_USERNAME and SEWERTRACE_KAFKA_PASSWORD",
      exit.usage,
    );
  }
  return {
    brokers,
    logger,
    topicPrefix: settings.SEWERTRACE_TOPIC_PREFIX,
    partitions: settings.SEWERTRACE_KAFKA_PARTITIONS,
    replicationFactor: settings.SEWERTRACE_KAFKA_REPLICATION,
    tls: settings.SEWERTRACE_KAFKA_TLS
      ? {
          ca: file(settings.SEWERTRACE_KAFKA_CA_FILE),
          cert: file(settings.SEWERTRACE_KAFKA_CERT_FILE),
          key: file(settings.SEWERTRACE_KAFKA_KEY_FILE),
        }
      : undefined,
    sasl: mechanism && username && password ? { mechanism, username, password } : undefined,
  };
}
