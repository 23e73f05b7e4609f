import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import { readActiveMethods } from "../../analytics/worker/methods.ts";
import { askToRecompute } from "../../analytics/worker/recompute.ts";
import { excretionFactor, markerConstant, standardDose } from "../../schemas/factors.ts";
import { type AddedFactor, addedFactor, type Methods } from "../../schemas/methods.ts";
import { problem } from "../../schemas/problem.ts";
import { factorIssues, type MethodProfile, methodProfileFields, profileKey } from "../../schemas/profiles.ts";
import { type Refusal, shownPath } from "../../schemas/refusal.ts";
import { findSubstance } from "../../schemas/substances.ts";
import type { UnitCode } from "../../schemas/units.ts";
import { canonicalJson } from "../../store/records/hash.ts";
import type { Addition } from "../../store/records/methods.ts";
import { ANALYSTS, READERS } from "../auth/access.ts";
import { listOf } from "../paging.ts";
import type { ApiPorts } from "../ports.ts";
import { conflict, notFound, unprocessable } from "../problems.ts";

const factor = z.discriminatedUnion("kind", [
  excretionFactor.extend({ kind: z.literal("excretion"), shipped: z.boolean() }),
  standardDose.extend({ kind: z.literal("dose"), shipped: z.boolean() }),
  markerConstant.extend({ kind: z.literal("marker"), shipped: z.boolean() }),
]);
const profile = methodProfileFields.extend({
  /** `id@version`, by which series and provenance name it. */
  key: z.string(),
  /** Whether sites are computed under it now. */
  inUse: z.boolean(),
});

const refused = { 401: problem, 403: problem };

/** What numbers are computed with: profiles and factors, each with its source, those that ship and those the operator added. */
export const methodRoutes: FastifyPluginAsyncZod<ApiPorts> = async (app, { records, log, settings, now }) => {
  const active = () => readActiveMethods(records, settings);
  const listed = async () => {
    const { methods, profiles } = await active();
    const inUse = new Set(profiles.map(profileKey));
    return methods.profiles.map((one) => ({ ...one, key: profileKey(one), inUse: inUse.has(profileKey(one)) }));
  };
  const audit = (actor: string, action: string, subject: string, content: unknown) =>
    records.chains.append("audit", { at: now().toISOString(), actor, action, subject, content });
  app.get(
    "/profiles",
    {
      config: { access: READERS },
      schema: { tags: ["methods"], summary: "Method profiles, each version", response: { 200: listOf(profile), ...refused } },
    },
    async () => ({ items: await listed(), next: null }),
  );
  app.get(
    "/profiles/:profile",
    {
      config: { access: READERS },
      schema: {
        tags: ["methods"],
        summary: "One method profile, by id (its newest active version) or id@version",
        params: z.strictObject({ profile: z.string().max(100) }),
        response: { 200: profile, ...refused, 404: problem },
      },
    },
    async ({ params }) => {
      const [id, version] = params.profile.split("@");
      const found = (await listed())
        .filter((one) => one.id === id && (version === undefined ? one.status === "active" : String(one.version) === version))
        .toSorted((a, b) => b.version - a.version)[0];
      if (!found) throw notFound("method profile", params.profile);
      return found;
    },
  );
  app.post(
    "/profiles",
    {
      config: { access: ANALYSTS },
      schema: {
        tags: ["methods"],
        summary: "Add a method profile, or a new version of one; an active one makes series of its own at every site",
        body: methodProfileFields,
        response: { 201: profile, 400: problem, ...refused, 409: problem, 422: problem },
      },
    },
    async ({ body, key }, reply) => {
      const { methods } = await active();
      refuseIssues(methods, body);
      const id = profileKey(body);
      if (methods.profiles.some((one) => profileKey(one) === id && !isSame(one, body))) throw taken("profile", id);
      const isShipped = methods.profiles.some((one) => profileKey(one) === id);
      const addition = isShipped ? "known" : await records.methods.addProfile(body, { actor: key.name, at: now().toISOString() });
      refuseTaken("profile", id, addition);
      if (addition === "added") {
        await audit(key.name, "profile.added", id, body);
        if (body.status === "active") await askToRecompute(log, await records.sites.list(), "site");
      }
      return reply.code(201).send({ ...body, key: id, inUse: body.status === "active" });
    },
  );
  app.get(
    "/factors",
    {
      config: { access: READERS },
      schema: {
        tags: ["methods"],
        summary: "Excretion factors, standard doses and marker constants, with source and evidence",
        response: { 200: listOf(factor), ...refused },
      },
    },
    async () => {
      const { methods } = await active();
      const own = new Set((await records.methods.added()).factors.map(({ id }) => id));
      const shipped = ({ id }: { id: string }) => !own.has(id);
      const items: z.infer<typeof factor>[] = [
        ...methods.excretionFactors.map((one) => ({ ...one, kind: "excretion" as const, shipped: shipped(one) })),
        ...methods.standardDoses.map((one) => ({ ...one, kind: "dose" as const, shipped: shipped(one) })),
        ...methods.markerConstants.map((one) => ({ ...one, kind: "marker" as const, shipped: shipped(one) })),
      ];
      return { items, next: null };
    },
  );
  app.post(
    "/factors",
    {
      config: { access: ANALYSTS },
      schema: {
        tags: ["methods"],
        summary: "Add a factor; a profile that names it makes new series",
        body: addedFactor,
        response: { 201: factor, 400: problem, ...refused, 409: problem, 422: problem },
      },
    },
    async ({ body, key }, reply) => {
      const { methods } = await active();
      refuseUnknown(body);
      const own = (await records.methods.added()).factors.some(({ id }) => id === body.id);
      const all = [...methods.excretionFactors, ...methods.standardDoses, ...methods.markerConstants];
      if (!own && all.some(({ id }) => id === body.id)) throw taken("factor", body.id);
      const addition = await records.methods.addFactor(body, { actor: key.name, at: now().toISOString() });
      refuseTaken("factor", body.id, addition);
      if (addition === "added") await audit(key.name, "factor.added", body.id, body);
      return reply.code(201).send({ ...body, shipped: false } as z.infer<typeof factor>);
    },
  );
};

