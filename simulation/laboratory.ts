import type { AssayReport, AssayResult } from "../schemas/assay.ts";
import { addDays } from "../schemas/days.ts";
import type { DrugUse } from "./drugs.ts";

/** What is truly in the bottle, and by what factor this assay of it errs. */
export interface Assay {
  use: DrugUse;
  trueNgL: number;
  factor: number;
}

/** Expanded relative uncertainty that the laboratory states, k = 2. */
const STATED_UNCERTAINTY = 0.3;
/** The method of the panel; etomidate and its kin have one of their own. */
const METHOD = "JD-YJY02.10-2021";
const METHODS: Record<string, string> = { "etomidate-acid": "JD-YJY02.15-2023" };

/** The laboratory's report of one 24-hour composite, released two days after it was taken. */
export function reportOf({
  siteId,
  day,
  assays,
  flowM3D,
}: {
  siteId: string;
  day: string;
  assays: readonly Assay[];
  flowM3D?: number;
}): AssayReport {
  const sampleId = `${siteId}-${day.replaceAll("-", "")}`;
  return {
    labId: "LAB-1",
    uploadId: `U-${sampleId}`,
    reportedAt: `${addDays(day, 2)}T17:00:00+08:00`,
    sample: {
      sampleId,
      siteId,
      mode: "flowProportional",
      start: `${day}T08:00:00+08:00`,
      end: `${addDays(day, 1)}T08:00:00+08:00`,
      intervalMin: 15,
      pulsesPlanned: 96,
      pulsesTaken: 96,
      ...(flowM3D === undefined ? {} : { flowM3D: rounded(flowM3D) }),
    },
    results: assays.map(resultOf),
  };
}

function resultOf({ use, trueNgL, factor }: Assay): AssayResult {
  const measured = rounded(trueNgL * factor);
  const common = {
    analyte: use.analyte,
    quantity: "concentration",
    unit: "ng/L",
    lod: use.lodNgL,
    loq: use.loqNgL,
    method: METHODS[use.analyte] ?? METHOD,
    replicate: 1,
  } as const;
  if (measured < use.lodNgL) return { ...common, censoring: "belowLod" };
  if (measured < use.loqNgL) return { ...common, censoring: "belowLoq" };
  return {
    ...common,
    censoring: "none",
    value: measured,
    uncertainty: rounded(measured * STATED_UNCERTAINTY),
    coverageFactor: 2,
  };
}

/** Three significant digits, as laboratories report. */
function rounded(value: number): number {
  return Number(value.toPrecision(3));
}
