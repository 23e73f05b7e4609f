import type { Annotation } from "../../schemas/annotation.ts";
import type { Anomaly } from "../../schemas/anomaly.ts";
import type { ExpectedRow, SeriesRow } from "../charts/seriesRows.ts";
import { formatDay, formatNumber } from "../format.ts";
import { t, tData } from "../language.ts";
import { Scroll } from "../parts/Scroll.tsx";

interface SeriesTableProps {
  rows: readonly SeriesRow[];
  unit: string;
  expected: readonly ExpectedRow[];
  anomalies: readonly Anomaly[];
  annotations: readonly Annotation[];
}

/** The same values as the chart, the latest first, with what the chart draws around each. */
export function SeriesTable({ rows, unit, expected, anomalies, annotations }: SeriesTableProps) {
  const expectedAt = new Map(expected.map((row) => [row.at.getTime(), row]));
  return (
    <Scroll label={t("view.table")}>
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
            {expected.length > 0 && (
              <th scope="col" class="number">
                {t("table.expected")}
              </th>
            )}
            <th scope="col">{t("table.method")}</th>
            <th scope="col">{t("table.remarks")}</th>
          </tr>
        </thead>
        <tbody>
          {rows.toReversed().map((row) => {
            const band = expectedAt.get(row.at.getTime());
            return (
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
                {expected.length > 0 && (
                  <td class="number">{band && `${formatNumber(band.low)} – ${formatNumber(band.high)}`}</td>
                )}
                <td>{row.method}</td>
                <td>{remarksOn(row.at.toISOString().slice(0, 10), anomalies, annotations)}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </Scroll>
  );
}

function remarksOn(day: string, anomalies: readonly Anomaly[], annotations: readonly Annotation[]): string {
  return [
    ...anomalies
      .filter(({ start, end, state }) => start <= day && day <= end && state !== "retracted")
      .map(({ ratio }) => t("table.anomaly", { ratio: formatNumber(ratio, 2) })),
    ...annotations
      .filter(({ from, to }) => from <= day && day <= to)
      .map(({ kind, text }) => `${tData("annotationKind", kind)}: ${text}`),
  ].join("; ");
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
