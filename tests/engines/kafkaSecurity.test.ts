import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { afterAll, beforeAll, expect, it, onTestFinished } from "vitest";
import { type KafkaSettings, openKafkaLog } from "../../store/log/kafka.ts";
import type { Log } from "../../store/log/log.ts";
import { receive } from "../store/log/contract.ts";
import { type KafkaEngine, startKafka } from "./kafka.ts";

// A broker of this file's own that takes only TLS with SASL, its certificate signed by an authority that no system knows.
const folder = mkdtempSync(join(tmpdir(), "sewertrace-tls-"));
afterAll(() => rmSync(folder, { recursive: true }));

let kafka: KafkaEngine;
let ca: string;
beforeAll(async () => {
  ca = makeCertificates();
  kafka = await startKafka({
    properties: {
      listeners: "SECURED://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controllerPort}",
      "advertised.listeners": "SECURED://127.0.0.1:{port}",
      "listener.security.protocol.map": "CONTROLLER:PLAINTEXT,SECURED:SASL_SSL",
      "inter.broker.listener.name": "SECURED",
      "sasl.mechanism.inter.broker.protocol": "PLAIN",
      "sasl.enabled.mechanisms": "PLAIN,SCRAM-SHA-256,SCRAM-SHA-512",
      "listener.name.secured.plain.sasl.jaas.config":
        'org.apache.kafka.common.security.plain.PlainLoginModule required username="broker" password="b" user_broker="b" user_plainuser="plain-secret";',
      "listener.name.secured.scram-sha-256.sasl.jaas.config": "org.apache.kafka.common.security.scram.ScramLoginModule required;",
      "listener.name.secured.scram-sha-512.sasl.jaas.config": "org.apache.kafka.common.security.scram.ScramLoginModule required;",
      "ssl.keystore.type": "PEM",
      "ssl.keystore.location": join(folder, "broker.pem"),
      "ssl.truststore.type": "PEM",
      "ssl.truststore.location": join(folder, "ca.crt"),
    },
    scramUsers: ["SCRAM-SHA-256=[name=scramuser,password=scram-secret]", "SCRAM-SHA-512=[name=scramuser,password=scram-secret]"],
  });
  return kafka.stop;
});

const plain = { mechanism: "plain", username: "plainuser", password: "plain-secret" } as const;
const scram = (mechanism: "scram-sha-256" | "scram-sha-512") => ({ mechanism, username: "scramuser", password: "scram-secret" });

for (const sasl of [plain, scram("scram-sha-256"), scram("scram-sha-512")]) {
  it(`publishes and subscribes over TLS with ${sasl.mechanism}`, async () => {
    const log = openTestLog({ tls: { ca }, sasl });
    await log.publish("sampler-readings", [{ key: "a", value: "1" }]);
    const received = await receive(log, sasl.mechanism, 1);
    expect(received.map(({ value }) => Buffer.from(value!).toString())[0]).toBe("1");
  });
}

it("a wrong password is an error that says so", async () => {
  const log = openTestLog({ tls: { ca }, sasl: { ...scram("scram-sha-256"), password: "wrong" } });
  await expect(log.check()).rejects.toThrow(/authentication/i);
});

it("a broker whose certificate no known authority has signed is not talked to", async () => {
  const log = openTestLog({ tls: {}, sasl: plain });
  await expect(log.check()).rejects.toThrow(/certificate/i);
});

function openTestLog(more: Partial<KafkaSettings>): Log {
  const logger = pino({ level: process.env["LOG_LEVEL"] ?? "silent" });
  const log = openKafkaLog({
    brokers: [kafka.broker],
    topicPrefix: "secured.",
    partitions: 2,
    replicationFactor: 1,
    logger,
    ...more,
  });
  onTestFinished(() => log.close());
  return log;
}

/** An authority and a broker's key with its certificate; returns the authority's. */
function makeCertificates(): string {
  const openssl = (...args: string[]) => execFileSync("openssl", args, { cwd: folder, stdio: "pipe" });
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  openssl("req", "-x509", ...key, "-keyout", "ca.key", "-out", "ca.crt", "-days", "2", "-subj", "/CN=authority of the tests");
  openssl("req", ...key, "-keyout", "broker.key", "-out", "broker.csr", "-subj", "/CN=broker");
  writeFileSync(join(folder, "names"), "subjectAltName=IP:127.0.0.1,DNS:localhost\n");
  const signed = ["-CA", "ca.crt", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2", "-extfile", "names"];
  openssl("x509", "-req", "-in", "broker.csr", "-out", "broker.crt", ...signed);
  const read = (name: string) => readFileSync(join(folder, name), "utf8");
  writeFileSync(join(folder, "broker.pem"), read("broker.key") + read("broker.crt"));
  return read("ca.crt");
}
