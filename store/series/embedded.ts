import type { DatabaseSync, SQLInputValue } from "node:sqlite";
import { type EmbeddedFile, inTransaction } from "../embedded.ts";
import { sortPoints, throwRefused } from "./accept.ts";
import type { Point, Series, SeriesKey, SeriesPoint, SeriesQuery, WindowPoint } from "./series.ts";

/** The series in the embedded file. */
export function openEmbeddedSeries(file: EmbeddedFile): Series {
  const { db } = file;
  db.exec(SCHEMA);
  const insertKey = db.prepare(
    "INSERT INTO series_keys (measure, site_id, name, variant) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
  );
  const selectKey = db.prepare("SELECT id FROM series_keys WHERE measure = ? AND site_id = ? AND name = ? AND variant = ?");
  const upsert = db.prepare("INSERT OR REPLACE INTO series_points VALUES (?, ?, ?, ?, ?, ?, ?, ?)");
  const idOf = ({ measure, siteId, name, variant }: SeriesKey) => {
    const known = selectKey.get(measure, siteId, name, variant);
    return known ? (known["id"] as number) : insertKey.run(measure, siteId, name, variant).lastInsertRowid;
  };

  const store = (points: readonly Point[]) => {
    const ids = new Map<string, number | bigint>(); // of this call only: another process may add keys, a rollback take them back
    for (const point of points) {
      const key = JSON.stringify([point.measure, point.siteId, point.name, point.variant]);
      const id = ids.get(key) ?? idOf(point);
      ids.set(key, id);
      const { timeMs, slot = 0, value, censored = false, low = null, high = null, origin = null } = point;
      upsert.run(id, timeMs, slot, value, censored ? 1 : 0, low, high, origin);
    }
  };

  return {
    async write(points) {
      const { accepted, refused } = sortPoints(points);
      if (accepted.length > 0) await file.exclusive(() => inTransaction(db, () => store(accepted)));
      throwRefused(refused);
    },
    read: (query) => file.exclusive(() => readPoints(db, query)),
    readWindows: (query) => file.exclusive(() => readWindows(db, query)),
    latest: (query) => file.exclusive(() => readLatest(db, query)),
    remove: (query) =>
      file.exclusive(() => {
        const { where, parameters } = matching(query);
        const inRange = "time_ms >= :fromMs AND time_ms < :toMs";
        const keys = `SELECT id FROM series_keys k WHERE ${where}`;
        db.prepare(`DELETE FROM series_points WHERE series_id IN (${keys}) AND ${inRange}`).run({
          ...parameters,
          ...rangeOf(query),
        });
      }),
    check: () => file.exclusive(() => void db.prepare("SELECT 1").get()),
    close: async () => undefined, // the file is closed by whoever opened it
  };
}

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS series_keys (
    id INTEGER PRIMARY KEY, measure TEXT NOT NULL, site_id TEXT NOT NULL, name TEXT NOT NULL, variant TEXT NOT NULL,
    UNIQUE (measure, site_id, name, variant)
  ) STRICT;
  CREATE TABLE IF NOT EXISTS series_points (
    series_id INTEGER NOT NULL REFERENCES series_keys, time_ms INTEGER NOT NULL, slot INTEGER NOT NULL,
    value REAL NOT NULL, censored INTEGER NOT NULL, low REAL, high REAL, origin TEXT,
    PRIMARY KEY (series_id, time_ms, slot)
  ) STRICT, WITHOUT ROWID;`;

const KEY_COLUMNS = "k.measure, k.site_id, k.name, k.variant";
const POINT_COLUMNS = `${KEY_COLUMNS}, p.time_ms, p.slot, p.value, p.censored, p.low, p.high, p.origin`;

type Row = Record<string, string | number | null>;

function readPoints(db: DatabaseSync, query: SeriesQuery): SeriesPoint[] {
  const { where, parameters } = matching(query);
  const rows = db.prepare(`
    SELECT ${POINT_COLUMNS} FROM series_keys k JOIN series_points p ON p.series_id = k.id
    WHERE ${where} AND p.time_ms >= :fromMs AND p.time_ms < :toMs
    ORDER BY k.site_id, k.name, k.variant, p.time_ms, p.slot`);
  return (rows.all({ ...parameters, ...rangeOf(query) }) as Row[]).map(pointOf);
}

function readLatest(db: DatabaseSync, query: Parameters<Series["latest"]>[0]): SeriesPoint[] {
  const { where, parameters } = matching(query);
  // One index look-up a series: the newest key of the clustered table, instead of a scan of all its points.
  const rows = db.prepare(`
    SELECT ${POINT_COLUMNS} FROM series_keys k JOIN series_points p ON p.series_id = k.id
      AND p.time_ms = (SELECT max(time_ms) FROM series_points WHERE series_id = k.id)
      AND p.slot = (SELECT max(slot) FROM series_points WHERE series_id = k.id AND time_ms = p.time_ms)
    WHERE ${where} ORDER BY k.site_id, k.name, k.variant`);
  return (rows.all(parameters) as Row[]).map(pointOf);
}

function readWindows(db: DatabaseSync, query: SeriesQuery & { windowS: number }): WindowPoint[] {
  const { where, parameters } = matching(query);
  // SQLite's remainder has the sign of the time: added twice, times before 1970 are rounded down too.
  const rows = db.prepare(`
    SELECT ${KEY_COLUMNS}, p.time_ms - ((p.time_ms % :windowMs) + :windowMs) % :windowMs AS window_ms,
      avg(p.value) AS mean, min(p.value) AS min, max(p.value) AS max, count(*) AS count, sum(p.censored) AS censored_count
    FROM series_keys k JOIN series_points p ON p.series_id = k.id
    WHERE ${where} AND p.time_ms >= :fromMs AND p.time_ms < :toMs
    GROUP BY k.id, window_ms ORDER BY k.site_id, k.name, k.variant, window_ms`);
  const found = rows.all({ ...parameters, ...rangeOf(query), windowMs: Math.round(query.windowS * 1_000) }) as Row[];
  return found.map((row) => ({
    ...keyOf(row),
    timeMs: row["window_ms"] as number,
    mean: row["mean"] as number,
    min: row["min"] as number,
    max: row["max"] as number,
    count: row["count"] as number,
    censoredCount: row["censored_count"] as number,
  }));
}

/** The condition on series_keys k. Lists travel as one JSON parameter, so that their length has no limit. */
function matching({ measure, siteIds, names, variants }: Omit<SeriesQuery, "fromMs" | "toMs">) {
  const parameters: Record<string, SQLInputValue> = { measure };
  let where = "k.measure = :measure";
  for (const [column, wanted] of [["site_id", siteIds] as const, ["name", names] as const, ["variant", variants] as const]) {
    if (!wanted) continue;
    where += ` AND k.${column} IN (SELECT value FROM json_each(:${column}))`;
    parameters[column] = JSON.stringify(wanted);
  }
  return { where, parameters };
}

const rangeOf = ({ fromMs, toMs }: SeriesQuery) => ({ fromMs: Math.ceil(fromMs), toMs: Math.ceil(toMs) });

function keyOf(row: Row): SeriesKey {
  return {
    measure: row["measure"] as SeriesKey["measure"],
    siteId: row["site_id"] as string,
    name: row["name"] as string,
    variant: row["variant"] as string,
  };
}

function pointOf(row: Row): SeriesPoint {
  return {
    ...keyOf(row),
    timeMs: row["time_ms"] as number,
    slot: row["slot"] as number,
    value: row["value"] as number,
    censored: row["censored"] === 1,
    ...(row["low"] !== null && { low: row["low"] as number }),
    ...(row["high"] !== null && { high: row["high"] as number }),
    ...(row["origin"] !== null && { origin: row["origin"] as string }),
  };
}
