import { describe, expect, it } from "vitest";
import { addDays } from "../../schemas/days.ts";
import { csv, detect, fileOf, HEADER, quietThen, rowsOf, TIMEOUT_MS, weekly } from "./detecting.ts";

describe("what it reads", () => {
  it(
    "order, repeated rows, extra columns, a BOM, semicolons with decimal commas and UTF-16 do not change a score",
    () => {
      const lines = rowsOf(weekly[0]!);
      const plain = detect(fileOf(csv(...lines)), "--json", "--all").out;
      const shuffled = csv(...lines.toReversed(), ...lines.slice(0, 9));
      expect(detect(fileOf(shuffled), "--json", "--all").out).toBe(plain);
      const german = `\uFEFF${csv(...lines)
        .replaceAll(",", ";")
        .replaceAll(".", ",")}`;
      expect(detect(fileOf(german), "--json", "--all").out).toBe(plain);
      expect(detect(fileOf(Buffer.from(`\uFEFF${csv(...lines)}`, "utf16le")), "--json", "--all").out).toBe(plain);
      const wide = detect(
        fileOf(
          csv(...lines)
            .replaceAll(/$/gm, ",x")
            .replace(`${HEADER},x`, `${HEADER},remark`),
        ),
        "--json",
        "--all",
      );
      expect([wide.code, wide.out]).toEqual([0, plain]);
      expect(wide.err).toContain('column "remark" is not known');
    },
    TIMEOUT_MS,
  );

  it(
    "dates with a time and in other spellings are the same day; every way to write a value below its limit is censored",
    () => {
      const path = fileOf(
        [
          `${HEADER},loq,censored`,
          "A,mdma,2025-05-04T08:00:00+02:00,12.5,mg/d,,",
          "A,mdma,05.05.2025,<0.4,mg/d,,",
          "A,mdma,2025/5/6,ND,mg/d,0.3,",
          "A,mdma,20250507,0,mg/d,0.3,",
          "A,mdma,2025-05-08,0.15,mg/d,0.3,true",
          "A,mdma,2025-05-09,,mg/d,0.3,true",
          "A,mdma,2025-05-10,,mg/d,0.3,",
          "A,mdma,2025-05-11,0,mg/d,,",
          "A,mdma,2025-05-12,<LOQ,mg/d,0.2,",
        ].join("\n"),
      );
      const { code, rows } = detect(path, "--json", "--all");
      expect(code).toBe(0);
      expect(rows().map(({ date, value, censored }) => [date, Number((1000 * value).toFixed(6)), censored])).toEqual([
        ["2025-05-04", 12.5, false],
        ["2025-05-05", 0.4, true],
        ["2025-05-06", 0.3, true],
        ["2025-05-07", 0.3, true],
        ["2025-05-08", 0.3, true],
        ["2025-05-09", 0.3, true],
        ["2025-05-11", 0.2, true],
        ["2025-05-12", 0.2, true],
      ]);
    },
    TIMEOUT_MS,
  );

  it(
    "a concentration becomes a load by the flow of its day, a load a load per head by the people",
    () => {
      const path = fileOf(
        [
          `${HEADER},flow_m3_d,population`,
          "A,benzoylecgonine,2025-05-04,850,ng/L,45000,", // domain value: 38.25 g/d
          "B,mdma,2025-05-04,100,mg/d/1000,,",
          "B,mdma,2025-05-05,38.25,g/d,,180000",
          "C,mdma,2025-05-04,3,ng/L,,",
        ].join("\n"),
      );
      const { rows } = detect(path, "--json", "--all");
      expect(rows().map(({ value, unit, quantity }) => [Number(value.toFixed(9)), unit, quantity])).toEqual([
        [38.25, "g/d", "load"],
        [100, "mg/d/(10*3.{inh})", "populationNormalisedLoad"],
        [212.5, "mg/d/(10*3.{inh})", "populationNormalisedLoad"],
        [3, "ng/L", "concentration"],
      ]);
    },
    TIMEOUT_MS,
  );

  it(
    "one row, equal values and nothing but values below the limit are judged and raise nothing",
    () => {
      const days = Array.from({ length: 60 }, (_, i) => addDays("2025-01-01", i));
      const path = fileOf(
        csv(
          "A,mdma,2025-01-01,5,g/d",
          ...days.map((day) => `B,mdma,${day},7,g/d`),
          ...days.map((day) => `C,mdma,${day},<0.4,g/d`),
        ),
      );
      const all = detect(path, "--json", "--all");
      expect(all.rows()).toHaveLength(121);
      for (const { score, pValue, expected } of all.rows()) expect([score, pValue, expected].every(Number.isFinite)).toBe(true);
      expect(detect(path, "--json")).toMatchObject({ code: 0, out: "" });
    },
    TIMEOUT_MS,
  );
});

