import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import { type CheckedFile, checkFile } from "../../ingest/files/checkFile.ts";
import { FORMATS } from "../../ingest/files/formats.ts";
import { columnMapping } from "../../ingest/files/mapping.ts";
import type { Problem } from "../../ingest/files/problem.ts";
import { labId } from "../../schemas/identifiers.ts";
import { problem } from "../../schemas/problem.ts";
import { refusal } from "../../schemas/refusal.ts";
import { upload } from "../../schemas/upload.ts";
import type { ApiPorts } from "../ports.ts";
import { ApiProblem, unprocessable } from "../problems.ts";
import { tooLarge } from "./check.ts";
import { commitUpload, uploadIdOf } from "./commit.ts";

const FILE_BYTES_MAX = 32 * 1024 * 1024;
/** What browsers and scripts call a table; the file's name tells how it is read. */
const FILE_TYPES = [
  "application/octet-stream",
  "text/csv",
  "text/tab-separated-values",
  "text/plain",
  "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
];
const fileBytes = z
  .custom<Buffer>((body) => Buffer.isBuffer(body) && body.length > 0, "the bytes of the file")
  .meta({ type: "string", format: "binary" });

/** A column mapping as JSON in the address. */
const mappingText = z
  .string()
  .max(16_000)
  .transform((text, context) => {
    try {
      return JSON.parse(text) as unknown;
    } catch {
      context.addIssue({ code: "custom", message: "a column mapping as JSON" });
      return z.NEVER;
    }
  })
  .pipe(columnMapping);

const severity = z.enum(["error", "warning"]);
const finding = z.strictObject({
  code: z.string(),
  severity,
  column: z.string().optional(),
  count: z.int(),
  rows: z.array(z.int()),
  values: z.array(z.string()),
  expected: z.string(),
  mend: z.string(),
});
const checked = z.strictObject({
  verdict: z.enum(["accepted", "acceptedWithWarnings", "partlyAccepted", "rejected", "held"]),
  format: z.enum(FORMATS).nullable(),
  /** As it was used; send it with the next file of this form. */
  mapping: z.unknown(),
  counts: z.strictObject({
    rows: z.int(),
    rejected: z.int(),
    skipped: z.int(),
    results: z.int(),
    repeated: z.int(),
    errors: z.int(),
    warnings: z.int(),
  }),
  /** All problems, by rule and column, with exact counts. */
  findings: z.array(finding),
  problems: z.array(refusal.extend({ severity, column: z.string().optional() })),
  /** Some problems are in the findings only: there are more than are listed. */
  truncated: z.boolean(),
  /** Null after a check. */
  receipt: upload.nullable(),
});

/** A laboratory's file as it is: checked cell by cell, and sent. */
export const fileRoutes: FastifyPluginAsyncZod<ApiPorts> = async (app, ports) => {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(FILE_TYPES, { parseAs: "buffer", bodyLimit: FILE_BYTES_MAX }, (_request, body, done) =>
    done(null, body),
  );
  app.post(
    "/uploads/file",
    {
      config: { access: ["lab", "admin"] },
      bodyLimit: FILE_BYTES_MAX,
      schema: {
        tags: ["uploads"],
        summary: "Check or send a laboratory's file",
        description:
          "CSV or XLSX: long or wide tables, MassHunter, Skyline, EUDA, Statistics Canada, PHES-ODM. A check reads through the same code as a commit.",
        consumes: FILE_TYPES,
        headers: z.looseObject({ "idempotency-key": z.string().min(1).max(200).optional() }),
        querystring: z.strictObject({
          mode: z.enum(["check", "commit"]).default("commit"),
          fileName: z.string().min(1).max(300),
          /** Whose results they are, where an administrator sends them; a laboratory's key sends its own. */
          labId: labId.optional(),
          mapping: mappingText.optional(),
        }),
        body: fileBytes,
        response: {
          200: checked,
          201: checked,
          400: problem,
          401: problem,
          403: problem,
          409: problem,
          413: problem,
          415: problem,
          422: problem,
          503: problem,
        },
      },
    },
    async (request, reply) => {
      const { key, query } = request;
      const lab = key.role === "lab" ? key.organisation : query.labId;
      if (lab === undefined || (query.labId !== undefined && query.labId !== lab))
        throw new ApiProblem(
          400,
          "Bad request",
          "labId names the laboratory whose results these are; a laboratory's key has its own.",
        );
      const bytes = request.body;
      const uploadId = uploadIdOf(key, request.headers["idempotency-key"], request.id);
      const sites = await ports.records.sites.list();
      const { fileName, mapping } = query;
      const file = withoutTooLarge(
        await checkFile(bytes, { fileName, labId: lab, uploadId, sites, ...(mapping ? { mapping } : {}) }),
      );
      const answer = {
        verdict: file.verdict,
        format: file.format,
        mapping: file.mapping,
        counts: file.counts,
        findings: file.findings,
        problems: file.problems,
        truncated: file.truncated,
      };
      if (query.mode === "check") return reply.code(200).send({ ...answer, receipt: null });
      if (file.reports.length === 0) throw unprocessable(whyNothing(file), answer.problems.map(asRefusal));
      const { receipt: kept, known } = await commitUpload(ports, key, {
        uploadId,
        reports: file.reports,
        sha256: file.sha256,
        fileName,
        counts: {
          samples: file.reports.length,
          results: file.counts.results,
          rejected: file.counts.errors,
          warnings: file.counts.warnings,
        },
      });
      return reply.code(known ? 200 : 201).send({ ...answer, receipt: kept });
    },
  );
};

function withoutTooLarge(file: CheckedFile): CheckedFile {
  const problems: Problem[] = [];
  const reports = file.reports.filter((report) => {
    const refused = tooLarge(report, `sample ${report.sample.sampleId}`);
    if (refused) problems.push({ ...refused, severity: "error" });
    return !refused;
  });
  if (problems.length === 0) return file;
  const results = reports.reduce((sum, report) => sum + report.results.length, 0);
  const counts = { ...file.counts, results, errors: file.counts.errors + problems.length };
  return {
    ...file,
    reports,
    counts,
    problems: [...file.problems, ...problems],
    verdict: results ? "partlyAccepted" : "rejected",
  };
}

function whyNothing({ verdict }: CheckedFile): string {
  return verdict === "held"
    ? "The file is held: a spreadsheet has damaged values in it, and others may have changed without a trace."
    : "Nothing in the file can be accepted.";
}

const asRefusal = ({ code, where, found, expected, mend }: Problem) => ({ code, where, found, expected, mend });
