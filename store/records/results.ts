import type { AssayResult } from "../../schemas/assay.ts";
import type { Sample } from "../../schemas/sample.ts";
import { canonicalJson, hashOf } from "./hash.ts";
import { currentRevision, type ResultOrigin, type ResultRevision } from "./revisions.ts";
import type { Db } from "./tables.ts";

export interface ResultRecords {
  /** Adds revisions; one that is already kept (same identity and content, sent without a new reason) changes nothing. */
  append(revisions: readonly ResultRevision[]): Promise<void>;
  /** Every revision of the identities, oldest release first. */
  revisionsOf(identities: readonly string[]): Promise<ResultRevision[]>;
  /** Those of the identities that have more than one revision. */
  contested(identities: readonly string[]): Promise<string[]>;
  /**
   * The results that count now, withdrawn ones left out, by start of their sample; with a time, those that counted by what had been
   * received until then.
   */
  ofSeries(siteId: string, analyte: string, receivedBy?: string): Promise<ResultRevision[]>;
  /** Every revision of a sample's results, by result, oldest release first. */
  ofSample(labId: string, sampleId: string): Promise<ResultRevision[]>;
  /** The laboratories that have results of a sample of the name. */
  labsOf(sampleId: string): Promise<string[]>;
  /** The samples of a laboratory by id, as their latest revision has them. */
  samplesOf(labId: string, sampleIds: readonly string[]): Promise<Map<string, Sample>>;
  /** How many results a laboratory has on record, revisions not counted. */
  countOf(labId: string): Promise<number>;
  /** Which analytes the site has results of. */
  analytesOf(siteId: string): Promise<string[]>;
}

/** Rows of one insert: 9 columns each stay below SQLite's 32,766 parameters. */
const ROWS_PER_INSERT_MAX = 2_000;

export function sampleHashOf(labId: string, sample: Sample): string {
  const { custody: _custody, ...identified } = sample; // hand-overs go on after the result; they do not change what was measured
  return hashOf(labId, canonicalJson(identified));
}

export function contentHashOf(sampleHash: string, result: AssayResult): string {
  return hashOf(sampleHash, canonicalJson(result));
}

export function identityOf(
  labId: string,
  sampleId: string,
  result: Pick<AssayResult, "analyte" | "method" | "replicate">,
): string {
  return hashOf(labId, sampleId, result.analyte, result.method, String(result.replicate));
}

