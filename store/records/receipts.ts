import { sql } from "kysely";
import type { ResultState } from "../../schemas/upload.ts";
import { hashOf } from "./hash.ts";
import type { Engine } from "./records.ts";
import type { Db } from "./tables.ts";

/** One result as an upload brought it. */
export interface SentResult {
  uploadId: string;
  identity: string;
  contentHash: string;
  labId: string;
  sampleId: string;
  analyte: string;
  method: string;
  replicate: number;
  state: ResultState;
}

/** A receipt as it was given, byte for byte, so that its hash can be told for ever. */
export interface KeptReceipt {
  uploadId: string;
  /** JSON. */
  content: string;
  /** SHA-256 of the content. */
  hash: string;
  claimedAt: string;
  /** Null while the log has not confirmed the results. */
  publishedAt: string | null;
}

export interface ReceiptRecords {
  /** Until the transaction ends, no other upload of these laboratories is compared with what is on record. */
  lock(labIds: readonly string[]): Promise<void>;
  /** Writes down what the upload is about to send: those who come after are compared with it, though it is not ingested yet. */
  claim(receipt: KeptReceipt, results: readonly SentResult[]): Promise<void>;
  published(uploadId: string, at: string): Promise<void>;
  find(uploadId: string): Promise<KeptReceipt | undefined>;
  /** The results of an upload, by sample and analyte. */
  resultsOf(uploadId: string): Promise<SentResult[]>;
  /**
   * What uploads sent under the identities, oldest first.
   * @param since an upload claimed before that never reached the log is passed over: its sender had no answer and tries again
   */
  sentUnder(identities: readonly string[], since: string): Promise<(SentResult & { claimedAt: string })[]>;
}

/** Rows of one insert: 9 columns each stay below SQLite's 32,766 parameters. */
const ROWS_PER_INSERT_MAX = 2_000;

export const receiptHash = (content: string): string => hashOf(content);

export function receiptRecords(db: Db, engine: Engine): ReceiptRecords {
  return {
    async lock(labIds) {
      if (engine !== "postgresql") return; // SQLite's write transaction is exclusive
      for (const labId of [...new Set(labIds)].toSorted())
        await sql`select pg_advisory_xact_lock(hashtext(${`upload:${labId}`}))`.execute(db);
    },
    async claim(receipt, results) {
      await db.insertInto("receipts").values(receipt).execute();
      for (let i = 0; i < results.length; i += ROWS_PER_INSERT_MAX)
        await db
          .insertInto("uploadResults")
          .values(results.slice(i, i + ROWS_PER_INSERT_MAX))
          .execute();
    },
    async published(uploadId, at) {
      await db
        .updateTable("receipts")
        .set({ publishedAt: at })
        .where("uploadId", "=", uploadId)
        .where("publishedAt", "is", null)
        .execute();
    },
    find: (uploadId) => db.selectFrom("receipts").selectAll().where("uploadId", "=", uploadId).executeTakeFirst(),
    async resultsOf(uploadId) {
      const rows = await db
        .selectFrom("uploadResults")
        .selectAll()
        .where("uploadId", "=", uploadId)
        .orderBy("sampleId")
        .orderBy("analyte")
        .orderBy("identity")
        .execute();
      return rows as SentResult[];
    },
    async sentUnder(identities, since) {
      const rows: (SentResult & { claimedAt: string })[] = [];
      for (let i = 0; i < identities.length; i += ROWS_PER_INSERT_MAX) {
        const found = await db
          .selectFrom("uploadResults")
          .innerJoin("receipts", "receipts.uploadId", "uploadResults.uploadId")
          .selectAll("uploadResults")
          .select("receipts.claimedAt")
          .where("uploadResults.identity", "in", identities.slice(i, i + ROWS_PER_INSERT_MAX))
          .where((e) => e.or([e("receipts.publishedAt", "is not", null), e("receipts.claimedAt", ">", since)]))
          .orderBy("receipts.claimedAt")
          .orderBy("receipts.uploadId")
          .execute();
        rows.push(...(found as (SentResult & { claimedAt: string })[]));
      }
      return rows;
    },
  };
}
