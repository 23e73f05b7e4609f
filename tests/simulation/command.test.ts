import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { readLoadSeries } from "../../cli/loadSeries.ts";
import { run } from "../../cli/simulate.ts";
import { simulateProvince } from "../../simulation/province.ts";

const SETTINGS = ["--seed", "6", "--plants", "3", "--manholes", "20", "--days", "500", "--end-day", "2026-05-31"];
const province = simulateProvince({ seed: 6, plants: 3, manholes: 20, days: 500, endDay: "2026-05-31" });
const plantIds = ["P-001", "P-002", "P-003"];
const out = mkdtempSync(join(tmpdir(), "sewertrace-simulate-"));
afterAll(() => rmSync(out, { recursive: true }));

const text = (name: string) => readFileSync(join(out, name), "utf8");
const lines = (name: string) => text(name).trimEnd().split("\n");

it("writes the province as JSON, one message a line", async () => {
  expect(await run(["--out", out, ...SETTINGS])).toBe(0);
  expect(JSON.parse(text("sites.json"))).toEqual(province.sites);
  expect(JSON.parse(text("network.json"))).toEqual(province.network);
  expect(JSON.parse(text("truth.json"))).toEqual(province.truth);
  expect(lines("readings.ndjson").map((line) => JSON.parse(line))).toEqual(plantIds.flatMap((id) => [...province.readings(id)]));
  expect(lines("reports.ndjson").map((line) => JSON.parse(line))).toEqual(plantIds.flatMap((id) => [...province.reports(id)]));
});

it("writes a CSV that `sewertrace detect` reads whole, as loads", async () => {
  expect(await run(["--out", out, ...SETTINGS, "--format", "csv"])).toBe(0);
  const { series, refusals, warnings, rows } = readLoadSeries(join(out, "loads.csv"));
  expect([refusals, warnings, rows]).toEqual([[], [], 3 * 500 * 12]);
  expect(series).toHaveLength(3 * 12);
  const [report] = province.reports("P-002");
  const [flow] = [...province.readings("P-002")].flat();
  const read = series.find(({ siteId, analyte }) => siteId === "P-002" && analyte === "cotinine");
  const cotinine = report!.results.find(({ analyte }) => analyte === "cotinine");
  expect(read?.quantity).toBe("load");
  expect(read?.points[0]).toMatchObject({ day: report!.sample.start.slice(0, 10), censored: false });
  expect(read?.points[0]?.load).toBeCloseTo(cotinine!.value! * flow!.value * 1e-6, 9);
});

it.each([
  [["--seed", "1"], "--out"],
  [["--out", out, "--plants", "x"], '--plants: found "x"'],
  [["--out", out, "--days", "0"], "--days"],
  [["--out", out, "--format", "xml"], '--format is one of json, csv, not "xml"'],
  [["--out", out, "--end-day", "yesterday"], "--end-day"],
])("refuses %j as a usage error that names the option", async (argv, words) => {
  await expect(run(argv)).rejects.toMatchObject({ exitCode: 2, message: expect.stringContaining(words) });
});
