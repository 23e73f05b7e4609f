import type { Db } from "./tables.ts";

/** The refused rows of a file, in the format it came in. */
export interface RejectedFile {
  rejectedId: string;
  labId: string;
  fileName: string;
  mediaType: string;
  bytes: Uint8Array;
}

export interface RejectedFileRecords {
  /** The same id again keeps the longer of the two times. @param keptUntil null: for ever, since a receipt leads to it */
  save(file: RejectedFile, keptUntil: string | null): Promise<void>;
  find(rejectedId: string): Promise<RejectedFile | undefined>;
  /** Lets go of those that were kept until then. */
  prune(now: string): Promise<void>;
}

export function rejectedFileRecords(db: Db): RejectedFileRecords {
  return {
    async save(file, keptUntil) {
      await db
        .insertInto("rejectedFiles")
        .values({ ...file, keptUntil })
        .onConflict((conflict) => conflict.doNothing())
        .execute();
      if (keptUntil === null)
        await db
          .updateTable("rejectedFiles")
          .set({ keptUntil: null })
          .where("rejectedId", "=", file.rejectedId)
          .where("keptUntil", "is not", null)
          .execute();
      else
        await db
          .updateTable("rejectedFiles")
          .set({ keptUntil })
          .where("rejectedId", "=", file.rejectedId)
          .where("keptUntil", "<", keptUntil)
          .execute();
    },
    async find(rejectedId) {
      const row = await db.selectFrom("rejectedFiles").selectAll().where("rejectedId", "=", rejectedId).executeTakeFirst();
      if (!row) return undefined;
      const { keptUntil: _keptUntil, ...file } = row;
      return file;
    },
    async prune(now) {
      await db.deleteFrom("rejectedFiles").where("keptUntil", "<", now).execute();
    },
  };
}
