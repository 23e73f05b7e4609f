import { randomBytes } from "node:crypto";
import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import { switchesOf } from "../../analytics/quality/rules.ts";
import { flagsOf } from "../../analytics/worker/loads.ts";
import { askToRecompute } from "../../analytics/worker/recompute.ts";
import { localDay } from "../../schemas/days.ts";
import { day, siteId } from "../../schemas/identifiers.ts";
import { problem } from "../../schemas/problem.ts";
import { type KeptOverride, keptOverride, qualityFlag, qualityRule, qualityRules, switches } from "../../schemas/qualityRules.ts";
import type { Site } from "../../schemas/site.ts";
import { analyteId } from "../../schemas/substances.ts";
import { currentRevision, type ResultRevision } from "../../store/records/revisions.ts";
import { ANALYSTS, READERS } from "../auth/access.ts";
import { listOf } from "../paging.ts";
import type { ApiPorts } from "../ports.ts";
import { badRequest, conflict, notFound } from "../problems.ts";
import { plainJson } from "../series/plainJson.ts";
import { readSiteNumbers } from "../series/siteNumbers.ts";

const flagged = z.strictObject({
  siteId: z.string(),
  analyte: z.string(),
  resultId: z.string(),
  sampleId: z.string(),
  labId: z.string(),
  method: z.string(),
  day,
  switches,
  flags: z.array(qualityFlag),
});

const query = z.strictObject({
  siteId,
  analyte: analyteId.optional(),
  from: z.iso.date().optional(),
  to: z.iso.date().optional(),
  /** Only flags of this rule. */
  ruleId: z.string().max(50).optional(),
  /** Only flags as severe as this, or more. */
  severity: z.enum(["note", "warning", "failure"]).default("note"),
  /** Results that a standing flag keeps off the quality report are left out but for this. */
  all: z.enum(["true", "false"]).default("false"),
});

const SEVERITIES = ["note", "warning", "failure"] as const;
const ID_BYTES = 8;
const refused = { 400: problem, 401: problem, 403: problem };

