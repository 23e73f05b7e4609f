import type { Annotation } from "../../schemas/annotation.ts";
import { canonicalJson } from "./hash.ts";
import type { Db } from "./tables.ts";

export interface AnnotationRecords {
  add(annotation: Annotation): Promise<void>;
  find(annotationId: string): Promise<Annotation | undefined>;
  /** Those of the site that touch the days, by first day; an analyte keeps its own and those of the whole site. */
  list(filter: { siteId: string; analyte?: string; from?: string; to?: string }): Promise<Annotation[]>;
  /** Returns false when there is no such annotation. */
  remove(annotationId: string): Promise<boolean>;
}

export function annotationRecords(db: Db): AnnotationRecords {
  return {
    async add(annotation) {
      const { annotationId, siteId, from, to } = annotation;
      await db
        .insertInto("annotations")
        .values({ annotationId, siteId, fromDay: from, toDay: to, content: canonicalJson(annotation) })
        .execute();
    },
    async find(annotationId) {
      const row = await db
        .selectFrom("annotations")
        .select("content")
        .where("annotationId", "=", annotationId)
        .executeTakeFirst();
      return row && parse(row);
    },
    async list({ siteId, analyte, from, to }) {
      let query = db.selectFrom("annotations").select("content").where("siteId", "=", siteId);
      if (from !== undefined) query = query.where("toDay", ">=", from);
      if (to !== undefined) query = query.where("fromDay", "<=", to);
      const found = (await query.orderBy("fromDay").orderBy("annotationId").execute()).map(parse);
      return found.filter((each) => analyte === undefined || each.analyte === null || each.analyte === analyte);
    },
    async remove(annotationId) {
      const { numDeletedRows } = await db.deleteFrom("annotations").where("annotationId", "=", annotationId).executeTakeFirst();
      return numDeletedRows > 0n;
    },
  };
}

const parse = (row: { content: string }) => JSON.parse(row.content) as Annotation;
