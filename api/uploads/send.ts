import type { FastifyRequest } from "fastify";
import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import { columnMapping } from "../../ingest/files/mapping.ts";
import type { Problem } from "../../ingest/files/problem.ts";
import { labId } from "../../schemas/identifiers.ts";
import type { ApiKey } from "../../schemas/key.ts";
import { problem } from "../../schemas/problem.ts";
import { type Upload, uploadAnswer } from "../../schemas/upload.ts";
import type { ApiPorts } from "../ports.ts";
import { type ApiProblem, badRequest, unprocessable } from "../problems.ts";
import { multipartBody, UPLOAD_BYTES_MAX, uploadBody } from "./body.ts";
import { committedBefore, commitUpload, uploadIdOf } from "./commit.ts";
import { type ReadUpload, readUpload } from "./readUpload.ts";
import { keepRejected } from "./rejected.ts";

/** How long the rows that a check refused can be had. */
const CHECK_KEPT_MS = 7 * 86_400_000;
/** Changes that an answer lists; all are counted. */
const CHANGES_MAX = 1_000;

const answer = uploadAnswer.extend({ mapping: columnMapping.nullable() });
const problems = {
  400: problem,
  401: problem,
  403: problem,
  409: problem,
  413: problem,
  415: problem,
  422: problem,
  503: problem,
};

/** One way in for results, whatever form they have: checked cell by cell, compared with what is on record, sent. */
export const sendRoutes: FastifyPluginAsyncZod<ApiPorts> = async (app, ports) => {
  const { records, now } = ports;
  app.addContentTypeParser("multipart/form-data", { parseAs: "buffer", bodyLimit: UPLOAD_BYTES_MAX }, multipart);
  app.post(
    "/uploads",
    {
      config: { access: ["lab", "admin"] },
      bodyLimit: UPLOAD_BYTES_MAX,
      schema: {
        tags: ["uploads"],
        summary: "Check or send results: a file as it is, or reports as JSON",
        description:
          "A file comes as multipart/form-data: CSV or XLSX (long or wide tables, MassHunter, Skyline, EUDA, Statistics Canada, PHES-ODM), or a JSON file of reports. Check and commit are one code path. A commit with the Idempotency-Key of an earlier one answers with its receipt and changes nothing; one that changes what is on record without a reason is answered with the differences (409).",
        consumes: ["application/json", "multipart/form-data"],
        headers: z.looseObject({ "idempotency-key": z.string().min(1).max(200).optional() }),
        querystring: z.strictObject({
          mode: z.enum(["check", "commit"]).default("commit"),
          /** Whose results a file holds, where an administrator sends it; a laboratory's key sends its own. */
          labId: labId.optional(),
        }),
        body: uploadBody,
        response: { 200: answer, 201: answer, ...problems },
      },
    },
    async (request, reply) => {
      const { key, body, query } = request;
      const uploadId = uploadIdOf(key, request.headers["idempotency-key"], request.id);
      const lab = laboratoryOf(key, query.labId, body.file !== undefined);
      const read = await readUpload(body, { records, labId: lab, uploadId, now: now() });
      if (query.mode === "check") {
        await records.rejectedFiles.prune(now().toISOString());
        const keptUntil = new Date(now().getTime() + CHECK_KEPT_MS).toISOString();
        const rejectedRows = await keepRejected(records, lab ?? key.organisation, read, keptUntil);
        return reply.code(200).send({ ...answerOf(read), rejectedRows, receipt: null });
      }
      const known = await committedBefore(ports, { uploadId, read });
      if (known) return reply.code(200).send(withReceipt(read, known));
      if (read.verdict === "held" || read.counts.results === 0) throw nothingTaken(read);
      const whose = lab ?? read.placed[0]!.report.labId;
      const { receipt, known: twice } = await commitUpload(ports, key, { uploadId, labId: whose, read, revision: body.revision });
      return reply.code(twice ? 200 : 201).send(withReceipt(read, receipt));
    },
  );
};

const multipart = (request: FastifyRequest, bytes: Buffer) => multipartBody(String(request.headers["content-type"]), bytes);

/** @throws {ApiProblem} 400 where it is not told whose results a file holds, or a laboratory names another */
function laboratoryOf(key: ApiKey, named: string | undefined, isFile: boolean): string | undefined {
  const own = key.role === "lab" ? key.organisation : named;
  if ((own !== undefined || !isFile) && (named === undefined || named === own)) return own;
  throw badRequest({
    en: "labId names the laboratory whose results these are; a laboratory's key has its own.",
    zh: "labId 指明结果所属的实验室；实验室密钥只能提交本实验室的结果。",
  });
}

function answerOf(read: ReadUpload): Omit<z.infer<typeof answer>, "rejectedRows" | "receipt"> {
  const { verdict, format, mapping, mappingFrom, header, counts, findings, problems, comparison } = read;
  const changes = comparison.changes
    .slice(0, CHANGES_MAX)
    .map(({ report: _report, result: _result, reasoned: _reasoned, recordedAt: _recordedAt, ...change }) => change);
  const leftOut = {
    problems: counts.errors + counts.warnings - problems.length,
    changes: comparison.changes.length - changes.length,
  };
  return {
    verdict,
    format,
    mapping,
    mappingFrom,
    fingerprint: header?.fingerprint ?? null,
    header: header && { sheet: header.sheet, row: header.row, columns: header.columns },
    counts,
    findings,
    problems,
    changes,
    truncated: leftOut.problems + leftOut.changes > 0,
    leftOut,
  };
}

function withReceipt(read: ReadUpload, receipt: Upload): z.infer<typeof answer> {
  const { verdict, counts, rejectedRows } = receipt;
  return { ...answerOf(read), verdict, counts, rejectedRows, receipt };
}

/** More are not listed in a refusal; a check lists them all. */
const REFUSALS_MAX = 1_000;

function nothingTaken({ verdict, problems }: ReadUpload): ApiProblem {
  const refusals = problems
    .filter(({ severity }) => severity === "error")
    .slice(0, REFUSALS_MAX)
    .map(({ code, where, found, expected, mend }: Problem) => ({ code, where, found, expected, mend }));
  if (verdict === "held")
    return unprocessable(
      {
        en: "The file is held: a spreadsheet has damaged values in it, and others may have changed without a trace.",
        zh: "文件已被暂扣：电子表格软件改动了其中的数值，其他数值也可能已被改动而不留痕迹。",
      },
      refusals,
    );
  return unprocessable({ en: "Nothing in it can be accepted.", zh: "其中没有可以接收的内容。" }, refusals);
}
