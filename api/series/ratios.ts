import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import type { Censoring } from "../../analytics/load/derived.ts";
import { ownAmphetamine } from "../../analytics/load/licit.ts";
import { type Measured, RESIDUE_RATIOS, ratioOf } from "../../analytics/load/ratios.ts";
import { siteId } from "../../schemas/identifiers.ts";
import { problem } from "../../schemas/problem.ts";
import type { SeriesPoint } from "../../store/series/series.ts";
import { READERS } from "../auth/access.ts";
import type { ApiPorts } from "../ports.ts";
import { plainJson } from "./plainJson.ts";

const PAIRS = Object.keys(RESIDUE_RATIOS) as (keyof typeof RESIDUE_RATIOS)[];

const ratioPoint = z.strictObject({
  time: z.string(),
  value: z.number(),
  /** Null: no bound but zero, or infinity. */
  low: z.number().nullable(),
  high: z.number().nullable(),
  /** `below`: at most about the value, `above`: at least, `unknown`: both residues lie below their limits. */
  censoring: z.enum(["none", "below", "above", "unknown"]),
  /**
   * Of amphetamine over methamphetamine where both were quantified: the share of the amphetamine that was taken as such. Null where all
   * of it can come from methamphetamine; `isReliable` only where what comes from it hardly matters.
   */
  ownAmphetamine: z
    .strictObject({
      share: z.number().nullable(),
      isReliable: z.boolean(),
      reason: z.enum(["own", "mixed", "fromMethamphetamine"]),
    })
    .optional(),
});

export const ratiosAnswer = z.strictObject({
  items: z.array(
    z.strictObject({ pair: z.string(), numerator: z.string(), denominator: z.string(), points: z.array(ratioPoint) }),
  ),
});

/** Two residues of one sample, one over the other: what tells use from disposal, and one supply from another. */
export const ratioRoutes: FastifyPluginAsyncZod<ApiPorts> = async (app, { series }) => {
  app.get(
    "/ratios",
    {
      serializerCompiler: plainJson,
      config: { access: READERS },
      schema: {
        tags: ["series"],
        summary: "Ratios of residues at a site, by mass, of the samples that hold both",
        description:
          "The interval is that of both analyses: sampling, flow and people are shared by the two residues and cancel. A residue below its limit bounds the ratio; both below leave it unknown.",
        querystring: z.strictObject({ siteId, from: z.iso.date().optional(), to: z.iso.date().optional() }),
        response: { 200: ratiosAnswer, 400: problem, 401: problem, 403: problem },
      },
    },
    async ({ query: { siteId: ofSite, from, to } }) => {
      const points = await series.read({
        measure: "concentration",
        siteIds: [ofSite],
        names: [...new Set(PAIRS.flatMap((pair) => [...RESIDUE_RATIOS[pair]]))],
        fromMs: from ? Date.parse(from) : 0,
        toMs: to ? Date.parse(to) + 86_400_000 : Date.UTC(2200, 0),
      });
      const byName = Map.groupBy(points, ({ name }) => name);
      const items = PAIRS.map((pair) => {
        const [numerator, denominator] = RESIDUE_RATIOS[pair];
        const ratios = ratiosOf(byName.get(numerator) ?? [], byName.get(denominator) ?? []);
        const points = pair === "amphetamine/methamphetamine" ? ratios.map(withOwnAmphetamine) : ratios;
        return { pair, numerator, denominator, points };
      });
      return { items: items.filter((item) => item.points.length > 0) };
    },
  );
};

/** Pairs what one laboratory found in what was sampled at one time. A residue measured twice in it counts by its first value. */
function ratiosOf(above: readonly SeriesPoint[], below: readonly SeriesPoint[]): z.infer<typeof ratioPoint>[] {
  const sampleOf = ({ timeMs, variant }: SeriesPoint) => `${timeMs} ${variant.split("/")[0]}`;
  const denominators = new Map(below.toReversed().map((point) => [sampleOf(point), point]));
  const numerators = new Map(above.toReversed().map((point) => [sampleOf(point), point]));
  return [...numerators]
    .toSorted(([, a], [, b]) => a.timeMs - b.timeMs)
    .flatMap(([sample, numerator]) => {
      const denominator = denominators.get(sample);
      if (!denominator || numerator.value <= 0 || denominator.value <= 0) return []; // a limit that was not reported bounds nothing
      const { value, low, high, censoring } = ratioOf(measured(numerator), measured(denominator));
      return [{ time: new Date(numerator.timeMs).toISOString(), value, low, high, censoring }];
    });
}

function withOwnAmphetamine(ratio: z.infer<typeof ratioPoint>): z.infer<typeof ratioPoint> {
  if (ratio.censoring !== "none") return ratio;
  const { value, reliable, reason } = ownAmphetamine(ratio.value, 1);
  return { ...ratio, ownAmphetamine: { share: value === null ? null : value / ratio.value, isReliable: reliable, reason } };
}

/** Half-width of the stored 95 % interval in standard uncertainties (ingest/points.ts). */
const COVERAGE_95 = 1.96;

/** A concentration's stored interval is that of its analysis; without one the analysis counts as exact. */
function measured({ value, censored = false, high }: SeriesPoint): Measured {
  const censoring: Censoring = censored ? "belowLoq" : "none";
  return { value, censoring, analysisCv: high === undefined || censored ? 0 : (high - value) / COVERAGE_95 / value };
}