describe("what it refuses", () => {
  it(
    "a wrong cell by file, row, column, what was found and what was expected: the others are used, exit 4",
    () => {
      const path = fileOf(
        csv(
          ...quietThen("200"),
          "A,mdma,05/04/2025,3,g/d",
          "A,mdma,2025-04-12,-3,g/d",
          "A,mdma,2025-04-13,3,bananas",
          "A,mdma,2025-02-30,1,g/d",
        ),
      );
      const { code, err, rows } = detect(path, "--json");
      expect(code).toBe(4);
      expect(rows()).toHaveLength(1);
      expect(err).toContain(`${path}:row 43:date: error[cell_invalid]: found "05/04/2025", expected a day such as 2026-05-04`);
      expect(err).toContain(`row 44:value: error[cell_invalid]: found "-3"`);
      expect(err).toContain(`row 45:unit: error[cell_invalid]: found "bananas", expected a concentration (ng/L), a load (g/d)`);
      expect(err).toContain(`row 46:date: error[cell_invalid]: found "2025-02-30"`);
      expect(err).toContain("4 of 45 rows were refused");
    },
    TIMEOUT_MS,
  );

  it(
    "a column of 05/04/2025 is read as its other dates say; where they say nothing it is not guessed",
    () => {
      const quiet = quietThen("200");
      const written = (order: "dmy" | "mdy") =>
        quiet.map((row) => row.replace(/(\d{4})-(\d\d)-(\d\d)/, order === "dmy" ? "$3/$2/$1" : "$2/$3/$1"));
      const expected = detect(fileOf(csv(...quiet))).out;
      expect(detect(fileOf(csv(...written("dmy"))))).toMatchObject({ code: 0, out: expected, err: "" });
      expect(detect(fileOf(csv(...written("mdy"))))).toMatchObject({ code: 0, out: expected, err: "" });
      const both = detect(fileOf(csv(...written("dmy"), "A,mdma,02/05/2025,3,g/d", "A,mdma,05/14/2025,3,g/d")));
      expect(both.err).toContain('error[cell_invalid]: found "01/03/2025"');
    },
    TIMEOUT_MS,
  );

  it(
    "headers as laboratories write them, and those of our own long export, are understood",
    () => {
      const expected = detect(fileOf(csv(...quietThen("200")))).out;
      const rows = quietThen("200").join("\n");
      expect(detect(fileOf(`站点,目标物,采样日期,结果,单位\n${rows}\n`))).toMatchObject({ code: 0, out: expected, err: "" });
      expect(detect(fileOf(`site_id,analyte,sample_start,value,unit\n${rows}\n`))).toMatchObject({
        code: 0,
        out: expected,
        err: "",
      });
    },
    TIMEOUT_MS,
  );

  it(
    "a file that is no table, lacks a column, or holds nothing: exit 3, with what is missing",
    () => {
      const missing = detect(fileOf("site,analyte,date,value\nA,mdma,2025-01-01,3\n"));
      expect([missing.code, missing.out]).toEqual([3, ""]);
      expect(missing.err).toContain("Missing: unit");
      expect(detect(fileOf("")).code).toBe(3);
      expect(detect(fileOf(`${HEADER}\n`))).toMatchObject({ code: 3, err: expect.stringContaining("nothing to judge") });
      expect(detect(fileOf(csv('A,"mdma,2025-01-01,3,g/d'))).code).toBe(3);
      expect(detect("/nowhere/loads.csv")).toMatchObject({ code: 2, err: expect.stringContaining("cannot be read") });
    },
    TIMEOUT_MS,
  );

  it(
    "a stricter correction gives the same anomalies a larger q",
    () => {
      const path = fileOf(csv(...quietThen("200")));
      const qOf = (correction: string) => detect(path, "--json", "--correction", correction).rows()[0].qValue;
      const [bh, by] = [qOf("bh"), qOf("by")];
      expect(by / bh).toBeCloseTo(
        Array.from({ length: 41 }, (_, i) => 1 / (i + 1)).reduce((sum, x) => sum + x),
        9,
      );
    },
    TIMEOUT_MS,
  );

  it(
    "wrong options: exit 2",
    () => {
      const path = fileOf(csv(...quietThen("200")));
      for (const args of [
        [],
        [path, "--sensitivity", "3"],
        [path, "--false-alarms", "none"],
        [path, "--fdr", "2"],
        [path, "--correction", "sidak"],
        [path, "--combination", "product"],
        [path, "--holidays", "May"],
      ]) {
        expect(detect(...args).code, args.join(" ")).toBe(2);
      }
      expect(detect(path, "--profile", "none").err).toContain("there is no profile");
    },
    TIMEOUT_MS,
  );
});
