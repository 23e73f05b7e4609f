import type { InjectOptions } from "fastify";
import { type AssayResult, assayReport } from "../../schemas/assay.ts";
import type { Role } from "../../schemas/key.ts";
import { contentHashOf, identityOf, sampleHashOf } from "../../store/records/results.ts";
import type { ResultRevision } from "../../store/records/revisions.ts";
import { AT } from "../store/records/nouns.ts";
import { fileRequest } from "./uploadForms.ts";
import { LAB, OTHER_LAB, reportOf, TABLE, type World } from "./world.ts";

const V = "/api/v1";
const upload = (payload: object, headers = {}) => ({ payload, headers });
const once = { "idempotency-key": "one" };
const badCursor = "?cursor=e30";
const unknown = "0".repeat(32);
const handOver = { time: "2026-05-05T09:00:00+08:00", action: "received", by: "Li" };
/** As text, for the cases are filled in as JSON. */
async function file(content: string, mode = "commit", headers = {}): Promise<InjectOptions> {
  const request = await fileRequest(content, { query: `?mode=${mode}`, headers });
  return { ...request, payload: String(request.payload) };
}

const stale = { headers: { "if-match": '"of-yesterday"' } };

/** The declared answers of what laboratories use, for answers.test.ts: operation, status, who asks, and what differs from its path. */
export const UPLOAD_CASES: [name: string, status: number, who: Role | undefined, options?: InjectOptions][] = [
  [`POST ${V}/uploads`, 200, "lab", { url: `${V}/uploads?mode=check`, payload: { reports: [reportOf("s-1")] } }],
  [`POST ${V}/uploads`, 200, "lab", await file(TABLE, "check")],
  [`POST ${V}/uploads`, 201, "lab", upload({ reports: [reportOf("s-7")] }, once)],
  [`POST ${V}/uploads`, 201, "lab", await file(TABLE.replaceAll("s-1,", "s-8,"), "commit", { "idempotency-key": "file" })],
  [`POST ${V}/uploads`, 400, "lab", upload({ reports: [] })],
  [`POST ${V}/uploads`, 400, "lab", { ...(await file(TABLE)), payload: "--" }],
  [`POST ${V}/uploads`, 409, "lab", upload({ reports: [reportOf("s-2")] }, once)],
  [`POST ${V}/uploads`, 409, "lab", upload({ reports: [{ ...reportOf("s-0"), results: [{ ...result(99) }] }] })],
  [`POST ${V}/uploads`, 413, "lab", upload({ reports: ["x".repeat(33 * 1024 * 1024)] })],
  [`POST ${V}/uploads`, 415, "lab", { payload: "<reports/>", headers: { "content-type": "application/xml" } }],
  [`POST ${V}/uploads`, 422, "lab", upload({ reports: [reportOf("s-1", { siteId: "plant-x" })] })],
  [`POST ${V}/uploads`, 422, "lab", await file("a,b\n1,2\n")],
  [`GET ${V}/uploads`, 200, "lab"],
  [`GET ${V}/uploads`, 400, "lab", { url: `${V}/uploads${badCursor}` }],
  [`GET ${V}/uploads/{uploadId}`, 200, "lab", { url: `${V}/uploads/<upload>` }],
  [`GET ${V}/uploads/{uploadId}`, 404, "lab"],
  [`GET ${V}/uploads/{uploadId}/receipt`, 200, "lab", { url: `${V}/uploads/<upload>/receipt` }],
  [`GET ${V}/uploads/{uploadId}/receipt`, 404, "lab"],
  [`GET ${V}/uploads/{uploadId}/receipt.html`, 200, "lab", { url: `${V}/uploads/<upload>/receipt.html?language=zh` }],
  [`GET ${V}/uploads/{uploadId}/receipt.html`, 400, "lab", { url: `${V}/uploads/<upload>/receipt.html?language=xx` }],
  [`GET ${V}/uploads/{uploadId}/receipt.html`, 404, "lab"],
  [`GET ${V}/uploads/{uploadId}/verify`, 200, "lab", { url: `${V}/uploads/<upload>/verify` }],
  [`GET ${V}/uploads/{uploadId}/verify`, 400, "lab", { url: `${V}/uploads/<upload>/verify?hash=12` }],
  [`GET ${V}/uploads/{uploadId}/verify`, 404, "lab"],
  [`GET ${V}/uploads/template.xlsx`, 200, "lab"],
  [`GET ${V}/uploads/template.xlsx`, 400, "lab", { url: `${V}/uploads/template.xlsx?language=xx` }],
  [`GET ${V}/uploads/rejected-rows/{rejectedId}`, 200, "lab", { url: "<rejected>" }],
  [`GET ${V}/uploads/rejected-rows/{rejectedId}`, 404, "lab"],
  [`GET ${V}/uploads/fields`, 200, "lab"],
  [`GET ${V}/uploads/mappings`, 200, "lab"],
  [`GET ${V}/uploads/mappings`, 400, "lab", { url: `${V}/uploads/mappings?labId=${OTHER_LAB}` }],
  [`PUT ${V}/uploads/mappings/{fingerprint}`, 200, "lab", { url: `${V}/uploads/mappings/${unknown}`, payload: {} }],
  [`GET ${V}/uploads/mappings/{fingerprint}`, 200, "lab", { url: `${V}/uploads/mappings/${unknown}` }],
  [`GET ${V}/uploads/mappings/{fingerprint}`, 400, "lab"],
  [`PUT ${V}/uploads/mappings/{fingerprint}`, 412, "lab", { url: `${V}/uploads/mappings/${unknown}`, ...stale, payload: {} }],
  [`PUT ${V}/uploads/mappings/{fingerprint}`, 400, "lab", { payload: {} }],
  [`DELETE ${V}/uploads/mappings/{fingerprint}`, 204, "lab", { url: `${V}/uploads/mappings/${unknown}` }],
  [`DELETE ${V}/uploads/mappings/{fingerprint}`, 400, "lab"],
  [`GET ${V}/uploads/mappings/{fingerprint}`, 404, "lab", { url: `${V}/uploads/mappings/${unknown}` }],
  [`DELETE ${V}/uploads/mappings/{fingerprint}`, 404, "lab", { url: `${V}/uploads/mappings/${unknown}` }],
  [`POST ${V}/samples/{sampleId}/custody`, 201, "lab", { url: `${V}/samples/s-c/custody`, payload: handOver }],
  [`POST ${V}/samples/{sampleId}/custody`, 400, "lab", { payload: { ...handOver, action: "lost" } }],
  [`GET ${V}/samples/{sampleId}`, 200, "analyst", { url: `${V}/samples/s-c?labId=lab-one` }],
  [`GET ${V}/samples/{sampleId}`, 400, "lab", { url: `${V}/samples/-` }],
  [`GET ${V}/samples/{sampleId}`, 404, "analyst"],
  [`GET ${V}/samples/{sampleId}`, 409, "analyst", { url: `${V}/samples/s-both` }],
];

