import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import type { DerivedValue } from "../../analytics/load/derived.ts";
import { fractionOf, type Measured, RESIDUE_FRACTIONS, RESIDUE_SUMS, sumOf } from "../../analytics/load/ratios.ts";
import { logSd } from "../../analytics/load/uncertainty.ts";
import { day, siteId } from "../../schemas/identifiers.ts";
import { problem } from "../../schemas/problem.ts";
import type { MethodProfile } from "../../schemas/profiles.ts";
import { findSubstance } from "../../schemas/substances.ts";
import { READERS } from "../auth/access.ts";
import type { ApiPorts } from "../ports.ts";
import { plainJson } from "./plainJson.ts";
import { derivedValues, readSiteNumbers, type SiteNumbers } from "./siteNumbers.ts";

const query = z.strictObject({ siteId, from: z.iso.date().optional(), to: z.iso.date().optional() });
const refused = { 400: problem, 401: problem, 403: problem, 404: problem };

export const sumsAnswer = z.strictObject({
  items: z.array(
    z.strictObject({
      /** The drug in whose grams the sum is. */
      drug: z.string(),
      residues: z.array(z.string()),
      unit: z.literal("g/d"),
      points: z.array(
        z.strictObject({
          day,
          value: z.number(),
          low: z.number(),
          high: z.number(),
          /** Some residue lies below its limit: it counts with the limit in the value and with nothing in low. */
          censored: z.boolean(),
        }),
      ),
    }),
  ),
});

export const fractionsAnswer = z.strictObject({
  items: z.array(
    z.strictObject({
      fraction: z.string(),
      points: z.array(
        z.strictObject({
          day,
          value: z.number(),
          low: z.number().nullable(),
          high: z.number().nullable(),
          censoring: z.enum(["none", "below", "above", "unknown"]),
        }),
      ),
    }),
  ),
});

/** Residues of one drug taken together, of the samples that hold them all. */
export const sumRoutes: FastifyPluginAsyncZod<ApiPorts> = async (app, ports) => {
  app.get(
    "/sums",
    {
      serializerCompiler: plainJson,
      config: { access: READERS },
      schema: {
        tags: ["series"],
        summary: "Loads of a drug's residues added up, as grams of the drug",
        description:
          "Each residue's load times the ratio of molar masses. Analyses err each on its own, sampling and flow together.",
        querystring: query,
        response: { 200: sumsAnswer, ...refused },
      },
    },
    async ({ query: { siteId: id, from, to } }) => {
      const sums = Object.entries(RESIDUE_SUMS);
      const numbers = await readSiteNumbers(ports, id, [...new Set(sums.flatMap(([, residues]) => [...residues]))]);
      const items = sums.map(([drug, residues]) => ({
        drug,
        residues: [...residues],
        unit: "g/d" as const,
        points: inBoth(numbers, residues, "load", { from, to }).map(({ day: at, values }) => {
          const parts = values.map((value, index) => asDrug(measured(value), drug, residues[index] as string));
          return { day: at, ...sumOf(parts, 0.95, sharedLogSd(values[0] as DerivedValue)) };
        }),
      }));
      return { items: items.filter(({ points }) => points.length > 0) };
    },
  );
  app.get(
    "/fractions",
    {
      serializerCompiler: plainJson,
      config: { access: READERS },
      schema: {
        tags: ["series"],
        summary: "Shares of one form of a drug in all of it, such as the enantiomeric fraction of MDMA",
        querystring: query,
        response: { 200: fractionsAnswer, ...refused },
      },
    },
    async ({ query: { siteId: id, from, to } }) => {
      const fractions = Object.entries(RESIDUE_FRACTIONS);
      const numbers = await readSiteNumbers(ports, id, [...new Set(fractions.flatMap(([, forms]) => [...forms]))]);
      const items = fractions.map(([fraction, forms]) => ({
        fraction,
        points: inBoth(numbers, forms, "concentration", { from, to }).map(({ day: at, values: [one, other] }) => {
          const { value, low, high, censoring } = fractionOf(measured(one as DerivedValue), measured(other as DerivedValue));
          return { day: at, value, low, high, censoring };
        }),
      }));
      return { items: items.filter(({ points }) => points.length > 0) };
    },
  );
};

/** Samples, by their start, that have a value of every residue; those excluded from analysis are left out. */
function inBoth(
  numbers: SiteNumbers,
  residues: readonly string[],
  quantity: "concentration" | "load",
  { from = "", to = "9999" }: { from?: string | undefined; to?: string | undefined },
): { day: string; values: DerivedValue[] }[] {
  const [profile] = numbers.active.profiles as [MethodProfile];
  const all = residues.map((residue) => {
    const values = derivedValues(numbers, residue, [profile]).filter(
      (value) => value.quantity === quantity && value.amount !== null && !value.switches.excludeFromAnalysis,
    );
    return new Map(values.map((value) => [value.timeMs, value]));
  });
  return [...(all[0] as (typeof all)[number])].flatMap(([timeMs, first]) => {
    const values = all.map((of) => of.get(timeMs)).filter((value) => value !== undefined);
    return values.length === residues.length && first.day >= from && first.day <= to ? [{ day: first.day, values }] : [];
  });
}

function measured({ amount, censoring, provenance }: DerivedValue): Measured {
  return { value: amount?.value as number, censoring, analysisCv: provenance.uncertainty.cv.analysis };
}

function asDrug({ value, ...rest }: Measured, drug: string, residue: string): Measured {
  const [drugMass, residueMass] = [drug, residue].map((id) => findSubstance(id)?.molarMassGMol as number);
  return { value: value * ((drugMass as number) / (residueMass as number)), ...rest };
}

/** Sampling, stability and flow are of the sample, not of the residue. */
function sharedLogSd({ provenance }: DerivedValue): number {
  const { sampling, stability, flow } = provenance.uncertainty.cv;
  return Math.hypot(logSd(sampling), logSd(stability), logSd(flow));
}
