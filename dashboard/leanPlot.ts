import { fileURLToPath } from "node:url";
import type { Plugin } from "vite";

const ABSENT = fileURLToPath(new URL("charts/absent.ts", import.meta.url));
/** What plot.js takes of d3, without the geometry: its one function holds all of d3-geo. */
const D3_OF_PLOT = "\0d3-of-plot";
const INSIDE_PLOT = /@observablehq\/plot\/src\/(.+)$/;
/** As Plot 0.6 has them. */
const PARTS = ["projection.js", "legends.js", "schemes.js", "d3"];

/** Leaves out of the bundle what of Plot no chart of ours can reach: a quarter of it, which a reader would load for nothing. */
export function leanPlot(): Plugin {
  const left = new Set(PARTS);
  return {
    name: "lean-plot",
    enforce: "pre",
    resolveId(source, importer = "") {
      const inside = INSIDE_PLOT.exec(importer)?.[1];
      const part = source.split("/").at(-1)!;
      if (inside === undefined || !PARTS.includes(part) || (part === "d3" && inside !== "plot.js")) return undefined;
      left.delete(part);
      return part === "d3" ? D3_OF_PLOT : ABSENT;
    },
    load(id) {
      if (id !== D3_OF_PLOT) return undefined;
      return `export { creator, select } from "d3"; export { geoPath } from ${JSON.stringify(ABSENT)};`;
    },
    buildEnd(error) {
      if (!error && left.size > 0) this.error(`Plot has no ${[...left].join(", ")} any more: mend dashboard/leanPlot.ts`);
    },
  };
}