const isSame = (a: MethodProfile, b: MethodProfile) => canonicalJson(a) === canonicalJson(b);

const taken = (what: "profile" | "factor", id: string) =>
  conflict({
    en: `Another content stands under ${what} ${id}, and stays: give ${what === "profile" ? "a new version" : "a new id"}.`,
    zh: `${what === "profile" ? "方案" : "系数"} ${id} 已有不同内容，且不可更改：请使用新的${what === "profile" ? "版本号" : "编号"}。`,
  });

function refuseTaken(what: "profile" | "factor", id: string, addition: Addition): void {
  if (addition === "taken") throw taken(what, id);
}

const NOT_USABLE = { en: "The method cannot be used as it is.", zh: "该方法无法使用。" };

/** A profile names only factors that exist and are of what it uses them for. */
function refuseIssues(methods: Methods, body: MethodProfile): void {
  const issues = factorIssues(body, methods);
  if (issues.length === 0) return;
  throw unprocessable(
    NOT_USABLE,
    issues.map(({ path, message }) => ({
      code: "factor_unknown",
      where: { path: shownPath(["body", ...path]) },
      found: message,
      expected: "the id of a factor of this residue, drug or marker (GET /api/v1/factors)",
      mend: "Name a factor that exists, or add it first (POST /api/v1/factors).",
    })),
  );
}

/** In which unit the derivation takes a factor. */
function unitOf(body: AddedFactor): UnitCode {
  if (body.kind === "excretion") return "1";
  if (body.kind === "dose") return "mg";
  return body.marker === "cotinine" ? "mg" : "g/d/{inh}";
}

/** A factor is of substances of the registry, in the unit it is used in, and its value lies in its range. */
function refuseUnknown(body: AddedFactor): void {
  const value = body.kind === "excretion" ? body.excretedFraction : body.value;
  const names =
    body.kind === "excretion"
      ? { drug: body.drug, residue: body.residue }
      : body.kind === "dose"
        ? { drug: body.drug }
        : { marker: body.marker };
  const refusal = (code: string, field: string, found: string, expected: string, mend: string): Refusal => ({
    code,
    where: { path: shownPath(["body", field]) },
    found,
    expected,
    mend,
  });
  const refusals = Object.entries(names).flatMap(([field, id]) =>
    findSubstance(id)
      ? []
      : [
          refusal(
            "substance_unknown",
            field,
            id,
            "the id of a substance of the registry (GET /api/v1/substances)",
            "Correct the id.",
          ),
        ],
  );
  if (body.unit !== unitOf(body))
    refusals.push(refusal("unit_unexpected", "unit", body.unit, unitOf(body), "Convert the value and its range."));
  if (!(body.low <= value && value <= body.high))
    refusals.push(
      refusal(
        "value_outside_range",
        "low",
        `${value} outside ${body.low} to ${body.high}`,
        "low <= value <= high",
        "Correct the range: it is where the truth is believed to lie.",
      ),
    );
  if (refusals.length > 0) throw unprocessable(NOT_USABLE, refusals);
}
