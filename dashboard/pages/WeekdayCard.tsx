import { useCallback, useMemo } from "preact/hooks";
import type { Programme } from "../analysis.ts";
import { Figure } from "../charts/Figure.tsx";
import type { SeriesRow } from "../charts/seriesRows.ts";
import { weekdayChart, weekdayProfile } from "../charts/weekday.ts";
import { formatNumber } from "../format.ts";
import { sentence, t } from "../language.ts";
import { Select } from "../parts/controls.tsx";
import { useQuery } from "../parts/query.ts";

/** The medians of the weekdays, and what they say of the weekend as a programme counts it. */
export function WeekdayCard(props: { rows: readonly SeriesRow[]; unit: string; programmes: readonly Programme[] }) {
  const { rows, unit } = props;
  const [query, change] = useQuery();
  const ruled = props.programmes.filter(({ rule }) => rule !== null);
  const programme = ruled.find(({ key }) => key === query["programme"]) ?? ruled[0];
  const profile = useMemo(() => weekdayProfile(rows, programme ?? { rule: null, exceptions: [] }), [rows, programme]);
  const spec = useCallback((width: number) => weekdayChart(profile, unit, width), [profile, unit]);
  if (profile.days.every(({ median }) => median === null)) return <p class="muted">{t("weekday.tooFew")}</p>;
  const names = (weekend: boolean) =>
    profile.days
      .filter((day) => day.weekend === weekend)
      .map(({ weekday }) => weekday)
      .join(" ");
  return (
    <div class="card">
      <Figure label={t("weekday.label")} spec={spec} />
      <p class="small">
        {profile.ratio === null ? t("weekday.tooFew") : t("weekday.ratio", { ratio: formatNumber(profile.ratio, 2) })}{" "}
        <span class="muted">{t("weekday.ruleOf", { weekend: names(true), week: names(false) })}</span>
      </p>
      {programme && (
        <Select
          label={t("weekday.programme")}
          value={programme.key}
          choices={ruled.map(({ key, name }) => ({ value: key, label: sentence(name) }))}
          onChange={(chosen) => change({ programme: chosen })}
        />
      )}
      <div class="visually-hidden">
        <table>
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
    </div>
  );
}
