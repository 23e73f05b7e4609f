import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { running, until } from "../alerts/running.ts";
import { freePort } from "../browser/world.ts";
import { AT, anomalyOf } from "../store/records/nouns.ts";
import { cached, requireTools, run } from "./cache.ts";

// A real Alertmanager, built from the Go module proxy and kept like the engines.
const VERSION = "0.28.1";

/** What an Alertmanager says of an alert it holds. */
interface Held {
  labels: Record<string, string>;
  annotations: Record<string, string>;
  endsAt: string;
  status: { state: string };
}

async function alertmanager(): Promise<{ url: string; active: () => Promise<Held[]> }> {
  const built = await cached(`alertmanager-${VERSION}`, [], async (place) => {
    requireTools("Alertmanager", { go: "Go 1.23 or newer" });
    const env = { ...process.env, GOBIN: place, GOFLAGS: "-mod=mod" };
    await run("go", ["install", `github.com/prometheus/alertmanager/cmd/alertmanager@v${VERSION}`], { env });
  });
  const [folder, port] = [mkdtempSync(join(tmpdir(), "sewertrace-alertmanager-")), await freePort()];
  writeFileSync(join(folder, "config.yml"), "route: { receiver: nobody }\nreceivers: [{ name: nobody }]\n");
  const options = [`--web.listen-address=127.0.0.1:${port}`, "--cluster.listen-address=", `--storage.path=${folder}`];
  const child = spawn(join(built, "alertmanager"), [`--config.file=${join(folder, "config.yml")}`, ...options], {
    stdio: "ignore",
  });
  onTestFinished(async () => {
    if (child.exitCode === null) {
      child.kill();
      await once(child, "exit");
    }
    rmSync(folder, { recursive: true });
  });
  const url = `http://127.0.0.1:${port}/api/v2/alerts`;
  await until(() =>
    fetch(`http://127.0.0.1:${port}/-/ready`).then(
      ({ ok }) => ok,
      () => false,
    ),
  );
  return { url, active: async () => (await (await fetch(`${url}?active=true`)).json()) as Held[] };
}

it("a real Alertmanager takes the alerts, tells a group's members apart, and ends what is withdrawn", async (context) => {
  const { url, active } = await alertmanager();
  const { endpoint, tell, records, pass, deliveries } = await running(context, () => undefined);
  await endpoint("am", { url, format: "alertmanager", groupMinutes: 1 });
  for (const siteId of ["p1", "p2"])
    await records.sites.save({ siteId, name: siteId, kind: "wwtp", timeZone: "UTC", region: "East" }, AT);
  const message = (siteId: string, event: "anomaly.raised" | "anomaly.retracted") => {
    const data = anomalyOf("2026-05-04", { anomalyId: `anomaly-${siteId}`, siteId });
    return { event, subject: data.anomalyId, payload: { type: event, data } };
  };
  for (const siteId of ["p1", "p2"]) await tell(`m-${siteId}`, "", message(siteId, "anomaly.raised"));
  await until(async () => (await records.outbox.unrouted(1)).length === 0);
  pass(60_000);
  const held = await until(async () => {
    const alerts = await active();
    return alerts.length === 2 && alerts;
  });
  const labels = { alertname: "SewertraceAnomaly", region: "East", analyte: "mdma" };
  expect(held.map((alert) => alert.labels).toSorted((a, b) => (a["site"]! < b["site"]! ? -1 : 1))).toEqual([
    { ...labels, subject: "anomaly-p1", site: "p1" },
    { ...labels, subject: "anomaly-p2", site: "p2" },
  ]);
  expect(held.every(({ status, endsAt }) => status.state !== "suppressed" && Date.parse(endsAt) > Date.now() + 86_400_000)).toBe(
    true,
  );
  await tell("m-3", "", message("p1", "anomaly.retracted"));
  const left = await until(async () => {
    const alerts = await active();
    return alerts.length === 1 && alerts;
  });
  expect(left[0]?.labels["site"]).toBe("p2");
  expect((await deliveries("am")).filter(({ state }) => state === "failed")).toEqual([]);
}, 600_000); // the first time it is built
