import { readFileSync } from "node:fs";
import { pino } from "pino";
import { collectDefaultMetrics, Registry } from "prom-client";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { alertMetrics } from "../../alerts/metrics.ts";
import { analyticsMetrics } from "../../analytics/worker/metrics.ts";
import { lagMetric } from "../../api/operations/lags.ts";
import { measureRequests, pipelineMetrics } from "../../api/operations/metrics.ts";
import { buildProbe } from "../../api/probe.ts";
import { ingestMetrics } from "../../ingest/metrics.ts";
import { environment } from "../../schemas/config.ts";
import { openWorld, type World } from "../api/world.ts";

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");
const rules = read("deploy/prometheus/sewertrace.rules.yml");
const dashboard = JSON.parse(read("deploy/grafana/dashboards/operation.json")) as Dashboard;

interface Dashboard {
  uid: string;
  panels: { id: number; title: string; type: string; datasource?: { uid: string }; targets?: { expr: string }[] }[];
}

/** By name: the labels of every metric that any role tells. */
const known = new Map<string, ReadonlySet<string>>();
let world: World;
beforeAll(async () => {
  world = await openWorld();
  const { log, series, records } = world;
  const [registry, now] = [new Registry(), () => new Date()];
  const ports = { log, series, records, registry, now, settings: environment.parse({}), logger: pino({ level: "silent" }) };
  collectDefaultMetrics({ register: registry });
  ingestMetrics(registry);
  analyticsMetrics(registry);
  alertMetrics(registry, records, now);
  lagMetric(registry, log);
  pipelineMetrics(registry, records);
  const probe = await buildProbe(ports); // adds those that every process has
  measureRequests(probe, registry);
  await probe.close();
  // what a metric without values so far is labelled with is in the metric only, which its type leaves out
  const metrics = registry.getMetricsAsArray() as unknown as { name: string; labelNames: string[] }[];
  for (const { name, labelNames } of metrics) known.set(name, new Set(labelNames));
});
afterAll(() => world.close());

const TARGET_LABELS = ["le", "job", "instance", "alertname", "alertstate"];

/** Names and labels that a query asks for. */
function asked(expr: string): { names: string[]; labels: string[] } {
  const names = [...expr.matchAll(/\b(?:sewertrace|process|nodejs)_\w+/g)].map(([name]) => name);
  const groupings = [...expr.matchAll(/\bby \(([^)]*)\)/g)].flatMap(([, list = ""]) =>
    list.split(",").map((label) => label.trim()),
  );
  const matchers = [...expr.matchAll(/\{([^}]*)\}/g)].flatMap(([, list = ""]) =>
    [...list.matchAll(/(\w+)\s*[=!]/g)].map(([, label]) => label as string),
  );
  return { names, labels: [...groupings, ...matchers] };
}

function unknown(expr: string): string[] {
  const { names, labels } = asked(expr);
  const metrics = names.map((name) => [name, known.has(name) ? name : name.replace(/_(?:bucket|count|sum)$/, "")] as const);
  const labelled = (metric: string) => known.get(metric) ?? new Set<string>();
  const lacking = metrics.filter(([, metric]) => !known.has(metric)).map(([name]) => name);
  const has = new Set([...TARGET_LABELS, ...metrics.flatMap(([, metric]) => [...labelled(metric)])]);
  return [...lacking, ...labels.filter((label) => !has.has(label)).map((label) => `label ${label}`)];
}

const ruleExpressions = [...rules.matchAll(/^ {8}expr: (.*)$/gm)].map(([, expr]) => expr as string);
const panelExpressions = dashboard.panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));
const alerts = [...rules.matchAll(/^ {6}- alert: (\w+)$/gm)].map(([, name]) => name as string);

describe("what is looked at is told", () => {
  it("every metric and label of every alert rule is one that a role tells", () => {
    expect(ruleExpressions.length).toBe(alerts.length);
    expect(alerts.length).toBeGreaterThan(12);
    expect(ruleExpressions.flatMap((expr) => unknown(expr).map((name) => `${name} in ${expr}`))).toEqual([]);
  });

  it("every metric and label of every panel too", () => {
    expect(panelExpressions.length).toBeGreaterThan(20);
    expect(panelExpressions.flatMap((expr) => unknown(expr).map((name) => `${name} in ${expr}`))).toEqual([]);
  });

  it("a name or a label that nobody tells is found", () => {
    expect(unknown("rate(sewertrace_nothing_total[5m])")).toEqual(["sewertrace_nothing_total"]);
    expect(unknown('sum by (colour) (sewertrace_log_lag{size="1"})')).toEqual(["label colour", "label size"]);
    expect(
      unknown('histogram_quantile(0.9, sum by (le, topic) (rate(sewertrace_ingest_batch_seconds_bucket{job="x"}[5m])))'),
    ).toEqual([]);
  });

  it("every metric of ours is on the dashboard", () => {
    const shown = new Set(
      panelExpressions.flatMap((expr) =>
        asked(expr).names.map((name) => (known.has(name) ? name : name.replace(/_(?:bucket|count|sum)$/, ""))),
      ),
    );
    const ours = [...known.keys()].filter((name) => name.startsWith("sewertrace_"));
    expect(ours.length).toBeGreaterThan(15);
    expect(ours.filter((name) => !shown.has(name))).toEqual([]);
  });
});

describe("the files fit together", () => {
  it("panels have ids of their own and ask the data source that is provisioned", () => {
    const { panels } = dashboard;
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    const [, uid] = /uid: (\S+)/.exec(read("deploy/grafana/provisioning/datasources/sewertrace.yml")) ?? [];
    expect(new Set(panels.filter(({ type }) => type !== "row").map(({ datasource }) => datasource?.uid))).toEqual(new Set([uid]));
    expect(dashboard.uid).toBe("sewertrace-operation");
  });

  it("what the compose file mounts is there, and its targets are its services", () => {
    const compose = read("docker-compose.yml");
    const mounted = [...compose.matchAll(/- \.\/(deploy\/[^:]+):/g)].map(([, path]) => path as string);
    expect(mounted.length).toBe(4);
    for (const path of mounted.filter((each) => each.endsWith(".yml"))) expect(read(path).length).toBeGreaterThan(0);
    const services = [...compose.matchAll(/^ {2}(\w+):$/gm)].map(([, name]) => name as string);
    const targets = [...read("deploy/prometheus/prometheus.yml").matchAll(/"(\w+):8080"/g)].map(([, name]) => name as string);
    expect(targets.filter((name) => !services.includes(name))).toEqual([]);
    expect(targets).toEqual(["api", "ingest", "analytics", "alerts"]);
  });

  it("each alert says what to do: the manual has a heading of its name", () => {
    const manual = read("docs/operations.md");
    const headings = [...manual.matchAll(/^### (\w+)$/gm)].map(([, name]) => name as string);
    expect(headings.toSorted()).toEqual(alerts.toSorted());
    for (const name of alerts) expect(rules).toContain(`runbook: docs/operations.md#${name.toLowerCase()}`);
  });
});
