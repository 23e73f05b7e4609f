import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { besideThis, cached, requireTools, run, say } from "./cache.ts";
import { type Engine, freePorts, scratchFolder, startNative } from "./processes.ts";

export const KAFKA_VERSION = /<kafka.version>(.*?)</.exec(readFileSync(besideThis("pom.xml"), "utf8"))![1]!;

export interface KafkaEngine extends Engine {
  /** `host:port` */
  broker: string;
}

export interface KafkaCluster {
  brokers: string[];
  /** The broker with id n is at n - 1. */
  nodes: KafkaEngine[];
  stop(): Promise<void>;
}

/** What a secured broker needs beside the usual. */
export interface KafkaSecurity {
  /** Properties of the server; `{port}` and `{controllerPort}` in their values are replaced. */
  properties: Record<string, string>;
  /** SCRAM users, as the storage tool takes them: `SCRAM-SHA-256=[name=…,password=…]`. */
  scramUsers: string[];
}

/** Kafka in KRaft mode, one node that is broker and controller. */
export async function startKafka(security: KafkaSecurity = { properties: {}, scramUsers: [] }): Promise<KafkaEngine> {
  const { nodes } = await startNodes(1, security);
  return nodes[0]!;
}

/** Kafka in KRaft mode, each node broker and controller; topics with three replicas survive the loss of one. */
export async function startKafkaCluster(count: number): Promise<KafkaCluster> {
  return startNodes(count, { properties: {}, scramUsers: [] });
}

async function startNodes(count: number, security: KafkaSecurity): Promise<KafkaCluster> {
  const libs = await fetchKafka();
  const ports = await freePorts(2 * count);
  const plans = Array.from({ length: count }, (_, at) => ({
    id: at + 1,
    port: ports[2 * at]!,
    controllerPort: ports[2 * at + 1]!,
  }));
  const voters = plans.map(({ id, controllerPort }) => `${id}@127.0.0.1:${controllerPort}`).join(",");
  const nodes = await Promise.all(plans.map((plan) => startNode(libs, plan, { voters, count, security })));
  return {
    brokers: nodes.map(({ broker }) => broker),
    nodes,
    stop: async () => void (await Promise.all(nodes.map((node) => node.stop()))),
  };
}

interface NodePlan {
  id: number;
  port: number;
  controllerPort: number;
}

async function startNode(
  libs: string,
  { id, port, controllerPort }: NodePlan,
  { voters, count, security }: { voters: string; count: number; security: KafkaSecurity },
): Promise<KafkaEngine> {
  const folder = join(scratchFolder(), `kafka-${port}`);
  mkdirSync(folder);
  const replicas = String(Math.min(count, 3));
  const properties: Record<string, string> = {
    "process.roles": "broker,controller",
    "node.id": String(id),
    "controller.quorum.voters": voters,
    "controller.listener.names": "CONTROLLER",
    listeners: `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}`,
    "advertised.listeners": `PLAINTEXT://127.0.0.1:${port}`,
    "listener.security.protocol.map": "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT",
    "log.dirs": join(folder, "data"),
    "auto.create.topics.enable": "false",
    "default.replication.factor": replicas,
    "offsets.topic.replication.factor": replicas,
    "offsets.topic.num.partitions": "4",
    "transaction.state.log.replication.factor": replicas,
    "transaction.state.log.min.isr": "1",
    "share.coordinator.state.topic.replication.factor": replicas,
    "share.coordinator.state.topic.min.isr": "1",
    "group.initial.rebalance.delay.ms": "0",
    "group.min.session.timeout.ms": "1000",
    // A broker that was killed is missed soon, and may come back soon: 3.5 s instead of 11.6 s.
    "broker.session.timeout.ms": "2000",
    "broker.heartbeat.interval.ms": "400",
    "log.cleaner.dedupe.buffer.size": "16777216",
    ...security.properties,
  };
  const lines = Object.entries(properties).map(
    ([name, value]) =>
      `${name}=${value.replaceAll("{port}", String(port)).replaceAll("{controllerPort}", String(controllerPort))}`,
  );
  writeFileSync(join(folder, "server.properties"), `${lines.join("\n")}\n`);
  writeFileSync(join(folder, "log4j2.properties"), LOGGING);
  const java = (main: string, ...args: string[]) => [...JVM, "-cp", `${libs}/*`, main, ...args];
  const users = security.scramUsers.flatMap((user) => ["--add-scram", user]);
  await run("java", java("kafka.tools.StorageTool", "format", "-t", CLUSTER_ID, "-c", "server.properties", ...users), {
    cwd: folder,
  });
  const engine = await startNative({
    name: count === 1 ? "Kafka" : `Kafka node ${id}`,
    version: KAFKA_VERSION,
    command: "java",
    args: java("kafka.Kafka", "server.properties"),
    folder,
    stopSignal: "SIGTERM",
    ready: (output) => output.includes("Kafka Server started"),
  });
  return { ...engine, broker: `127.0.0.1:${port}` };
}

const CLUSTER_ID = "5L6g3nShT-eMCtK--X86sw";
const JVM = [
  "-Xmx256m",
  "-Xms64m",
  "-XX:+UseSerialGC",
  "-XX:TieredStopAtLevel=1",
  "-Xshare:auto",
  "-Xss512k",
  "-Dlog4j2.configurationFile=file:log4j2.properties",
];
const LOGGING = `
status = error
appender.out.type = Console
appender.out.name = out
appender.out.layout.type = PatternLayout
appender.out.layout.pattern = %d{HH:mm:ss.SSS} %p %m (%c)%n
rootLogger.level = info
rootLogger.appenderRef.out.ref = out
`;

async function fetchKafka(): Promise<string> {
  requireTools(`Kafka ${KAFKA_VERSION}`, { java: "apt-get install default-jre-headless" });
  const folder = await cached(`kafka-${KAFKA_VERSION}`, ["pom.xml"], async (filling) => {
    requireTools(`Kafka ${KAFKA_VERSION}`, { mvn: "apt-get install maven" });
    say(`fetching Kafka ${KAFKA_VERSION} from Maven Central, 44 MiB, once`);
    const libs = `-DoutputDirectory=${join(filling, "libs")}`;
    await run("mvn", [
      "-B",
      "-ntp",
      "-q",
      "-f",
      besideThis("pom.xml"),
      "dependency:copy-dependencies",
      "-DincludeScope=runtime",
      libs,
    ]);
  });
  return join(folder, "libs");
}
