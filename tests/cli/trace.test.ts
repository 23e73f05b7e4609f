import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it, onTestFinished } from "vitest";

// Method: the command itself, as a process of its own, on files written here.
const CLI = fileURLToPath(new URL("../../cli/sewertrace.js", import.meta.url));
const VILLAGE = fileURLToPath(new URL("../ingest/files/fixtures/village.inp", import.meta.url));

/** a drains to b, b and c to the plant. */
const NET = {
  id: "net",
  plant: "p",
  nodes: [
    { id: "p" },
    { id: "a", dryWeatherFlowM3S: 0.01 },
    { id: "b", dryWeatherFlowM3S: 0.01 },
    { id: "c", dryWeatherFlowM3S: 0.02 },
  ],
  links: [
    { id: "1", from: "a", to: "b" },
    { id: "2", from: "b", to: "p" },
    { id: "3", from: "c", to: "p" },
  ],
};
const BARE = { ...NET, nodes: NET.nodes.map(({ id }) => ({ id })) };
const OBSERVATIONS = "node,date,load_g_d\na,2026-05-02,55\nb,2026-05-02,60\nc,2026-05-02,5\na,2026-05-03,48\n";
const TRIGGER = { node: "p", analyte: "mdma", date: "2026-05-01", excessGD: 50, excessSd: 12, baselineGD: 10 };

function trace(files: { network?: object | string; observations?: string; trigger?: object }, ...args: string[]) {
  const folder = mkdtempSync(join(tmpdir(), "sewertrace-trace-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const write = (name: string, text: string) => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  const { network = NET, observations = OBSERVATIONS, trigger } = files;
  const given = [
    ["--network", typeof network === "string" ? network : write("net.json", JSON.stringify(network))],
    ["--observations", write("obs.csv", observations)],
    ...(trigger ? [["--trigger", write("trigger.json", JSON.stringify(trigger))]] : []),
  ].flat();
  const { status, stdout, stderr } = spawnSync(process.execPath, [CLI, "trace", ...given, ...args], { encoding: "utf8" });
  return { code: status, out: stdout, err: stderr, json: () => JSON.parse(stdout) };
}

describe("sewertrace trace", () => {
  it("0: prints the posterior, the sets, the next manholes and the mass", () => {
    const { code, json } = trace({ trigger: TRIGGER }, "--json", "--batch", "2");
    const { noSource, diffuse, outside, candidates, credible, next, massGD, sources, notes } = json();
    expect(code).toBe(0);
    expect(candidates[0].node).toBe("a");
    const sum = candidates.reduce((total: number, { probability }: { probability: number }) => total + probability, 0);
    expect(sum + noSource + diffuse + outside).toBeCloseTo(1, 6);
    expect(Object.keys(credible)).toEqual(["50", "80", "90", "95"]);
    expect(credible["90"]).toContain("a");
    expect(next).toHaveLength(2);
    expect(next[0]).toMatchObject({ node: expect.any(String), bits: expect.any(Number), reason: expect.any(String) });
    expect(massGD.low).toBeLessThan(massGD.median);
    expect(massGD.median).toBeLessThan(massGD.high);
    expect(sources).toHaveLength(1);
    expect(notes[0]).toMatchObject({ code: "network", values: { code: "length_missing" } });
  });

  it("0: a first round, when nothing was sampled yet", () => {
    const { code, json } = trace({ trigger: TRIGGER, observations: "node,date,load_g_d\n" }, "--json");
    expect(code).toBe(0);
    expect(json().next.length).toBeGreaterThan(0);
  });

  it("0: every optional column, loads below the limit, and the plant's own row, which is the trigger", () => {
    const observations =
      "node,date,load_g_d,loq_g_d,baseline_g_d,flow_m3_d\np,2026-05-01,60,,10,3456\na,2026-05-02,55,0.1,2.5,864\nc,2026-05-02,<0.4,0.4,,\n";
    const { code, json } = trace({ trigger: TRIGGER, observations }, "--json");
    expect(code).toBe(0);
    expect(json().candidates[0].node).toBe("a");
  });

  it("0: nothing optional: no trigger, no flows, no lengths", () => {
    const { code, json } = trace({ network: BARE }, "--json");
    expect(code).toBe(0);
    expect(json().candidates[0].node).toBe("a");
  });

  it("0: a trigger of which only node and excess are known, the plant's row telling the rest", () => {
    const observations = `${OBSERVATIONS}p,2026-05-01,60\n`;
    const { code, json } = trace({ trigger: { node: "p", excessGD: 50 }, observations }, "--json");
    expect(code).toBe(0);
    expect(json().candidates[0].node).toBe("a");
  });

  it("0: a SWMM input file", () => {
    const observations = "node,date,load_g_d\nJ1,2026-05-02,50\nJ2,2026-05-02,49\n";
    const { code, json } = trace({ network: VILLAGE, observations, trigger: { ...TRIGGER, node: "PLANT" } }, "--json");
    expect(code).toBe(0);
    expect(json().candidates[0].node).toBe("J1");
  });

  it("0: says in words what the JSON says", () => {
    const { code, out } = trace({ trigger: TRIGGER }, "--survey", "2");
    expect(code).toBe(0);
    expect(out).toMatch(/^no source \d/);
    expect(out).toContain("sample next:");
    expect(out).toContain("survey: ");
  });

  it("0: plans a survey", () => {
    const { json } = trace({ trigger: TRIGGER }, "--json", "--survey", "2");
    expect(json().survey).toMatchObject({ verdict: expect.any(String), manholes: [{ samples: 3 }, { samples: 3 }] });
  });

  it("0: leaves out what cannot be sampled", () => {
    const { json } = trace({ trigger: TRIGGER }, "--json", "--exclude", "a,b,p");
    expect(json().next.map(({ node }: { node: string }) => node)).toEqual(["c"]);
  });

  it("2: without a network, or with a round of no samples", () => {
    expect(spawnSync(process.execPath, [CLI, "trace"], { encoding: "utf8" }).status).toBe(2);
    expect(trace({}, "--batch", "0").code).toBe(2);
    expect(trace({}, "--survey", "some").code).toBe(2);
  });

  it.each([
    ["a field the trigger does not have", { trigger: { ...TRIGGER, colour: "red" } }, "colour"],
    ["a trigger at a node that is not there", { trigger: { ...TRIGGER, node: "z" } }, "node_unknown"],
    ["a trigger without a baseline where nothing tells it", { trigger: { node: "p", excessGD: 5 } }, "baselineGD"],
    ["a column that is not there", { observations: "node,load_g_d\na,4\n" }, "column_missing"],
  ])("3: %s is refused by name", (_, files, named) => {
    const { code, err } = trace(files, "--json");
    expect(code).toBe(3);
    expect(err).toContain(named);
  });

  it("4: a bad row is refused with its line, the others count", () => {
    const { code, err, json } = trace({ trigger: TRIGGER, observations: `${OBSERVATIONS}z,2026-05-03,4\n` }, "--json");
    expect(code).toBe(4);
    expect(err).toContain("obs.csv:row 6: error[");
    expect(json().candidates[0].node).toBe("a");
    expect(json().refused).toHaveLength(1);
  });
});
