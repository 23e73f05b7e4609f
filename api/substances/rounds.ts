import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import { driftOf } from "../../analytics/quality/drift.ts";
import { comparabilityOf, scoreRound } from "../../analytics/quality/interlaboratory.ts";
import { askToRecompute } from "../../analytics/worker/recompute.ts";
import { labId } from "../../schemas/identifiers.ts";
import { interlaboratoryRound, type RoundScore, roundScore } from "../../schemas/interlaboratory.ts";
import { problem } from "../../schemas/problem.ts";
import { comparability } from "../../schemas/qualityRules.ts";
import { analyteId } from "../../schemas/substances.ts";
import { ANALYSTS, READERS } from "../auth/access.ts";
import { listOf } from "../paging.ts";
import type { ApiPorts } from "../ports.ts";
import { badRequest } from "../problems.ts";

const standing = z.strictObject({
  labId: z.string(),
  analyte: z.string(),
  comparable: z.boolean(),
  /** Why not: no round, the last one failed, or it is too long ago. */
  reason: z.enum(["noRound", "failed", "outdated"]).nullable(),
  lastRound: roundScore.nullable(),
  /** Whether the scores lean to one side round after round, though each may be satisfactory: CUSUM and EWMA charts, in sd. */
  drift: z.strictObject({
    rounds: z.int(),
    bias: z.number(),
    biasLimit: z.number(),
    cusumHigh: z.number(),
    cusumLow: z.number(),
    cusumLimit: z.number(),
    signal: z.enum(["none", "high", "low"]),
    since: z.string().nullable(),
  }),
});

const refused = { 400: problem, 401: problem, 403: problem };

/** Interlaboratory rounds: what laboratories scored, and whose results may be ranked beside others'. */
export const roundRoutes: FastifyPluginAsyncZod<ApiPorts> = async (app, { records, log, now }) => {
  app.post(
    "/interlaboratory-rounds",
    {
      config: { access: ANALYSTS },
      schema: {
        tags: ["quality"],
        summary: "Record a round for one analyte; it is scored after ISO 13528",
        body: interlaboratoryRound,
        response: { 201: listOf(roundScore), ...refused },
      },
    },
    async ({ body, key }, reply) => {
      const { results, sigmaShare, assigned: stated, ...round } = body;
      const { assigned, sigma, scores } = scored(results, sigmaShare, stated);
      const reported = new Map(results.map((one) => [one.labId, one.value]));
      const items = scores.map(
        (score): RoundScore => ({
          ...round,
          ...score,
          value: reported.get(score.labId) as number,
          assigned: assigned.value,
          assignedUncertainty: assigned.uncertainty,
          sigma,
        }),
      );
      await records.transaction(async (inside) => {
        await inside.rounds.save(items);
        const { roundId: subject } = round;
        await inside.chains.append("audit", {
          at: now().toISOString(),
          actor: key.name,
          action: "round.recorded",
          subject,
          content: body,
        });
      });
      await askToRecompute(log, await records.sites.list(), "site");
      return reply.code(201).send({ items, next: null });
    },
  );
  app.get(
    "/interlaboratory-rounds",
    {
      config: { access: READERS },
      schema: {
        tags: ["quality"],
        summary: "What laboratories scored, by day",
        querystring: z.strictObject({ labId: labId.optional(), analyte: analyteId.optional() }),
        response: { 200: listOf(roundScore), ...refused },
      },
    },
    async ({ query }) => ({ items: await records.rounds.scores(filterOf(query)), next: null }),
  );
  app.get(
    "/interlaboratory-rounds/comparability",
    {
      config: { access: READERS },
      schema: {
        tags: ["quality"],
        summary: "Which laboratories' results may be ranked beside others' today, by analyte",
        querystring: z.strictObject({ labId: labId.optional(), analyte: analyteId.optional() }),
        response: { 200: listOf(standing), ...refused },
      },
    },
    async ({ query }) => {
      const scores = await records.rounds.scores(filterOf(query));
      const day = now().toISOString().slice(0, 10);
      const pairs = new Map(scores.map((score) => [`${score.labId} ${score.analyte}`, score]));
      const items = [...pairs.values()].map(({ labId: lab, analyte }) => {
        const judged = comparabilityOf(scores, { labId: lab, analyte, day, monthsMax: comparability.monthsMax });
        const own = scores.filter((score) => score.labId === lab && score.analyte === analyte);
        return {
          labId: lab,
          analyte,
          comparable: judged.comparable,
          reason: judged.comparable ? null : judged.reason,
          lastRound: own.at(-1) ?? null,
          drift: driftOf(own),
        };
      });
      return { items: items.toSorted((a, b) => (a.labId + a.analyte < b.labId + b.analyte ? -1 : 1)), next: null };
    },
  );
};

const filterOf = ({ labId: lab, analyte }: { labId?: string | undefined; analyte?: string | undefined }) => ({
  ...(lab === undefined ? {} : { labIds: [lab] }),
  ...(analyte === undefined ? {} : { analyte }),
});

/** @throws ApiProblem 400 for numbers of which no score comes, such as a spread of nothing */
function scored(...round: Parameters<typeof scoreRound>): ReturnType<typeof scoreRound> {
  try {
    const found = scoreRound(...round);
    if (found.scores.every(({ score }) => Number.isFinite(score))) return found;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
  }
  throw badRequest({
    en: "No score can be computed: the assigned value and its standard deviation must be above zero and of a size with the results.",
    zh: "无法计算评分：指定值及其标准差必须大于零，且与各实验室结果的量级相当。",
  });
}
