import { useCallback, useMemo } from "preact/hooks";
import { Figure } from "../charts/Figure.tsx";
import type { SeriesRow } from "../charts/seriesRows.ts";
import { weekdayChart, weekdayProfile } from "../charts/weekday.ts";
import { formatDay, formatNumber } from "../format.ts";
import { t } from "../language.ts";

export function WeekdayCard({ rows, unit }: { rows: readonly SeriesRow[]; unit: string }) {
  const profile = useMemo(() => weekdayProfile(rows), [rows]);
  const spec = useCallback((width: number) => weekdayChart(profile, unit, width), [profile, unit]);
  if (profile.days.every(({ median }) => median === null)) return <p class="muted">{t("weekday.tooFew")}</p>;
  return (
    <div class="card">
      <Figure label={t("weekday.label")} spec={spec} />
      <p class="small">
        {profile.ratio === null ? t("weekday.tooFew") : t("weekday.ratio", { ratio: formatNumber(profile.ratio, 2) })}{" "}
        <span class="muted">{t("weekday.rule")}</span>
      </p>
      <table class="visually-hidden">
        <caption>{t("weekday.label")}</caption>
        <tbody>
          {profile.days.map(({ weekday, median }) => (
            <tr key={weekday}>
              <th scope="row">{weekday}</th>
              <td>{median === null ? "–" : `${formatNumber(median)} ${unit}`}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

export function SeriesTable({ rows, unit }: { rows: readonly SeriesRow[]; unit: string }) {
  return (
    <div class="scroll">
      <table class="plain">
        <thead>
          <tr>
            <th scope="col">{t("table.day")}</th>
            <th scope="col" class="number">
              {t("table.value")} <span class="unit">{unit}</span>
            </th>
            <th scope="col" class="number">
              {t("table.low")}
            </th>
            <th scope="col" class="number">
              {t("table.high")}
            </th>
            <th scope="col">{t("table.method")}</th>
          </tr>
        </thead>
        <tbody>
          {rows.toReversed().map((row) => (
            <tr key={`${row.at.getTime()} ${row.variant}`}>
              <th scope="row">{formatDay(row.at)}</th>
              <td class="number">
                {row.censored
                  ? row.value > 0
                    ? `< ${formatNumber(row.value)}`
                    : t("chart.belowShort")
                  : formatNumber(row.value)}
              </td>
              <td class="number">{row.low === null || row.censored ? "" : formatNumber(row.low)}</td>
              <td class="number">{row.high === null || row.censored ? "" : formatNumber(row.high)}</td>
              <td>{row.variant}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

export function SeriesLegend({ band, interval }: { band: boolean; interval: boolean }) {
  return (
    <>
      <span>
        <i class="key key-line" /> {t("legend.value")}
      </span>
      {interval && (
        <span>
          <i class="key key-interval" /> {t("legend.interval")}
        </span>
      )}
      <span>
        <i class="key key-below" /> {t("legend.below")}
      </span>
      {band && (
        <span>
          <i class="key key-expected" /> {t("legend.expected")}
        </span>
      )}
      <span>
        <i class="key key-anomaly" /> {t("legend.anomaly")}
      </span>
    </>
  );
}
