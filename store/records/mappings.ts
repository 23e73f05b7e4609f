import type { Selectable } from "kysely";
import type { Db, Tables } from "./tables.ts";

/** How a laboratory's table is read, known by its header. */
export interface RememberedMapping {
  labId: string;
  /** Of the header as the file writes it (ingest/files/fingerprint.ts). */
  fingerprint: string;
  /** The mapping as JSON; its form is the business of the readers. */
  mapping: unknown;
  actor: string;
  updatedAt: string;
}

export interface MappingRecords {
  /** The last one given for a header counts. */
  save(mapping: RememberedMapping): Promise<void>;
  /** Newest first. */
  list(labId: string): Promise<RememberedMapping[]>;
  find(labId: string, fingerprint: string): Promise<RememberedMapping | undefined>;
  /** False when there was none. */
  remove(labId: string, fingerprint: string): Promise<boolean>;
}

export function mappingRecords(db: Db): MappingRecords {
  return {
    async save({ mapping, ...key }) {
      const row = { ...key, content: JSON.stringify(mapping) };
      await db
        .insertInto("columnMappings")
        .values(row)
        .onConflict((conflict) =>
          conflict
            .columns(["labId", "fingerprint"])
            .doUpdateSet({ content: row.content, actor: row.actor, updatedAt: row.updatedAt }),
        )
        .execute();
    },
    async list(labId) {
      const rows = await db
        .selectFrom("columnMappings")
        .selectAll()
        .where("labId", "=", labId)
        .orderBy("updatedAt", "desc")
        .orderBy("fingerprint")
        .execute();
      return rows.map(toMapping);
    },
    async find(labId, fingerprint) {
      const query = db.selectFrom("columnMappings").selectAll().where("labId", "=", labId).where("fingerprint", "=", fingerprint);
      const row = await query.executeTakeFirst();
      return row && toMapping(row);
    },
    async remove(labId, fingerprint) {
      const { numDeletedRows } = await db
        .deleteFrom("columnMappings")
        .where("labId", "=", labId)
        .where("fingerprint", "=", fingerprint)
        .executeTakeFirst();
      return numDeletedRows > 0n;
    },
  };
}

function toMapping({ content, ...row }: Selectable<Tables["columnMappings"]>): RememberedMapping {
  return { ...row, mapping: JSON.parse(content) as unknown };
}
