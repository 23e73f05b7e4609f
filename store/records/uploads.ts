import { type Upload, upload as uploadSchema } from "../../schemas/upload.ts";
import type { Db } from "./tables.ts";

export interface UploadRecords {
  /** Keeps the receipt; the same upload id again changes nothing. Returns the receipt that is kept. */
  save(upload: Upload): Promise<Upload>;
  /** Also one whose results the log has not confirmed yet. */
  find(uploadId: string): Promise<Upload | undefined>;
  /** Those whose results the log holds, newest first. */
  list(filter: { labId?: string; after?: { receivedAt: string; uploadId: string }; limit: number }): Promise<Upload[]>;
}

export function uploadRecords(db: Db): UploadRecords {
  const find = async (uploadId: string) => {
    const row = await db.selectFrom("uploads").select("content").where("uploadId", "=", uploadId).executeTakeFirst();
    return row && toUpload(row.content);
  };
  return {
    async save(upload) {
      const { uploadId, labId, actor, receivedAt } = upload;
      await db
        .insertInto("uploads")
        .values({ uploadId, labId, actor, receivedAt, content: JSON.stringify(upload) })
        .onConflict((conflict) => conflict.doNothing())
        .execute();
      return (await find(uploadId)) ?? upload;
    },
    find,
    async list({ labId, after, limit }) {
      const unpublished = db.selectFrom("receipts").select("uploadId").where("publishedAt", "is", null);
      let query = db
        .selectFrom("uploads")
        .select("content")
        .where("uploadId", "not in", unpublished)
        .orderBy("receivedAt", "desc")
        .orderBy("uploadId")
        .limit(limit);
      if (labId !== undefined) query = query.where("labId", "=", labId);
      if (after !== undefined) {
        query = query.where((e) =>
          e.or([
            e("receivedAt", "<", after.receivedAt),
            e.and([e("receivedAt", "=", after.receivedAt), e("uploadId", ">", after.uploadId)]),
          ]),
        );
      }
      return (await query.execute()).map((row) => toUpload(row.content));
    },
  };
}

/** Through the schema: it fills in what older receipts do not say. */
const toUpload = (content: string): Upload => uploadSchema.parse(JSON.parse(content));
