import { setTimeout as wait } from "node:timers/promises";
import { dayNumber, localDay } from "../../schemas/days.ts";
import type { Site } from "../../schemas/site.ts";
import { untilDurable } from "../../store/untilDurable.ts";
import { learnPool } from "../detect/pool.ts";
import type { LoadSeries } from "../detect/series.ts";
import { samplingOfDays } from "../detect/threshold.ts";
import { DETECTED_KINDS } from "./detection.ts";
import { readJudgedLoads } from "./judgedLoads.ts";
import { poolKeyOf, readLearnedPools, toStored } from "./pools.ts";
import { askToRecompute } from "./recompute.ts";
import type { AnalyticsPorts } from "./worker.ts";

/** Own series that know more of each other than the reference does: fewer leave rhythm and scatter between sites to chance. */
const SERIES_MIN = 8;
/** A series that says something of its weekdays and its scatter. */
const VALUES_MIN = 60;
/** Learned again for the same half year once so many times the series are there, as after an import. */
const SERIES_GROWTH = 1.5;
/** What a pool looks back on, days: older rhythm is not today's. */
const REACH_DAYS = 1_100;
const CHECK_EVERY_MS = 24 * 3_600_000;
const DAY_MS = 86_400_000;

/** Learns from the operator's own series once a day, where there is something to learn, until the signal aborts. */
export async function runPoolLearning(ports: AnalyticsPorts, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await untilDurable("learn the pools", () => learnPools(ports), { signal, logger: ports.logger });
    await wait(CHECK_EVERY_MS, undefined, { signal }).catch(() => undefined);
  }
}

/**
 * For the half year that runs, a pool of each analyte and kind of site with enough own series before it. What was learned is kept and
 * stays in force for that half year: values are judged again by what they were judged by, also after a rebuild. The plants it
 * concerns are asked to compute again.
 */
export async function learnPools(ports: AnalyticsPorts): Promise<void> {
  const from = halfYearOf(localDay(ports.now().getTime(), "UTC"));
  const plants = (await ports.records.sites.list()).filter(
    ({ kind, source }) => DETECTED_KINDS.includes(kind) && source === undefined,
  );
  const learned = await readLearnedPools(ports.records);
  const changed = new Set<Site["kind"]>();
  for (const [kind, alike] of Map.groupBy(plants, (plant) => plant.kind)) {
    if (alike.length < SERIES_MIN) continue;
    const measured = await Promise.all(alike.map(({ siteId }) => ports.records.results.analytesOf(siteId)));
    for (const analyte of [...new Set(measured.flat())].sort()) {
      const series = await seriesBefore(ports, alike, analyte, from);
      const before = learned.get(poolKeyOf(kind, analyte))?.find((pool) => pool.from === from)?.size ?? 0;
      if (series.length < Math.max(SERIES_MIN, SERIES_GROWTH * before)) continue;
      const pool = learnPool(series, from);
      if (!pool) continue;
      const row = { analyte, siteKind: kind, from, series: pool.size, content: toStored(pool.priors) };
      await ports.records.pools.add(row, ports.now().toISOString());
      changed.add(kind);
      await wait(0); // learning keeps the processor: others of this process have their turn in between
    }
  }
  await askToRecompute(
    ports.log,
    plants.filter(({ kind }) => changed.has(kind)),
    "pools",
  );
}

const halfYearOf = (day: string) => `${day.slice(0, 4)}-${day.slice(5, 7) < "07" ? "01" : "07"}-01`;

/** The series that go on all year and have enough values before the day. */
async function seriesBefore(
  ports: AnalyticsPorts,
  plants: readonly Site[],
  analyte: string,
  before: string,
): Promise<LoadSeries[]> {
  const toMs = Date.parse(before);
  const points = await readJudgedLoads(ports, {
    siteIds: plants.map(({ siteId }) => siteId),
    names: [analyte],
    fromMs: toMs - REACH_DAYS * DAY_MS,
    toMs,
  });
  const zoneOf = new Map(plants.map(({ siteId, timeZone }) => [siteId, timeZone]));
  return [...Map.groupBy(points, ({ siteId }) => siteId)].flatMap(([siteId, own]) => {
    const loads = own.flatMap(({ timeMs, value, censored = false }) =>
      value > 0 ? [{ day: localDay(timeMs, zoneOf.get(siteId)!), load: value, censored }] : [],
    );
    const days = [...new Set(loads.map(({ day }) => dayNumber(day)))].sort((a, b) => a - b);
    if (days.length < VALUES_MIN || samplingOfDays(days) === "campaigns") return [];
    return [{ siteId, analyte, points: loads }];
  });
}
