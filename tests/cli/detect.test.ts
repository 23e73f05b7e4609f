import { spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { addDays } from "../../schemas/days.ts";
import { CLI, csv, detect, fileOf, quietThen, rowsOf, TIMEOUT_MS, weekly } from "./detecting.ts";

describe("what it prints", () => {
  it(
    "with --all one line for every date, with its score; without, one for every anomaly, with all that explains it",
    () => {
      const path = fileOf(csv(...quietThen("200")));
      const all = detect(path, "--json", "--all");
      expect([all.code, all.err]).toEqual([0, ""]);
      expect(all.rows()).toHaveLength(41);
      const last = all.rows().at(-1);
      expect(last).toMatchObject({ site: "A", analyte: "mdma", date: "2025-04-10", value: 200, unit: "g/d", quantity: "load" });
      expect(last).toMatchObject({ censored: false, shape: "spike", raised: true });
      expect(last.score).toBeGreaterThan(3);
      expect(last.pValue).toBeLessThan(1e-4);
      const [anomaly, ...others] = detect(path, "--json").rows();
      expect(others).toEqual([]);
      expect(anomaly).toMatchObject({
        start: "2025-04-10",
        end: "2025-04-10",
        peak: "2025-04-10",
        observed: 200,
        detector: "model/3",
      });
      expect(anomaly.expected).toBeGreaterThan(10);
      expect(anomaly.expected).toBeLessThan(14);
      expect(anomaly.qValue).toBeLessThan(0.01);
      expect(Object.values<number>(anomaly.probabilities).reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 3);
      expect(anomaly.baseline).toMatchObject({ from: "2025-03-01", excluded: 0 });
      expect(anomaly.explanation.en).toContain("200 g/d");
      expect(anomaly.explanation.zh).toContain("200 g/d");
      expect(anomaly.evidence[0].source).not.toBe("");
    },
    TIMEOUT_MS,
  );

  it(
    "CSV and JSON say the same",
    () => {
      const path = fileOf(csv(...quietThen("200")));
      const [header, line] = detect(path).out.trimEnd().split("\n");
      const [row] = detect(path, "--json").rows();
      expect(header).toContain("p_value,q_value,score,shape");
      expect(line!.split(",")[header!.split(",").indexOf("peak")]).toBe(row.peak);
      expect(Number(line!.split(",")[header!.split(",").indexOf("score")])).toBeCloseTo(row.score, 5);
    },
    TIMEOUT_MS,
  );

  it(
    "a closed pipe is no error",
    () => {
      const path = fileOf(csv(...weekly.flatMap(rowsOf)));
      const { status, stdout, stderr } = spawnSync(
        "sh",
        ["-c", `"${process.execPath}" "${CLI}" detect "${path}" --all | head -1`],
        {
          encoding: "utf8",
        },
      );
      expect([status, stderr]).toEqual([0, ""]);
      expect(stdout).toMatch(/^site,analyte,date,/);
    },
    TIMEOUT_MS,
  );
});

it(
  "Utrecht 2011: a racemic burst of MDMA is disposal; with 0.65 and its metabolite along it is not; without markers it is less sure",
  () => {
    const day = (i: number) => addDays("2025-03-01", i);
    const burst = (i: number) => (i < 40 ? 1 : 35 * Math.exp(-(i - 40) / 3));
    const rows = (fraction: number, hmma: (i: number) => number) =>
      Array.from({ length: 44 }, (_, i) => [
        `A,MDMA,${day(i)},${(10 + (i % 5)) * burst(i)},g/d`,
        `A,mdma_ef,${day(i)},${fraction + 0.01 * (i % 3)},1`,
        `A,HMMA,${day(i)},${(2 + (i % 3) / 4) * hmma(i)},g/d`,
      ]).flat();
    const [dumped] = detect(fileOf(csv(...rows(0.49, () => 1))), "--json").rows();
    expect(dumped).toMatchObject({ analyte: "MDMA", start: day(40), verdict: "disposal" });
    expect(dumped.probabilities.disposal).toBeGreaterThan(0.8);
    const eaten = detect(fileOf(csv(...rows(0.65, burst))), "--json").rows();
    expect(eaten.find(({ analyte }) => analyte === "MDMA").verdict).toBe("consumption");
    const [bare] = detect(fileOf(csv(...rows(0.49, () => 1).filter((row) => row.startsWith("A,MDMA")))), "--json").rows();
    expect(bare.probabilities.disposal).toBeLessThan(dumped.probabilities.disposal);
  },
  TIMEOUT_MS,
);

describe("sites and profile", () => {
  const days = Array.from({ length: 60 }, (_, i) => addDays("2025-01-01", i));
  const rising = ["A", "B", "C", "D", "E"].flatMap((site, s) =>
    days.map((day, i) => `${site},mdma,${day},${(10 + ((i * 7 + s * 3) % 5)) * (i === 50 && s < 4 ? 8 : 1)},g/d`),
  );
  it(
    "a rise at most sites of a region at once is one regional rise; two regions are two",
    () => {
      const path = fileOf(csv(...rising));
      const together = detect(path, "--json").rows();
      expect(together.every(({ regionalPValue }) => regionalPValue > 0 && regionalPValue < 0.01)).toBe(true);
      expect(together.map(({ site, regional, regionalSites }) => [site, regional, regionalSites])).toEqual(
        ["A", "B", "C", "D"].map((site) => [site, "all 2025-02-20", 4]),
      );
      const sites = fileOf(
        "site,region,kind\nA,north,wwtp\nB,north,wwtp\nC,south,WWTP\nD,south,wwtp\nE,south,wwtp\n",
        "sites.csv",
      );
      expect(
        detect(path, "--json", "--sites", sites)
          .rows()
          .map(({ regional }) => regional),
      ).toEqual([null, null, null, null]);
      expect(detect(path, "--sites", fileOf("site,kind\nA,palace\n")).err).toContain('row 2, column kind: found "palace"');
    },
    TIMEOUT_MS,
  );

  it(
    "a profile reads the names of its programme: EUDA's cocaine is benzoylecgonine",
    () => {
      const path = fileOf(csv("A,cocaine,2025-01-01,300,mg/d/1000"));
      expect(detect(path, "--json", "--all").rows()[0].analyte).toBe("cocaine");
      expect(detect(path, "--json", "--all", "--profile", "euda-score").rows()[0].analyte).toBe("benzoylecgonine");
    },
    TIMEOUT_MS,
  );
});
