import { expect, it } from "vitest";
import { readLoads } from "../../../ingest/files/loadsCsv.ts";

const read = (text: string) => readLoads(text, "obs.csv", (id) => ["P", "A", "B"].includes(id));

it("reads loads, and those below a limit, with what is known beside them", () => {
  const { observations, refusals } = read(
    "node,date,load_g_d,loq_g_d,baseline_g_d,flow_m3_d\nP,2026-05-01,12.5,,3,1000\nA,2026-05-02,<0.4,,,\nB,2026-05-02,0,0.4,,\n",
  );
  expect(refusals).toEqual([]);
  expect(observations).toEqual([
    { node: "P", date: "2026-05-01", loadGD: 12.5, censored: false, baselineGD: 3, flowM3D: 1000 },
    { node: "A", date: "2026-05-02", loadGD: 0.4, censored: true },
    { node: "B", date: "2026-05-02", loadGD: 0.4, censored: true, loqGD: 0.4 },
  ]);
});

it("a spreadsheet's semicolons, decimal commas and capitals mean the same", () => {
  const plain = read("node,date,load_g_d,baseline_g_d\nP,2026-05-01,12.5,3.1\nA,2026-05-02,<0.4,\n");
  expect(read("\uFEFFNode;Date;Load_g_d;Baseline_g_d\r\nP;2026-05-01;12,5;3,1\r\n\r\nA;2026-05-02;<0,4;\r\n")).toEqual(plain);
});

it("a bad row is refused with its line in the file, blank ones counted; a number that can be read in two ways is not guessed", () => {
  const { observations, refusals } = read(
    'node,date,load_g_d\n\nP,2026-05-01,12\nX,2026-05-01,1\nA,2026-02-29,1\nA,2026-05-01,-1\nA,2026-05-01,"1,234"\nA,2026-05-01,\n',
  );
  expect(observations).toHaveLength(1);
  expect(refusals.map(({ where, code, found }) => [where.row, code, found])).toEqual([
    [4, "node_unknown", "X"],
    [5, "value_wrong", "2026-02-29"],
    [6, "not_a_number", "-1"],
    [7, "not_a_number", "1,234"],
    [8, "not_a_number", ""],
  ]);
});
