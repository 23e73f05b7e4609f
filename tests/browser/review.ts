import type { AssayReport } from "../../schemas/assay.ts";
import { addDays } from "../../schemas/days.ts";
import type { Reading } from "../../schemas/reading.ts";
import type { Site } from "../../schemas/site.ts";
import { seededRandom } from "../../simulation/random.ts";
import type { OutgoingMessage } from "../../store/log/log.ts";

/**
 * The series by which the chart is reviewed: three of five values below the limit, a new method with a lower limit, and a month
 * without samples. The three must look different.
 */
export const REVIEW_SITE: Site = {
  siteId: "REVIEW-1",
  name: "Review plant",
  nameZh: "评审厂",
  kind: "wwtp",
  country: "CN",
  region: "East",
  timeZone: "Asia/Shanghai",
  latitude: 30.6,
  longitude: 114.3,
  population: { people: 100_000, source: "test", year: 2025 },
};
export const REVIEW_ANALYTE = "ketamine";

const FIRST_DAY = "2026-02-01";
const DAYS = 250;
/** No samples from the first to before the second. */
export const REVIEW_GAP = [150, 182] as const;
export const REVIEW_CHANGE = 90;
const FLOW_M3D = 20_000;

/** Same seed, same series. The middle of the concentrations lies a little below the limit, so that about 60 % are censored. */
export function reviewReports(): AssayReport[] {
  const random = seededRandom("review");
  return Array.from({ length: DAYS }, (_, index) => ({ index, day: addDays(FIRST_DAY, index), factor: random.factor(0.45) }))
    .filter(({ index }) => index < REVIEW_GAP[0] || index >= REVIEW_GAP[1])
    .map(({ index, day, factor }) => {
      const late = index >= REVIEW_CHANGE;
      const loq = late ? 8 : 12;
      const value = Math.round(loq * 0.89 * factor * 100) / 100;
      const sampleId = `REVIEW-1-${day.replaceAll("-", "")}`;
      const censored = value < loq;
      return {
        labId: "LAB-1",
        uploadId: `U-${sampleId}`,
        reportedAt: `${addDays(day, 2)}T17:00:00+08:00`,
        sample: {
          sampleId,
          siteId: REVIEW_SITE.siteId,
          mode: "flowProportional",
          start: `${day}T08:00:00+08:00`,
          end: `${addDays(day, 1)}T08:00:00+08:00`,
        },
        results: [
          {
            analyte: REVIEW_ANALYTE,
            quantity: "concentration",
            unit: "ng/L",
            method: late ? "LC-MS-2" : "LC-MS-1",
            replicate: 1,
            loq,
            ...(censored ? { censoring: "belowLoq" } : { censoring: "none", value, uncertainty: value * 0.3, coverageFactor: 2 }),
          },
        ],
      } satisfies AssayReport;
    });
}

export function reviewReadings(): Reading[] {
  return Array.from({ length: DAYS }, (_, index) => ({
    siteId: REVIEW_SITE.siteId,
    deviceId: "influent-meter",
    time: `${addDays(FIRST_DAY, index)}T08:00:00+08:00`,
    quantity: "flow",
    value: FLOW_M3D,
    unit: "m3/d",
    status: "ok",
  }));
}

/** A report with a unit that nobody knows: it ends among what was refused. */
export function brokenReport(): OutgoingMessage {
  const [report] = reviewReports() as [AssayReport];
  const sample = { ...report.sample, sampleId: "REVIEW-1-broken" };
  const results = report.results.map((result) => ({ ...result, unit: "ngl" }));
  return {
    key: REVIEW_SITE.siteId,
    value: JSON.stringify({ ...report, sample, results }),
    headers: { schema: "assay-reports/1" },
  };
}
