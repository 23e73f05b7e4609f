import { z } from "zod";
import { columnMapping } from "../../ingest/files/mapping.ts";
import { uploadReason } from "../../schemas/upload.ts";
import { ApiProblem } from "../problems.ts";

export const UPLOAD_BYTES_MAX = 32 * 1024 * 1024;
/** Reports of a JSON body: a year of a plant's daily composites. */
const REPORTS_MAX = 1_000;

export interface UploadedFile {
  name: string;
  bytes: Buffer;
}

const BINARY = { type: "string", format: "binary" } as const;
const FILE_ONLY = { ...BINARY, "x-body": "multipart/form-data" } as const;
const JSON_ONLY = { "x-body": "application/json" } as const;
const file = z
  .custom<UploadedFile>((value) => Buffer.isBuffer((value as UploadedFile | undefined)?.bytes), "a file, as multipart/form-data")
  .meta(BINARY);

/** One body for both types: JSON brings reports, multipart/form-data a file and the rest as fields, objects written as JSON. */
export const uploadBody = z
  .strictObject({
    reports: z
      .array(z.unknown())
      .min(1)
      .max(REPORTS_MAX)
      .meta({ ...JSON_ONLY, "x-needed": true })
      .optional(),
    file: file.meta({ ...FILE_ONLY, "x-needed": true }).optional(),
    /** A table of samples, for a file that names them and says nothing else of them (MassHunter, Skyline). */
    samples: file.meta(FILE_ONLY).optional(),
    /** Of a JSON body; a file brings its own. */
    fileName: z.string().min(1).max(300).meta(JSON_ONLY).optional(),
    /** How the file's columns are read; remembered for the laboratory by the file's header when it is sent. */
    mapping: columnMapping.optional(),
    /** Why what is on record changes; needed where it does. */
    revision: uploadReason.optional(),
  })
  .refine((body) => (body.reports === undefined) !== (body.file === undefined), {
    path: ["file"],
    error: "either reports (JSON) or one file (multipart/form-data)",
  });
export type UploadBody = z.infer<typeof uploadBody>;

/**
 * The fields of a multipart/form-data body, held in memory whole: its size is bounded.
 * @throws {ApiProblem} 400 where it is not well-formed
 */
export async function multipartBody(contentType: string, bytes: Buffer): Promise<Record<string, unknown>> {
  const form = await new Response(new Uint8Array(bytes), { headers: { "content-type": contentType } })
    .formData()
    .catch((cause: unknown) => {
      throw new ApiProblem(400, "Bad request", {
        en: `The body is not well-formed multipart/form-data: ${(cause as Error).message}.`,
        zh: "请求正文不是有效的 multipart/form-data。",
      });
    });
  const body: Record<string, unknown> = {};
  for (const [name, value] of form) {
    if (name in body) throw twice(name);
    body[name] =
      typeof value === "string"
        ? fieldValue(name, value)
        : { name: value.name.slice(0, 300) || "file", bytes: Buffer.from(await value.arrayBuffer()) };
  }
  return body;
}

function fieldValue(name: string, text: string): unknown {
  if (name !== "mapping" && name !== "revision") return text;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text; // the schema says what was expected
  }
}

const twice = (name: string) =>
  new ApiProblem(400, "Bad request", {
    en: `The field ${name} is there twice: send one file at a time.`,
    zh: `字段 ${name} 出现了两次：每次只上传一个文件。`,
  });
