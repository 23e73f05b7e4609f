import { z } from "zod";
import { REVISION_REASONS } from "./assay.ts";
import { refusal } from "./refusal.ts";

/** Held: a spreadsheet has damaged the file. needsReason: it changes what is on record and does not say why. */
export const UPLOAD_VERDICTS = ["accepted", "acceptedWithWarnings", "partlyAccepted", "needsReason", "rejected", "held"] as const;
export type UploadVerdict = (typeof UPLOAD_VERDICTS)[number];

/** What an upload makes of a result: nothing else was on record, the same was, another content was, or it takes it back. */
export const RESULT_STATES = ["new", "unchanged", "amended", "withdrawn"] as const;
export type ResultState = (typeof RESULT_STATES)[number];

/** Why an upload changes what is on record: one of the list, and in words. */
export const uploadReason = z.strictObject({ reason: z.enum(REVISION_REASONS), text: z.string().trim().max(1_000).optional() });
export type UploadReason = z.infer<typeof uploadReason>;

/** Fields with a default came later than the first receipts. */
export const uploadCounts = z.strictObject({
  /** Below the headers; results of a JSON body. */
  rows: z.int().default(0),
  samples: z.int(),
  /** Results that are right, whether new, unchanged, amended or withdrawn. */
  results: z.int(),
  new: z.int().default(0),
  unchanged: z.int().default(0),
  amended: z.int().default(0),
  withdrawn: z.int().default(0),
  /** Rows of which something was refused; results of a JSON body. */
  rejected: z.int(),
  /** Rows that are no results by their nature: calibrators, blanks, means. */
  skipped: z.int().default(0),
  /** Results that stand in the file twice with one content, sent once. */
  repeated: z.int().default(0),
  errors: z.int().default(0),
  warnings: z.int(),
});
export type UploadCounts = z.infer<typeof uploadCounts>;

/** The rows that were refused, in the format they came in, with a column that says why. */
export const rejectedRows = z.strictObject({
  href: z.string(),
  fileName: z.string(),
  rows: z.int(),
  /** Beyond the most that are kept. */
  leftOut: z.int(),
});

/** What a laboratory sent in one go, and what became of it. */
export const upload = z.strictObject({
  uploadId: z.string(),
  labId: z.string(),
  actor: z.string(),
  receivedAt: z.string(),
  /** SHA-256 of the bytes as they came; of a JSON body, of its reports. */
  sha256: z.string(),
  fileName: z.string().nullable(),
  format: z.string().nullable().default(null),
  verdict: z.enum(UPLOAD_VERDICTS).default("accepted"),
  revision: uploadReason.nullable().default(null),
  samples: z.array(z.string()),
  counts: uploadCounts,
  rejectedRows: rejectedRows.nullable().default(null),
});
export type Upload = z.infer<typeof upload>;

const severity = z.enum(["error", "warning"]);

/** All problems of one rule in one column: the count is exact, rows and values are samples. */
export const uploadFinding = z.strictObject({
  code: z.string(),
  severity,
  column: z.string().optional(),
  count: z.int(),
  rows: z.array(z.int()),
  values: z.array(z.string()),
  expected: z.string(),
  mend: z.string(),
});
export type UploadFinding = z.infer<typeof uploadFinding>;

export const uploadProblem = refusal.extend({ severity, column: z.string().optional() });
export type UploadProblem = z.infer<typeof uploadProblem>;

/** One result that the upload would change, field by field. */
export const uploadChange = z.strictObject({
  state: z.enum(["amended", "withdrawn"]),
  labId: z.string(),
  sampleId: z.string(),
  analyte: z.string(),
  method: z.string(),
  replicate: z.int(),
  /** The upload whose content is changed, where known. */
  recordedBy: z.string().nullable(),
  differences: z.array(z.strictObject({ path: z.string(), recorded: z.unknown(), now: z.unknown() })),
});
export type UploadChange = z.infer<typeof uploadChange>;

/** A column of the file's header, what was made of it, and some of its cells. */
export const uploadColumn = z.strictObject({ header: z.string(), as: z.string().nullable(), samples: z.array(z.string()) });

/** What a check and a commit answer with. */
export const uploadAnswer = z.strictObject({
  verdict: z.enum(UPLOAD_VERDICTS),
  /** Null where the file was not understood. */
  format: z.string().nullable(),
  /** How the columns were read; to be sent with the next file of this form, unless it is remembered anyway. */
  mapping: z.unknown(),
  mappingFrom: z.enum(["given", "remembered", "recognised"]).nullable(),
  /** Under which the mapping is remembered for the laboratory. */
  fingerprint: z.string().nullable(),
  /** The header as it was found or guessed, to map its columns. */
  header: z.strictObject({ sheet: z.string().nullable(), row: z.int(), columns: z.array(uploadColumn) }).nullable(),
  counts: uploadCounts,
  findings: z.array(uploadFinding),
  problems: z.array(uploadProblem),
  changes: z.array(uploadChange),
  /** Whether problems or changes are left out of their lists; the counts are exact all the same. */
  truncated: z.boolean(),
  leftOut: z.strictObject({ problems: z.int(), changes: z.int() }),
  rejectedRows: rejectedRows.nullable(),
  /** Null after a check. */
  receipt: upload.nullable(),
});
export type UploadAnswer = z.infer<typeof uploadAnswer>;

const stateCounts = z.strictObject({ new: z.int(), unchanged: z.int(), amended: z.int(), withdrawn: z.int() });

/** The receipt that a laboratory keeps. Its hash is that of the document without it, and stands in the records too. */
export const receipt = z.strictObject({
  version: z.literal(1),
  upload,
  samples: z.array(
    z.strictObject({
      labId: z.string(),
      sampleId: z.string(),
      siteId: z.string(),
      start: z.string(),
      end: z.string(),
      results: stateCounts,
      /** SHA-256 over the contents of its results as they were sent. */
      contentHash: z.string(),
    }),
  ),
});
export type Receipt = z.infer<typeof receipt>;

/** What has become of a result since: it counts as sent, is on its way, was changed, was taken back, or waits for a reason. */
export const VERIFIED_STATES = ["asSent", "onItsWay", "revised", "withdrawn", "held"] as const;

export const verification = z.strictObject({
  uploadId: z.string(),
  /** Whether the hash asked about is the receipt's; null where none was asked about. */
  genuine: z.boolean().nullable(),
  receiptHash: z.string(),
  checkedAt: z.string(),
  /** Everything counts as it was sent. */
  unchanged: z.boolean(),
  counts: z.strictObject({ asSent: z.int(), onItsWay: z.int(), revised: z.int(), withdrawn: z.int(), held: z.int() }),
  /** Results that do not count as sent, with the upload that says otherwise. */
  since: z.array(
    z.strictObject({
      labId: z.string(),
      sampleId: z.string(),
      analyte: z.string(),
      method: z.string(),
      replicate: z.int(),
      state: z.enum(VERIFIED_STATES),
      by: z.string().nullable(),
      at: z.string().nullable(),
      reason: z.string().nullable(),
      text: z.string().nullable(),
    }),
  ),
  /** More are not listed. */
  truncated: z.boolean(),
});
export type Verification = z.infer<typeof verification>;