function result(value: number) {
  return { analyte: "MDMA", value, unit: "ng/L", method: "m-1" };
}

/** What the cases speak of: an upload, its refused rows, and a sample of whose name two laboratories have one. */
export async function prepareUploads({ ask, records }: World): Promise<{ upload: string; rejected: string }> {
  const reports = [reportOf("s-0"), reportOf("s-9", { siteId: "plant-x" })];
  const { body } = await ask({ method: "POST", url: `${V}/uploads`, who: "lab", payload: { reports } });
  await records.results.append([LAB, OTHER_LAB].map((labId) => revisionOf(labId, "s-both")));
  await records.results.append([revisionOf(LAB, "s-0")]);
  return { upload: body.receipt.uploadId, rejected: body.rejectedRows.href };
}

function revisionOf(labId: string, sampleId: string): ResultRevision {
  const { sample, results } = assayReport.parse(reportOf(sampleId, { labId }));
  const [result] = results as [AssayResult];
  const sampleHash = sampleHashOf(labId, sample);
  const origin = { labId, uploadId: "u-0", reportedAt: AT, revision: null, topic: "assay-reports", partition: 0, offset: "0" };
  return {
    identity: identityOf(labId, sampleId, result),
    contentHash: contentHashOf(sampleHash, result),
    ...{ sampleHash, sample, result, origin, receivedAt: AT, orderKey: `${AT}/u-0` },
  };
}
