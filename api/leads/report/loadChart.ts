import * as Plot from "@observablehq/plot";
import { parseHTML } from "linkedom";
import { Markup } from "./markup.ts";
import type { ReportLanguage } from "./words.ts";

export interface ChartPoint {
  at: Date;
  loadGD: number;
  censored: boolean;
}

/** What was expected at a moment, g/d. */
export interface ExpectedPoint {
  at: Date;
  low: number;
  high: number;
}

const WIDTH_PX = 720;
const HEIGHT_PX = 240;
/** As many days as stand beside each other without touching. */
const TICKS = 8;
const LOCALES: Record<ReportLanguage, string> = { en: "en-GB", zh: "zh-CN" };

/** The load at the plant around the day that opened the lead, drawn on a document of our own: no browser is there. */
export function loadChart(
  points: readonly ChartPoint[],
  expected: readonly ExpectedPoint[],
  trigger: Date,
  label: string,
  language: ReportLanguage,
): Markup {
  const day = new Intl.DateTimeFormat(LOCALES[language], { timeZone: "UTC", month: "short", day: "numeric" });
  const { document } = parseHTML("<html><body></body></html>");
  const picture = Plot.plot({
    document: document as unknown as NonNullable<Plot.PlotOptions["document"]>,
    width: WIDTH_PX,
    height: HEIGHT_PX,
    marginLeft: 52,
    x: { type: "utc", label: null },
    y: { label, zero: true, nice: true, grid: true },
    marks: [
      Plot.areaY(expected, { x: "at", y1: "low", y2: "high", fill: "#7b8894", fillOpacity: 0.2 }),
      Plot.ruleX([trigger], { stroke: "#b33d08", strokeDasharray: "4 3" }),
      Plot.dot(
        points.filter(({ censored }) => !censored),
        { x: "at", y: "loadGD", r: 2.4, fill: "#0f5fa6" },
      ),
      Plot.dot(
        points.filter(({ censored }) => censored),
        { x: "at", y: "loadGD", r: 3, symbol: "triangle2", stroke: "#4b6f97" },
      ),
      Plot.ruleY([0]),
      Plot.axisX({ tickFormat: (at: Date) => day.format(at), ticks: TICKS }),
    ],
  });
  picture.querySelector("style")?.remove(); // the report's own style has what it says
  picture.setAttribute("role", "img");
  picture.setAttribute("aria-label", label);
  return new Markup(picture.outerHTML);
}
