import type { Anomaly } from "../../schemas/anomaly.ts";
import { canonicalJson } from "./hash.ts";
import type { Db } from "./tables.ts";

/** What became of the anomalies of one series after it was computed again. */
export interface AnomalyDifference {
  raised: Anomaly[];
  changed: Anomaly[];
  retracted: Anomaly[];
}

export interface AnomalyFilter {
  siteId?: string;
  analyte?: string;
  state?: Anomaly["state"];
  /** Last day on or after. */
  since?: string;
  /** Continues after this one, as the previous page ended. */
  after?: { endDay: string; anomalyId: string };
  limit: number;
}

/** An anomaly that stands, without what was found. */
export type StandingAnomaly = Pick<Anomaly, "anomalyId" | "siteId" | "analyte" | "start" | "end">;

export interface AnomalyRecords {
  /**
   * Makes the given anomalies those of the series. What people decided (acknowledged, dismissed) stays; what is no longer found
   * is retracted; what was retracted and is found again is open again.
   */
  replace(siteId: string, analyte: string, found: readonly Anomaly[], at: string): Promise<AnomalyDifference>;
  find(anomalyId: string): Promise<Anomaly | undefined>;
  ofSeries(siteId: string, analyte: string): Promise<Anomaly[]>;
  /** Which analytes the site has or had anomalies of. */
  analytesOf(siteId: string): Promise<string[]>;
  /** Latest first. */
  list(filter: AnomalyFilter): Promise<Anomaly[]>;
  /** Those neither retracted nor dismissed, of the analyte or of all. */
  standing(analyte?: string): Promise<StandingAnomaly[]>;
  /** Open ones whose last day is on or after the day, by site. */
  countOpen(since: string): Promise<Record<string, number>>;
  setState(anomalyId: string, state: Anomaly["state"], at: string): Promise<void>;
}

export function anomalyRecords(db: Db): AnomalyRecords {
  const ofSeries = async (siteId: string, analyte: string) => {
    const rows = await db
      .selectFrom("anomalies")
      .select("content")
      .where("siteId", "=", siteId)
      .where("analyte", "=", analyte)
      .orderBy("startDay")
      .execute();
    return rows.map(parse);
  };
  const save = async (anomaly: Anomaly, updatedAt: string) => {
    const row = {
      anomalyId: anomaly.anomalyId,
      siteId: anomaly.siteId,
      analyte: anomaly.analyte,
      startDay: anomaly.start,
      endDay: anomaly.end,
      score: anomaly.score,
      state: anomaly.state,
      content: canonicalJson(anomaly),
      updatedAt,
    };
    await db
      .insertInto("anomalies")
      .values(row)
      .onConflict((conflict) => conflict.column("anomalyId").doUpdateSet(row))
      .execute();
  };
  const find = async (anomalyId: string) => {
    const row = await db.selectFrom("anomalies").select("content").where("anomalyId", "=", anomalyId).executeTakeFirst();
    return row && parse(row);
  };
  return {
    async replace(siteId, analyte, found, at) {
      const difference = compare(await ofSeries(siteId, analyte), found);
      for (const anomaly of [...difference.raised, ...difference.changed, ...difference.retracted]) await save(anomaly, at);
      return difference;
    },
    find,
    ofSeries,
    async analytesOf(siteId) {
      const rows = await db.selectFrom("anomalies").select("analyte").distinct().where("siteId", "=", siteId).execute();
      return rows.map((row) => row.analyte);
    },
    async list({ siteId, analyte, state, since, after, limit }) {
      let query = db.selectFrom("anomalies").select("content").orderBy("endDay", "desc").orderBy("anomalyId").limit(limit);
      if (siteId !== undefined) query = query.where("siteId", "=", siteId);
      if (analyte !== undefined) query = query.where("analyte", "=", analyte);
      if (state !== undefined) query = query.where("state", "=", state);
      if (since !== undefined) query = query.where("endDay", ">=", since);
      if (after !== undefined) {
        query = query.where((e) =>
          e.or([e("endDay", "<", after.endDay), e.and([e("endDay", "=", after.endDay), e("anomalyId", ">", after.anomalyId)])]),
        );
      }
      return (await query.execute()).map(parse);
    },
    async standing(analyte) {
      let query = db
        .selectFrom("anomalies")
        .select(["anomalyId", "siteId", "analyte", "startDay as start", "endDay as end"])
        .where("state", "in", ["open", "acknowledged"])
        .orderBy("anomalyId");
      if (analyte !== undefined) query = query.where("analyte", "=", analyte);
      return query.execute();
    },
    async countOpen(since) {
      const rows = await db
        .selectFrom("anomalies")
        .select((e) => ["siteId", e.fn.countAll().as("count")])
        .where("state", "=", "open")
        .where("endDay", ">=", since)
        .groupBy("siteId")
        .execute();
      return Object.fromEntries(rows.map((row) => [row.siteId, Number(row.count)]));
    },
    async setState(anomalyId, state, at) {
      const anomaly = await find(anomalyId);
      if (anomaly) await save({ ...anomaly, state }, at);
    },
  };
}

const parse = (row: { content: string }) => JSON.parse(row.content) as Anomaly;

function compare(known: readonly Anomaly[], found: readonly Anomaly[]): AnomalyDifference {
  const before = new Map(known.map((anomaly) => [anomaly.anomalyId, anomaly]));
  const difference: AnomalyDifference = { raised: [], changed: [], retracted: [] };
  for (const anomaly of found) {
    const earlier = before.get(anomaly.anomalyId);
    before.delete(anomaly.anomalyId);
    if (!earlier || earlier.state === "retracted") difference.raised.push(anomaly);
    else if (canonicalJson({ ...anomaly, state: earlier.state }) !== canonicalJson(earlier)) {
      difference.changed.push({ ...anomaly, state: earlier.state });
    }
  }
  for (const gone of before.values()) if (gone.state !== "retracted") difference.retracted.push({ ...gone, state: "retracted" });
  return difference;
}
