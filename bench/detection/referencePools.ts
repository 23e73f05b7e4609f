/**
 * Learns what the worker knows of an analyte before a site's own values speak, from the EUDA file.
 * usage: node bench/detection/referencePools.ts > analytics/detect/referencePools.json
 */
import { learnPools } from "../../analytics/detect/pool.ts";
import { findProfile } from "../../schemas/profiles.ts";
import { resolveAnalyte } from "../../schemas/substances.ts";
import { readEuda } from "./eudaSeries.ts";

const names = findProfile("euda-score")!.columnNames;
const residueOf = (column: string) => names[column] ?? resolveAnalyte(column) ?? column;
const rounded = (value: number) => Number(value.toPrecision(4));

const series = readEuda().series.map((one) => ({ ...one, analyte: residueOf(one.analyte) }));
const pools = [...learnPools(series)].map(([analyte, timeline]) => {
  const { priors, size } = timeline.at(-1)!;
  const { mean, sd, driftPerDay, sigma, sigmaValues, phi } = priors;
  return [
    analyte,
    {
      series: size,
      mean: Array.from(mean, rounded),
      sd: Array.from(sd, rounded),
      driftPerDay: rounded(driftPerDay),
      sigma: rounded(sigma),
      sigmaValues: rounded(sigmaValues),
      phi: rounded(phi),
    },
  ];
});
const source =
  "EUDA and SCORE, wastewater analysis 2011-2024 (CC BY 4.0), learned by bench/detection/referencePools.ts; log units";
console.log(JSON.stringify({ version: "2026-11", source, pools: Object.fromEntries(pools) }, null, 2));
