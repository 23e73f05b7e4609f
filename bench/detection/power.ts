/** Power at 0.2 % false alarms per date. usage: node bench/detection/power.ts [--seed 1] [--series 96] */
import { parseArgs } from "node:util";
import { detect } from "../../analytics/detect/detect.ts";
import type { SeriesDetection } from "../../analytics/detect/detectSeries.ts";
import { EVENT_KINDS, FAMILIES, type SimulatedSeries, simulateSeries } from "../../simulation/series.ts";

const { values } = parseArgs({ options: { seed: { type: "string", default: "1" }, series: { type: "string", default: "96" } } });
const [seed, series] = [Number(values.seed), Number(values.series)];
const FALSE_ALARMS_PER_DATE = 0.002;

const judged = (simulated: SimulatedSeries, { scores }: SeriesDetection) => scores.slice(simulated.judgedFrom);
const share = (flags: readonly boolean[]) => (flags.filter(Boolean).length / flags.length).toFixed(3);

for (const family of FAMILIES) {
  const sets = family === "weekAYear" ? 6 : 1;
  const clean = simulateSeries({ family, seed, series: series * sets, analytes: 4, events: false });
  const eventful = simulateSeries({ family, seed, series: series * sets, analytes: 4, events: true });
  const began = performance.now();
  const quiet = detect(clean);
  const seconds = (performance.now() - began) / 1000;
  const loud = detect(eventful);
  const scores = clean.flatMap((one, s) => judged(one, quiet[s]!));
  const sorted = scores.map(({ score }) => score).sort((a, b) => b - a);
  const threshold = sorted[Math.floor(FALSE_ALARMS_PER_DATE * sorted.length)]!;
  const found = eventful.map(({ event }, s) =>
    loud[s]!.scores.slice(event!.from, event!.to + 1).some(({ score }) => score > threshold),
  );
  const byKind = EVENT_KINDS.map((kind) => `${kind} ${share(found.filter((_, s) => eventful[s]!.event!.kind === kind))}`);
  const pShare = (from: number, to: number) => {
    const rows = clean.flatMap((one, s) => {
      const censored = one.points.filter((point) => point.censored).length / one.points.length;
      return censored >= from && censored < to ? judged(one, quiet[s]!).map(({ pValue }) => pValue <= 0.01) : [];
    });
    return rows.length > 0 ? share(rows) : "-";
  };
  console.log(
    family.padEnd(10),
    `power ${share(found)}`,
    byKind.join(" "),
    `threshold ${threshold.toFixed(2)}`,
    `p<=0.01: ${share(scores.map(({ pValue }) => pValue <= 0.01))} (none ${pShare(0, 0.01)}, to 0.3 ${pShare(0.01, 0.3)}, more ${pShare(0.3, 1)})`,
    `${((seconds / clean.length) * 1000).toFixed(1)} ms a series`,
  );
}
