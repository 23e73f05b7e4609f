import { canonicalJson } from "./hash.ts";
import type { Db } from "./tables.ts";

/** An anomaly as the other sites need to know it, and what it takes to weigh its cause again without judging its values again. */
export interface StoredRise {
  readonly anomalyId: string;
  readonly siteId: string;
  /** Country and region of the site, as one key. */
  readonly region: string;
  readonly analyte: string;
  readonly start: string;
  readonly end: string;
  readonly peak: string;
  readonly raisedOn: string;
  /** Above what was expected; a fall otherwise. */
  readonly upward: boolean;
  /** Method of the peak's value. */
  readonly method: string | null;
  /** Alarms at least as strong that chance gives, per value. */
  readonly chance: number;
  /** What other sites told when its cause was last weighed, as JSON. */
  readonly weighed: string;
}

/** How many analytes one method measured in a sample, and how many of them were far above and far below what was expected. */
export interface BatchDay {
  readonly day: string;
  readonly method: string;
  readonly measured: number;
  readonly up: number;
  readonly down: number;
}

/** What one site's computation tells the others. */
export interface SiteJudgement {
  readonly rises: readonly (StoredRise & { readonly circumstances: unknown })[];
  /** Values judged in each calendar month, over all series of the site. */
  readonly months: Readonly<Record<string, number>>;
  readonly batchDays: readonly BatchDay[];
}

export interface RiseRecords {
  /** Makes these the site's: what is no longer told is gone, what is the same is left alone. */
  replace(siteId: string, judgement: SiteJudgement): Promise<void>;
  /** Other sites were weighed in anew. */
  setWeighed(anomalyId: string, weighed: string): Promise<void>;
  /** Of all sites, by first day. */
  list(): Promise<StoredRise[]>;
  /** Of one site, each with what is known of its circumstances. */
  ofSite(siteId: string): Promise<(StoredRise & { circumstances: unknown })[]>;
  /** Values judged in each calendar month, over all sites. */
  judgedByMonth(): Promise<Map<string, number>>;
  /** What was measured on the days, at every site. */
  batchDays(days: readonly string[]): Promise<(BatchDay & { siteId: string })[]>;
  /** Methods by which the site was measured. */
  methodsOf(siteId: string): Promise<string[]>;
}

/** Rows written, and days asked for, in one statement: SQLite and PostgreSQL bind at most some 30,000 values. */
const ROWS_MAX = 500;

export function riseRecords(db: Db): RiseRecords {
  const columns = [
    "anomalyId",
    "siteId",
    "region",
    "analyte",
    "startDay as start",
    "endDay as end",
    "peakDay as peak",
    "raisedOn",
    "upward",
    "method",
    "chance",
    "weighed",
  ] as const;
  return {
    async replace(siteId, { rises, months, batchDays }) {
      await db.deleteFrom("rises").where("siteId", "=", siteId).execute();
      for (const rows of inParts(rises.map(toRow))) await db.insertInto("rises").values(rows).execute();
      await replaceMonths(db, siteId, months);
      await replaceBatchDays(db, siteId, batchDays);
    },
    async setWeighed(anomalyId, weighed) {
      await db.updateTable("rises").set({ weighed }).where("anomalyId", "=", anomalyId).execute();
    },
    async list() {
      const rows = await db.selectFrom("rises").select(columns).orderBy("startDay").orderBy("anomalyId").execute();
      return rows.map((row) => ({ ...row, upward: row.upward === 1 }));
    },
    async ofSite(siteId) {
      const rows = await db
        .selectFrom("rises")
        .select([...columns, "circumstances"])
        .where("siteId", "=", siteId)
        .orderBy("startDay")
        .orderBy("anomalyId")
        .execute();
      return rows.map((row) => ({ ...row, upward: row.upward === 1, circumstances: JSON.parse(row.circumstances) as unknown }));
    },
    async judgedByMonth() {
      const rows = await db
        .selectFrom("judgedMonths")
        .select((e) => ["month", e.fn.sum("judged").as("judged")])
        .groupBy("month")
        .execute();
      return new Map(rows.map(({ month, judged }) => [month, Number(judged)]));
    },
    async batchDays(days) {
      const found: (BatchDay & { siteId: string })[] = [];
      for (const part of inParts([...new Set(days)])) {
        const rows = await db
          .selectFrom("batchDays")
          .select(["siteId", "day", "method", "measured", "movedUp as up", "movedDown as down"])
          .where("day", "in", part)
          .execute();
        found.push(...rows);
      }
      return found;
    },
    async methodsOf(siteId) {
      const rows = await db.selectFrom("batchDays").select("method").distinct().where("siteId", "=", siteId).execute();
      return rows.map(({ method }) => method);
    },
  };
}

function toRow({ start, end, peak, upward, circumstances, ...rise }: SiteJudgement["rises"][number]) {
  return {
    ...rise,
    startDay: start,
    endDay: end,
    peakDay: peak,
    upward: upward ? 1 : 0,
    circumstances: canonicalJson(circumstances),
  };
}

async function replaceMonths(db: Db, siteId: string, months: SiteJudgement["months"]): Promise<void> {
  await db.deleteFrom("judgedMonths").where("siteId", "=", siteId).execute();
  const rows = Object.entries(months).map(([month, judged]) => ({ siteId, month, judged }));
  for (const part of inParts(rows)) await db.insertInto("judgedMonths").values(part).execute();
}

/** A row for each day of years: only those that changed are written. */
async function replaceBatchDays(db: Db, siteId: string, batchDays: readonly BatchDay[]): Promise<void> {
  const before = await db
    .selectFrom("batchDays")
    .select(["day", "method", "measured", "movedUp as up", "movedDown as down"])
    .where("siteId", "=", siteId)
    .execute();
  const textOf = ({ day, method, measured, up, down }: BatchDay) => canonicalJson([day, method, measured, up, down]);
  const [known, wanted] = [new Set(before.map(textOf)), new Set(batchDays.map(textOf))];
  for (const gone of before.filter((one) => !wanted.has(textOf(one))))
    await db
      .deleteFrom("batchDays")
      .where("siteId", "=", siteId)
      .where("day", "=", gone.day)
      .where("method", "=", gone.method)
      .execute();
  const rows = batchDays
    .filter((one) => !known.has(textOf(one)))
    .map(({ day, method, measured, up, down }) => ({ siteId, day, method, measured, movedUp: up, movedDown: down }));
  for (const part of inParts(rows)) await db.insertInto("batchDays").values(part).execute();
}

function inParts<T>(items: readonly T[]): T[][] {
  return Array.from({ length: Math.ceil(items.length / ROWS_MAX) }, (_, i) => items.slice(i * ROWS_MAX, (i + 1) * ROWS_MAX));
}
