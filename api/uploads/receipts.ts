import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import type { ApiKey } from "../../schemas/key.ts";
import { problem } from "../../schemas/problem.ts";
import { type Receipt, receipt, type Upload, verification } from "../../schemas/upload.ts";
import type { KeptReceipt } from "../../store/records/receipts.ts";
import type { Records } from "../../store/records/records.ts";
import { languageOf } from "../language.ts";
import type { ApiPorts } from "../ports.ts";
import { notFound } from "../problems.ts";
import { receiptPage } from "./receiptPage.ts";
import { verifyReceipt } from "./verify.ts";

const params = z.strictObject({ uploadId: z.string() });
const refusals = { 401: problem, 403: problem, 404: problem };

/** What a laboratory holds in its hand for what it sent, and comes back with years later. */
export const receiptRoutes: FastifyPluginAsyncZod<ApiPorts> = async (app, { records, now }) => {
  app.get(
    "/uploads/:uploadId/receipt",
    {
      config: { access: ["lab", "admin"] },
      schema: {
        tags: ["uploads"],
        summary: "The receipt of an upload: its file's hash, every sample with what became of it, and the receipt's own hash",
        params,
        response: { 200: receipt.extend({ hash: z.string() }), ...refusals },
      },
    },
    async ({ params: { uploadId }, key }) => {
      const kept = await keptReceipt(records, key, uploadId);
      return { ...(JSON.parse(kept.content) as Receipt), hash: kept.hash };
    },
  );
  app.get(
    "/uploads/:uploadId/receipt.html",
    {
      config: { access: ["lab", "admin"] },
      schema: {
        tags: ["uploads"],
        summary: "The receipt as a page to print, in the language of the request or the one asked for",
        params,
        querystring: z.strictObject({ language: z.enum(["en", "zh"]).optional() }),
        produces: ["text/html"],
        response: { 200: z.string(), 400: problem, ...refusals },
      },
    },
    async (request, reply) => {
      const kept = await keptReceipt(records, request.key, request.params.uploadId);
      const language = request.query.language ?? languageOf(request);
      const page = receiptPage(JSON.parse(kept.content) as Receipt, kept.hash, language);
      return reply
        .type("text/html; charset=utf-8")
        .serializer((text: string) => text)
        .send(page);
    },
  );
  app.get(
    "/uploads/:uploadId/verify",
    {
      config: { access: ["lab", "admin"] },
      schema: {
        tags: ["uploads"],
        summary: "Whether a receipt is the one that was given, and what has been revised since",
        params,
        querystring: z.strictObject({ hash: z.hex().length(64).optional() }),
        response: { 200: verification, 400: problem, ...refusals },
      },
    },
    async ({ params: { uploadId }, query: { hash }, key }) => {
      const kept = await keptReceipt(records, key, uploadId);
      return verifyReceipt(records, kept, hash, now().toISOString());
    },
  );
};

/**
 * An upload, if the key may see it; another laboratory's looks as if it were not there, and so does one whose results the log does not
 * hold: its sender had no answer, and no receipt is given for it.
 */
export async function uploadOf(
  { uploads, receipts }: Pick<Records, "uploads" | "receipts">,
  key: ApiKey,
  uploadId: string,
): Promise<Upload> {
  const found = await uploads.find(uploadId);
  const isTheirs = key.role !== "lab" || found?.labId === key.organisation;
  if (!found || !isTheirs || (await receipts.find(uploadId))?.publishedAt === null) throw notFound("upload", uploadId);
  return found;
}

async function keptReceipt(records: Records, key: ApiKey, uploadId: string): Promise<KeptReceipt> {
  await uploadOf(records, key, uploadId);
  const kept = await records.receipts.find(uploadId);
  if (!kept) throw notFound("receipt of upload", uploadId);
  return kept;
}
