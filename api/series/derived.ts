import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import { DERIVED_QUANTITIES, type DerivedValue } from "../../analytics/load/derived.ts";
import type { ActiveMethods } from "../../analytics/worker/methods.ts";
import { CENSORINGS } from "../../schemas/assay.ts";
import { day, siteId } from "../../schemas/identifiers.ts";
import { problem } from "../../schemas/problem.ts";
import { populationMethod } from "../../schemas/profiles.ts";
import { qualityFlag, switches } from "../../schemas/qualityRules.ts";
import { analyteId } from "../../schemas/substances.ts";
import { READERS } from "../auth/access.ts";
import type { ApiPorts } from "../ports.ts";
import { badRequest } from "../problems.ts";
import { plainJson } from "./plainJson.ts";
import { askedProfiles, derivedValues, readSiteNumbers } from "./siteNumbers.ts";

/** Everything the number rests on: enough to compute it again. */
const provenance = z.strictObject({
  resultIds: z.array(z.string()),
  profile: z.string(),
  factorIds: z.strictObject({ excretion: z.string().nullable(), dose: z.string().nullable() }),
  inputs: z.record(z.string(), z.number().nullable()),
  population: z
    .strictObject({
      people: z.number(),
      cv: z.number(),
      method: populationMethod,
      kind: z.enum(["static", "dynamic"]),
      source: z.string(),
      inputs: z.record(z.string(), z.number()),
      under: z.string().optional(),
    })
    .nullable(),
  uncertainty: z.strictObject({
    cv: z.record(z.string(), z.number()),
    correlated: z.array(z.string()),
    level: z.number(),
  }),
  flags: z.array(qualityFlag),
  notes: z.array(z.string()),
  softwareVersion: z.string(),
});

export const derivedItem = z.strictObject({
  day,
  quantity: z.enum(DERIVED_QUANTITIES),
  /** How people were counted where several counts stand side by side; "primary" is the profile's own choice. */
  variant: z.string(),
  /** The stored series that the number belongs to; null for a concentration and where the number is absent. */
  series: z.string().nullable(),
  /** Null with a reason. */
  value: z.number().nullable(),
  low: z.number().nullable(),
  high: z.number().nullable(),
  unit: z.string().nullable(),
  /** Of consumption and doses: the whole catchment's a day. */
  total: z.strictObject({ value: z.number(), low: z.number(), high: z.number().nullable(), unit: z.string() }).nullable(),
  absent: z.string().nullable(),
  censoring: z.enum(CENSORINGS),
  switches,
  provenance,
});

export function toItem(value: DerivedValue, { names }: ActiveMethods): z.infer<typeof derivedItem> {
  const { day: of, quantity, variant, amount, total, absent, censoring, switches: on } = value;
  return {
    day: of,
    quantity,
    variant,
    series: amount === null || quantity === "concentration" ? null : names.variantOf(value),
    value: amount?.value ?? null,
    low: amount?.low ?? null,
    high: amount?.high ?? null,
    unit: amount?.unit ?? null,
    total,
    absent,
    censoring,
    switches: on,
    provenance: value.provenance as unknown as z.infer<typeof provenance>,
  };
}

const derivedAnswer = z.strictObject({
  items: z.array(derivedItem),
  /**
   * Version of the computation that the site's stored series are of. After an upgrade it is behind the items' own until the site is
   * computed again; null where it is not known.
   */
  storedBy: z.string().nullable(),
});

const query = z.strictObject({
  siteId,
  analyte: analyteId,
  quantity: z.enum(DERIVED_QUANTITIES).optional(),
  /** One method profile, by id or id@version; all in use where absent. */
  profile: z.string().max(100).optional(),
  from: z.iso.date().optional(),
  to: z.iso.date().optional(),
});

/** About 2 kB each with its provenance. */
const VALUES_MAX = 20_000;

/** Derived values with everything each rests on, computed again from the records. */
export const derivedRoutes: FastifyPluginAsyncZod<ApiPorts> = async (app, ports) => {
  const read = async ({ siteId: id, analyte, quantity, profile, from, to }: z.infer<typeof query>) => {
    const numbers = await readSiteNumbers(ports, id, [analyte]);
    const values = derivedValues(numbers, analyte, askedProfiles(numbers.active, profile)).filter(
      (value) =>
        (quantity === undefined || value.quantity === quantity) &&
        (from === undefined || value.day >= from) &&
        (to === undefined || value.day <= to),
    );
    if (values.length > VALUES_MAX)
      throw badRequest({
        en: `That is ${values.length} values; ask for at most ${VALUES_MAX} by from, to, quantity or profile.`,
        zh: `共 ${values.length} 个值；请用 from、to、quantity 或 profile 限定至 ${VALUES_MAX} 个以内。`,
      });
    return values.map((value) => toItem(value, numbers.active));
  };
  const refused = { 400: problem, 401: problem, 403: problem, 404: problem };
  app.get(
    "/derived",
    {
      serializerCompiler: plainJson,
      config: { access: READERS },
      schema: {
        tags: ["series"],
        summary: "Derived values with their provenance",
        querystring: query,
        response: { 200: derivedAnswer, ...refused },
      },
    },
    async ({ query: asked }) => ({
      items: await read(asked),
      storedBy: (await ports.records.methods.computedBy(asked.siteId)) ?? null,
    }),
  );
};
