import { useCallback, useMemo } from "preact/hooks";
import type { Anomaly } from "../../schemas/anomaly.ts";
import { api, type SiteDetail } from "../api.ts";
import { formatUnit } from "../format.ts";
import { language, t, tData } from "../language.ts";
import { useLoaded } from "../loaded.ts";
import { analyteName, siteName } from "../names.ts";
import { State } from "../parts/State.tsx";
import { Figure } from "./Figure.tsx";
import { seriesChart, valueTitle } from "./series.ts";
import { expectedRows, gapsOf, methodChangesOf, methodsOf, seriesRows } from "./seriesRows.ts";

/** Days before and after that show what is usual. */
const [BEFORE_DAYS, AFTER_DAYS] = [60, 14];
const DAY_MS = 86_400_000;

/** The days around an anomaly: what was found, what was expected. */
export function AnomalyChart({ anomaly, site }: { anomaly: Anomaly; site: SiteDetail }) {
  const { siteId, analyte, quantity } = anomaly;
  const domain = useMemo(
    () =>
      [
        new Date(Date.parse(anomaly.start) - BEFORE_DAYS * DAY_MS),
        new Date(Date.parse(anomaly.end) + AFTER_DAYS * DAY_MS),
      ] as const,
    [anomaly.start, anomaly.end],
  );
  const [from, to] = domain.map((date) => date.toISOString().slice(0, 10)) as [string, string];
  const loaded = useLoaded(
    `anomalyChart ${anomaly.anomalyId} ${from} ${to}`,
    async (signal) => {
      const [values, expected, concentrations] = await Promise.all([
        api.series({ siteId, analyte, measure: quantity, from, to }, signal),
        api.series({ siteId, analyte, measure: "expected", from, to }, signal),
        api.series({ siteId, analyte, measure: "concentration", from, to }, signal),
      ]);
      return {
        rows: seriesRows(values.items, site.timeZone, methodsOf(concentrations.items)),
        band: expectedRows(
          expected.items.filter(({ variant }) => variant === quantity),
          site.timeZone,
        ),
      };
    },
    ({ rows }) => rows.length === 0,
    ["series"],
  );
  const full = loaded.kind === "full" ? loaded.value : null;
  const unit = formatUnit(anomaly.unit);
  const spec = useCallback(
    (width: number) =>
      seriesChart(
        {
          rows: full?.rows ?? [],
          expected: full?.band ?? [],
          anomalies: [anomaly],
          gaps: gapsOf(full?.rows ?? []),
          changes: methodChangesOf(full?.rows ?? []),
          label: `${tData("measure", quantity)}, ${unit}`,
          unit,
          scale: "log",
          domain,
          height: 260,
        },
        width,
      ),
    [full, anomaly, unit, domain, language.value],
  );
  return (
    <State of={loaded} empty={t("series.noneInWindow")}>
      {({ rows }) => (
        <Figure
          label={t("anomaly.chartLabel", { analyte: analyteName(analyte), site: siteName(site) })}
          spec={spec}
          stops={rows.map((row) => ({ at: row.at, text: valueTitle(row, unit) }))}
        />
      )}
    </State>
  );
}
