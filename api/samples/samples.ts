import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import { chainEntry } from "../../schemas/chain.ts";
import { labId, sampleId } from "../../schemas/identifiers.ts";
import type { ApiKey } from "../../schemas/key.ts";
import { problem } from "../../schemas/problem.ts";
import { custodyEvent } from "../../schemas/sample.ts";
import { type SampleRecord, sampleRecord } from "../../schemas/sampleRecord.ts";
import type { Upload } from "../../schemas/upload.ts";
import { addHandOver, custodyChain } from "../../store/records/custody.ts";
import type { Records } from "../../store/records/records.ts";
import { currentRevision, type ResultRevision } from "../../store/records/revisions.ts";
import { EVERYBODY } from "../auth/access.ts";
import type { ApiPorts } from "../ports.ts";
import { badRequest, conflict, notFound } from "../problems.ts";
import { samplingProblems } from "../uploads/sampling.ts";

const address = {
  params: z.strictObject({ sampleId }),
  /** Whose sample it is, where several laboratories have one of the name; a laboratory's key sees its own. */
  querystring: z.strictObject({ labId: labId.optional() }),
};

/** A sample from the bottle to what counts of it now. */
export const sampleRecordRoutes: FastifyPluginAsyncZod<ApiPorts> = async (app, { records, now }) => {
  app.get(
    "/samples/:sampleId",
    {
      config: { access: EVERYBODY },
      schema: {
        tags: ["samples"],
        summary:
          "A sample: its results with all their revisions, its hand-overs, and what is odd about how it was taken and kept",
        ...address,
        response: { 200: sampleRecord, 400: problem, 401: problem, 403: problem, 404: problem, 409: problem },
      },
    },
    async ({ params, query, key }) => {
      const lab = await laboratoryOf(records, key, query.labId, params.sampleId);
      return recordOf(records, lab, params.sampleId, now());
    },
  );
  app.post(
    "/samples/:sampleId/custody",
    {
      config: { access: ["lab", "admin"] },
      schema: {
        tags: ["samples"],
        summary:
          "Add a hand-over to the sample's hash-chained record of custody, also before its results come; the same again is one",
        ...address,
        body: custodyEvent,
        response: { 201: chainEntry, 400: problem, 401: problem, 403: problem },
      },
    },
    async ({ params, query, key, body }, reply) => {
      const lab = key.role === "lab" ? key.organisation : query.labId;
      if (lab === undefined || (query.labId !== undefined && query.labId !== lab)) throw foreign();
      return reply.code(201).send(await addHandOver(records, lab, params.sampleId, body));
    },
  );
};

const foreign = () =>
  badRequest({
    en: "labId names the laboratory that has the sample; a laboratory's key has its own.",
    zh: "labId 指明样本所属的实验室；实验室密钥只能使用本实验室。",
  });

async function laboratoryOf(records: Records, key: ApiKey, named: string | undefined, sampleId: string): Promise<string> {
  if (key.role === "lab") {
    if (named !== undefined && named !== key.organisation) throw foreign();
    return key.organisation;
  }
  if (named !== undefined) return named;
  const labs = await records.results.labsOf(sampleId);
  if (labs.length === 0) throw notFound("sample", sampleId);
  if (labs.length === 1) return labs[0]!;
  throw conflict({
    en: `Several laboratories have a sample ${sampleId}: say which by labId (${labs.join(", ")}).`,
    zh: `多个实验室都有样本 ${sampleId}，请用 labId 指明（${labs.join("、")}）。`,
  });
}

async function recordOf(records: Records, lab: string, sampleId: string, now: Date): Promise<SampleRecord> {
  const revisions = await records.results.ofSample(lab, sampleId);
  const chain = custodyChain(lab, sampleId);
  const entries = await records.chains.list(chain);
  if (revisions.length === 0 && entries.length === 0) throw notFound("sample", sampleId);
  const uploads = await uploadsOf(records, revisions);
  const byIdentity = [...Map.groupBy(revisions, ({ identity }) => identity).values()];
  const current = byIdentity.map((group) => currentRevision(group).current);
  const sample = current.toSorted((a, b) => (a.orderKey < b.orderKey ? 1 : -1))[0]?.sample ?? null;
  const site = sample && (await records.sites.find(sample.siteId));
  const report = sample && { labId: lab, uploadId: "on-record", sample, results: current.map(({ result }) => result) };
  const findings = site && report ? samplingProblems(report, site, now) : [];
  return {
    labId: lab,
    sampleId,
    sample,
    findings: findings.map(({ severity: _severity, ...finding }) => finding),
    results: byIdentity.map((group) => resultOf(group, uploads)),
    custody: { entries, brokenAt: await records.chains.verify(chain) },
  };
}

async function uploadsOf({ uploads }: Records, revisions: readonly ResultRevision[]): Promise<Map<string, Upload>> {
  const ids = [...new Set(revisions.map(({ origin }) => origin.uploadId))];
  const found = await Promise.all(ids.map((id) => uploads.find(id)));
  return new Map(found.filter((upload) => upload !== undefined).map((upload) => [upload.uploadId, upload]));
}

function resultOf(group: readonly ResultRevision[], uploads: ReadonlyMap<string, Upload>): SampleRecord["results"][number] {
  const { current, held } = currentRevision(group);
  const { analyte, method, replicate } = current.result;
  const stateOf = (revision: ResultRevision) =>
    revision === current ? ("current" as const) : held.includes(revision) ? ("held" as const) : ("replaced" as const);
  return {
    analyte,
    method,
    replicate,
    revisions: group.map((revision) => {
      const { origin, receivedAt, result } = revision;
      const upload = uploads.get(origin.uploadId);
      return {
        uploadId: origin.uploadId,
        actor: upload?.actor ?? null,
        fileName: upload?.fileName ?? null,
        sha256: upload?.sha256 ?? null,
        reportedAt: origin.reportedAt,
        receivedAt,
        revision: origin.revision,
        state: stateOf(revision),
        result,
      };
    }),
  };
}
