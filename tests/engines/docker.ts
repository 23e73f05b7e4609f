import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { GenericContainer, type StartedTestContainer, Wait } from "testcontainers";
import { INFLUX_VERSION, type InfluxEngine, setUpInflux } from "./influx.ts";
import { KAFKA_VERSION, type KafkaEngine } from "./kafka.ts";
import type { PostgresEngine } from "./postgres.ts";
import { type Engine, freePorts } from "./processes.ts";

const execute = promisify(execFile);
const docker = (args: string[], options: { timeout?: number } = {}) => execute("docker", args, options);
const POSTGRES_VERSION = "15";

/** Whether a Docker engine answers; the client alone does not help. */
export async function dockerAnswers(): Promise<boolean> {
  return docker(["info", "--format", "{{.ServerVersion}}"], { timeout: 5_000 }).then(
    ({ stdout }) => String(stdout).trim() !== "",
    () => false,
  );
}

/** The same engines in containers, on fixed ports, so that they come back to the same address after a kill. */
export function startInContainers() {
  return { kafka: startKafkaContainer(), influx: startInfluxContainer(), postgres: startPostgresContainer() };
}

async function startKafkaContainer(): Promise<KafkaEngine> {
  const [port] = (await freePorts(1)) as [number];
  const container = await new GenericContainer(`apache/kafka:${KAFKA_VERSION}`)
    .withExposedPorts({ container: port, host: port })
    .withEnvironment({
      KAFKA_PROCESS_ROLES: "broker,controller",
      KAFKA_NODE_ID: "1",
      KAFKA_CONTROLLER_QUORUM_VOTERS: "1@localhost:9093",
      KAFKA_CONTROLLER_LISTENER_NAMES: "CONTROLLER",
      KAFKA_LISTENERS: `PLAINTEXT://0.0.0.0:${port},CONTROLLER://localhost:9093`,
      KAFKA_ADVERTISED_LISTENERS: `PLAINTEXT://127.0.0.1:${port}`,
      KAFKA_LISTENER_SECURITY_PROTOCOL_MAP: "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT",
      KAFKA_AUTO_CREATE_TOPICS_ENABLE: "false",
      KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR: "1",
      KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR: "1",
      KAFKA_TRANSACTION_STATE_LOG_MIN_ISR: "1",
      KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS: "0",
      KAFKA_GROUP_MIN_SESSION_TIMEOUT_MS: "1000",
    })
    .withWaitStrategy(Wait.forLogMessage(/Kafka Server started/))
    .start();
  return { ...engineOf("Kafka", KAFKA_VERSION, container), broker: `127.0.0.1:${port}` };
}

async function startInfluxContainer(): Promise<InfluxEngine> {
  const [port] = (await freePorts(1)) as [number];
  const container = await new GenericContainer(`influxdb:${INFLUX_VERSION}`)
    .withExposedPorts({ container: 8086, host: port })
    .withWaitStrategy(Wait.forHttp("/health", 8086))
    .start();
  const url = `http://127.0.0.1:${port}`;
  return { ...engineOf("InfluxDB", INFLUX_VERSION, container), url, ...(await setUpInflux(url)) };
}

async function startPostgresContainer(): Promise<PostgresEngine> {
  const [port] = (await freePorts(1)) as [number];
  const container = await new GenericContainer(`postgres:${POSTGRES_VERSION}`)
    .withExposedPorts({ container: 5432, host: port })
    .withEnvironment({ POSTGRES_HOST_AUTH_METHOD: "trust" })
    .withWaitStrategy(Wait.forLogMessage(/ready to accept connections/, 2)) // the first time it is still setting itself up
    .start();
  return { ...engineOf("PostgreSQL", POSTGRES_VERSION, container), url: `postgres://postgres@127.0.0.1:${port}/postgres` };
}

function engineOf(name: string, version: string, container: StartedTestContainer): Engine {
  const command = async (verb: string) => void (await docker([verb, container.getId()]));
  return {
    name,
    version,
    kill: () => command("kill"),
    stop: () => command("stop"),
    start: () => command("start"),
    pause: () => command("pause"),
    resume: () => command("unpause"),
  };
}
