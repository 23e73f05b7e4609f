import type { Attachment, Outcome } from "../../schemas/caseFile.ts";
import { canonicalJson } from "./hash.ts";
import type { Db } from "./tables.ts";

/** What people add to a lead: files, and results of their cases. */
export interface CaseFileRecords {
  /** False when the lead has a file of the same bytes already. */
  attach(attachment: Attachment, value: Uint8Array): Promise<boolean>;
  attachments(leadId: string): Promise<Attachment[]>;
  attachmentValue(leadId: string, sha256: string): Promise<{ attachment: Attachment; value: Buffer } | undefined>;
  addOutcome(outcome: Outcome): Promise<void>;
  /** As they were recorded. */
  outcomes(leadId: string): Promise<Outcome[]>;
  /** Those dated in the days from `from` to before `to`, as they were recorded. */
  outcomesIn(from: string, to: string): Promise<Outcome[]>;
  /** Removes the files, and of the outcomes everything but what is counted. */
  forget(leadId: string): Promise<void>;
}

export function caseFileRecords(db: Db): CaseFileRecords {
  const outcomes = () => db.selectFrom("leadOutcomes").select("content").orderBy("recordedAt").orderBy("outcomeId");
  const read = <T>(rows: { content: string }[]) => rows.map(({ content }) => JSON.parse(content) as T);
  const ofLead = async (leadId: string) => read<Outcome>(await outcomes().where("leadId", "=", leadId).execute());
  return {
    async attach(attachment, value) {
      const { leadId, sha256, addedAt } = attachment;
      const { numInsertedOrUpdatedRows } = await db
        .insertInto("leadAttachments")
        .values({ leadId, sha256, addedAt, value, content: canonicalJson(attachment) })
        .onConflict((conflict) => conflict.doNothing())
        .executeTakeFirst();
      return (numInsertedOrUpdatedRows ?? 0n) > 0n;
    },
    async attachments(leadId) {
      const rows = db
        .selectFrom("leadAttachments")
        .select("content")
        .where("leadId", "=", leadId)
        .orderBy("addedAt")
        .orderBy("sha256");
      return read<Attachment>(await rows.execute());
    },
    async attachmentValue(leadId, sha256) {
      const row = await db
        .selectFrom("leadAttachments")
        .select(["content", "value"])
        .where("leadId", "=", leadId)
        .where("sha256", "=", sha256)
        .executeTakeFirst();
      return row && { attachment: JSON.parse(row.content) as Attachment, value: Buffer.from(row.value) };
    },
    async addOutcome(outcome) {
      const { outcomeId, leadId, caseId, date, recordedAt } = outcome;
      await db
        .insertInto("leadOutcomes")
        .values({ outcomeId, leadId, caseId, date, recordedAt, content: canonicalJson(outcome) })
        .onConflict((conflict) => conflict.doNothing())
        .execute();
    },
    outcomes: ofLead,
    outcomesIn: async (from, to) => read<Outcome>(await outcomes().where("date", ">=", from).where("date", "<", to).execute()),
    async forget(leadId) {
      await db.deleteFrom("leadAttachments").where("leadId", "=", leadId).execute();
      for (const outcome of await ofLead(leadId)) {
        const content = canonicalJson({ ...outcome, caseNumber: null, text: null });
        await db.updateTable("leadOutcomes").set({ content }).where("outcomeId", "=", outcome.outcomeId).execute();
      }
    },
  };
}