/** What the quality rules say of the results, and what people decided about it. */
export const qualityRoutes: FastifyPluginAsyncZod<ApiPorts> = async (app, ports) => {
  const { records, log, now } = ports;
  const read = async ({ siteId: id, analyte, from, to, ruleId, severity, all }: z.infer<typeof query>) => {
    const { site, data, results } = await readSiteNumbers(ports, id, analyte === undefined ? undefined : [analyte]);
    const atLeast = SEVERITIES.slice(SEVERITIES.indexOf(severity));
    const items: z.infer<typeof flagged>[] = [];
    for (const ofAnalyte of results.values()) {
      const judged = flagsOf(data, ofAnalyte);
      for (const revision of ofAnalyte) {
        const own = judged.get(revision.identity) ?? [];
        const on = switchesOf(own);
        const shown = own.filter((flag) => atLeast.includes(flag.severity) && (ruleId === undefined || flag.ruleId === ruleId));
        const at = localDay(Date.parse(revision.sample.start), site.timeZone);
        const isAsked = (from === undefined || at >= from) && (to === undefined || at <= to);
        if (isAsked && shown.length > 0 && (all === "true" || !on.excludeFromQualityReport))
          items.push(toItem(site, revision, at, on, shown));
      }
    }
    return items.toSorted((a, b) => (a.day === b.day ? (a.resultId < b.resultId ? -1 : 1) : a.day < b.day ? 1 : -1));
  };
  app.get(
    "/quality",
    {
      serializerCompiler: plainJson,
      config: { access: READERS },
      schema: {
        tags: ["quality"],
        summary: "Quality flags of a site's results, newest first",
        querystring: query,
        response: { 200: listOf(flagged), ...refused, 404: problem },
      },
    },
    async (request) => ({ items: await read(request.query), next: null }),
  );
  app.get(
    "/quality/rules",
    {
      config: { access: READERS },
      schema: {
        tags: ["quality"],
        summary: "The catalogue of quality rules, with thresholds and sources",
        response: { 200: listOf(qualityRule), 401: problem, 403: problem },
      },
    },
    async () => ({ items: [...qualityRules], next: null }),
  );
  app.get(
    "/quality/overrides",
    {
      config: { access: READERS },
      schema: {
        tags: ["quality"],
        summary: "Overrides of quality flags, revoked ones too, newest first",
        querystring: z.strictObject({ siteId: siteId.optional() }),
        response: { 200: listOf(keptOverride), ...refused },
      },
    },
    async ({ query: { siteId: id } }) => ({
      items: await records.quality.overrides(id === undefined ? {} : { siteId: id }),
      next: null,
    }),
  );
  const decided = async (override: KeptOverride, actor: string, action: string) => {
    const site = await records.sites.find(override.siteId);
    await records.transaction(async (inside) => {
      await inside.quality.saveOverride(override);
      const { overrideId: subject, ...content } = override;
      await inside.chains.append("audit", { at: now().toISOString(), actor, action, subject, content });
    });
    if (site) await askToRecompute(log, [site], "amended");
  };
  app.post(
    "/quality/overrides",
    {
      config: { access: ANALYSTS },
      schema: {
        tags: ["quality"],
        summary: "Override a quality rule for one result, with a reason; its series are computed again",
        body: z.strictObject({
          resultId: z.string().min(1).max(200),
          ruleId: z.string().min(1).max(50),
          reason: z.string().trim().min(3).max(1_000),
        }),
        response: { 201: keptOverride, ...refused, 404: problem, 409: problem },
      },
    },
    async ({ body: { resultId, ruleId, reason }, key }, reply) => {
      if (!qualityRules.some(({ id }) => id === ruleId))
        throw badRequest({
          en: `${ruleId} is no quality rule (GET /api/v1/quality/rules).`,
          zh: `${ruleId} 不是质量规则（见 GET /api/v1/quality/rules）。`,
        });
      const revisions = await records.results.revisionsOf([resultId]);
      if (revisions.length === 0) throw notFound("result", resultId);
      const { sample, result } = currentRevision(revisions).current;
      const standing = await records.quality.overrides({ siteId: sample.siteId, standing: true });
      if (standing.some((one) => one.resultId === resultId && one.ruleId === ruleId))
        throw conflict({
          en: `${ruleId} is already overridden for result ${resultId}; revoke that override first.`,
          zh: `结果 ${resultId} 的规则 ${ruleId} 已被豁免；请先撤销原豁免。`,
        });
      const override: KeptOverride = {
        overrideId: `override-${randomBytes(ID_BYTES).toString("hex")}`,
        siteId: sample.siteId,
        analyte: result.analyte,
        resultId,
        ruleId,
        actor: key.name,
        reason,
        at: now().toISOString(),
        revokedAt: null,
        revokedBy: null,
      };
      await decided(override, key.name, "quality.overridden");
      return reply.code(201).send(override);
    },
  );
  app.delete(
    "/quality/overrides/:overrideId",
    {
      config: { access: ANALYSTS },
      schema: {
        tags: ["quality"],
        summary: "Revoke an override; the rule speaks again",
        params: z.strictObject({ overrideId: z.string().max(100) }),
        response: { 200: keptOverride, 401: problem, 403: problem, 404: problem },
      },
    },
    async ({ params: { overrideId }, key }) => {
      const found = await records.quality.findOverride(overrideId);
      if (!found || found.revokedAt !== null) throw notFound("standing override", overrideId);
      const revoked: KeptOverride = { ...found, revokedAt: now().toISOString(), revokedBy: key.name };
      await decided(revoked, key.name, "quality.overrideRevoked");
      return revoked;
    },
  );
};

function toItem(
  { siteId: id }: Site,
  { identity, sample, result, origin }: ResultRevision,
  at: string,
  on: z.infer<typeof switches>,
  flags: z.infer<typeof qualityFlag>[],
): z.infer<typeof flagged> {
  const { analyte, method } = result;
  return {
    siteId: id,
    analyte,
    resultId: identity,
    sampleId: sample.sampleId,
    labId: origin.labId,
    method,
    day: at,
    switches: on,
    flags,
  };
}
