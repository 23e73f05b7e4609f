import { expect, it } from "vitest";
import { findingOf } from "../../../analytics/worker/finding.ts";
import { anomalyOf, leadOf } from "../../store/records/nouns.ts";

const plant = { siteId: "p", name: "North WWTP", nameZh: "北污水厂", kind: "wwtp", timeZone: "UTC" } as const;
const anomaly = anomalyOf("2026-05-04");
const posterior = leadOf("l").posterior;

it("is one sentence with its numbers, in both languages", () => {
  const { en, zh } = findingOf(plant, "mdma", anomaly, posterior);
  expect(en).toBe(
    "MDMA load at North WWTP reached 9 g/d, 3.0 times the expected 3 g/d, on 2026-05-04 (p < 0.001). With 97 % probability it entered at one place; the 90 % set is 1 manhole.",
  );
  expect(zh).toContain("2026-05-04，北污水厂的摇头丸负荷达到9 g/d，为预期值3 g/d的3.0倍");
});

it("is never sure: neither 100 % nor 0 %", () => {
  const said = (noSource: number) => findingOf(plant, "mdma", anomaly, posterior && { ...posterior, noSource, diffuse: 0 }).en;
  expect(said(1e-9)).toContain("> 99 %");
  expect(said(1)).toContain("< 1 %");
});

it("names no place where the sewer is not mapped, and never a manhole", () => {
  expect(findingOf(plant, "mdma", anomaly, null).en).toContain("no place can be named");
  expect(findingOf(plant, "mdma", anomaly, posterior).en).not.toMatch(/\bA\b/);
});