export function resultRecords(db: Db): ResultRecords {
  const select = () =>
    db
      .selectFrom("results")
      .innerJoin("samples", "samples.sampleHash", "results.sampleHash")
      .select([
        "results.identity",
        "results.contentHash",
        "results.sampleHash",
        "results.orderKey",
        "results.content",
        "results.receivedAt",
        "samples.content as sample",
      ]);
  return {
    async append(revisions) {
      for (let i = 0; i < revisions.length; i += ROWS_PER_INSERT_MAX)
        await insert(db, revisions.slice(i, i + ROWS_PER_INSERT_MAX));
    },
    async revisionsOf(identities) {
      const rows = await inChunks(identities, (chunk) =>
        select().where("results.identity", "in", chunk).orderBy("results.identity").orderBy("results.orderKey").execute(),
      );
      return rows.map(toRevision);
    },
    async contested(identities) {
      const rows = await inChunks(identities, (chunk) =>
        db
          .selectFrom("results")
          .select("identity")
          .where("identity", "in", chunk)
          .groupBy("identity")
          .having((e) => e.fn.countAll(), ">", 1)
          .execute(),
      );
      return rows.map((row) => row.identity);
    },
    async ofSeries(siteId, analyte, receivedBy) {
      // a correction may have moved the sample to another site, so all revisions of each identity seen here decide
      const seen = db.selectFrom("results").select("identity").where("siteId", "=", siteId).where("analyte", "=", analyte);
      let known = select().where("results.identity", "in", seen);
      if (receivedBy !== undefined) known = known.where("results.receivedAt", "<=", receivedBy);
      const rows = await known.execute();
      const byIdentity = Map.groupBy(rows.map(toRevision), (revision) => revision.identity);
      return [...byIdentity.values()]
        .map((revisions) => currentRevision(revisions).current)
        .filter((revision) => revision.sample.siteId === siteId && !revision.result.withdrawn)
        .sort((a, b) => Date.parse(a.sample.start) - Date.parse(b.sample.start) || (a.identity < b.identity ? -1 : 1));
    },
    async ofSample(labId, sampleId) {
      const hashes = db.selectFrom("samples").select("sampleHash").where("labId", "=", labId).where("sampleId", "=", sampleId);
      const rows = await select()
        .where("results.sampleHash", "in", hashes)
        .orderBy("results.analyte")
        .orderBy("results.identity")
        .orderBy("results.orderKey")
        .execute();
      return rows.map(toRevision);
    },
    async labsOf(sampleId) {
      const rows = await db
        .selectFrom("samples")
        .select("labId")
        .distinct()
        .where("sampleId", "=", sampleId)
        .orderBy("labId")
        .execute();
      return rows.map(({ labId }) => labId);
    },
    async samplesOf(labId, sampleIds) {
      const rows = await inChunks(sampleIds, (chunk) =>
        db
          .selectFrom("samples")
          .innerJoin("results", "results.sampleHash", "samples.sampleHash")
          .select(["samples.sampleId", "samples.content"])
          .select((e) => e.fn.max("results.orderKey").as("latest"))
          .where("samples.labId", "=", labId)
          .where("samples.sampleId", "in", chunk)
          .groupBy(["samples.sampleId", "samples.content"])
          .orderBy("latest")
          .execute(),
      );
      return new Map(rows.map(({ sampleId, content }) => [sampleId, JSON.parse(content) as Sample]));
    },
    async countOf(labId) {
      const row = await db
        .selectFrom("results")
        .innerJoin("samples", "samples.sampleHash", "results.sampleHash")
        .select((e) => e.fn.count("identity").distinct().as("count"))
        .where("samples.labId", "=", labId)
        .executeTakeFirst();
      return Number(row?.count ?? 0);
    },
    async analytesOf(siteId) {
      const rows = await db
        .selectFrom("results")
        .select("analyte")
        .distinct()
        .where("siteId", "=", siteId)
        .orderBy("analyte")
        .execute();
      return rows.map((row) => row.analyte);
    },
  };
}

async function insert(db: Db, revisions: readonly ResultRevision[]): Promise<void> {
  const samples = new Map(revisions.map((revision) => [revision.sampleHash, revision]));
  await db
    .insertInto("samples")
    .values(
      [...samples.values()].map(({ sampleHash, sample, origin }) => ({
        sampleHash,
        labId: origin.labId,
        sampleId: sample.sampleId,
        siteId: sample.siteId,
        startMs: Date.parse(sample.start),
        content: canonicalJson(sample),
      })),
    )
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  await db
    .insertInto("results")
    .values(
      revisions.map(({ identity, contentHash, sampleHash, orderKey, sample, result, origin, receivedAt }) => ({
        identity,
        contentHash,
        revisedBy: origin.revision ? origin.uploadId : "",
        sampleHash,
        siteId: sample.siteId,
        analyte: result.analyte,
        orderKey,
        content: JSON.stringify({ result, origin }),
        receivedAt,
      })),
    )
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

interface ResultRow {
  identity: string;
  contentHash: string;
  sampleHash: string;
  orderKey: string;
  content: string;
  receivedAt: string;
  sample: string;
}

function toRevision({ content, sample, ...row }: ResultRow): ResultRevision {
  const { result, origin } = JSON.parse(content) as { result: AssayResult; origin: ResultOrigin };
  return { ...row, sample: JSON.parse(sample) as Sample, result, origin };
}

async function inChunks<T>(identities: readonly string[], read: (chunk: string[]) => Promise<T[]>): Promise<T[]> {
  const rows: T[] = [];
  for (let i = 0; i < identities.length; i += ROWS_PER_INSERT_MAX)
    rows.push(...(await read(identities.slice(i, i + ROWS_PER_INSERT_MAX))));
  return rows;
}
