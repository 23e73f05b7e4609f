import { useCallback, useMemo } from "preact/hooks";
import type { Lead } from "../../schemas/lead.ts";
import { api, type SiteDetail } from "../api.ts";
import { formatDay, formatUnit } from "../format.ts";
import { t } from "../language.ts";
import { useLoaded } from "../loaded.ts";
import { analyteName, siteName } from "../names.ts";
import { State } from "../parts/State.tsx";
import { Figure } from "./Figure.tsx";
import { seriesChart, valueTitle } from "./series.ts";
import { expectedRows, gapsOf, methodChangesOf, seriesRows } from "./seriesRows.ts";

/** Days before and after the trigger that show what is usual and what came after. */
const [BEFORE_DAYS, AFTER_DAYS] = [90, 21];
const DAY_MS = 86_400_000;

/** The load at the plant around the day that opened the lead. */
export function LeadChart({ lead, site }: { lead: Lead; site: SiteDetail }) {
  const { siteId, analyte, trigger } = lead;
  const domain = useMemo(() => {
    const day = Date.parse(trigger.day);
    return [new Date(day - BEFORE_DAYS * DAY_MS), new Date(day + AFTER_DAYS * DAY_MS)] as const;
  }, [trigger.day]);
  const [from, to] = domain.map((date) => date.toISOString().slice(0, 10)) as [string, string];
  const loaded = useLoaded(
    `leadChart ${lead.leadId} ${trigger.day}`,
    async (signal) => {
      const [values, expected, anomalies] = await Promise.all([
        api.series({ siteId, analyte, measure: "load", from, to }, signal),
        api.series({ siteId, analyte, measure: "expected", from, to }, signal),
        api.anomalies({ siteId, analyte }, signal),
      ]);
      return {
        rows: seriesRows(values.items, site.timeZone),
        unit: values.items[0]?.unit ?? "g/d",
        expected: expected.items,
        anomalies,
      };
    },
    ({ rows }) => rows.length === 0,
  );
  const full = loaded.kind === "full" ? loaded.value : null;
  const unit = formatUnit(full?.unit ?? "g/d");
  const spec = useCallback(
    (width: number) =>
      seriesChart(
        {
          rows: full?.rows ?? [],
          expected: expectedRows(
            (full?.expected ?? []).filter(({ variant }) => variant === "load"),
            site.timeZone,
          ),
          anomalies: (full?.anomalies ?? []).filter(({ anomalyId }) => lead.anomalyIds.includes(anomalyId)),
          gaps: gapsOf(full?.rows ?? []),
          changes: methodChangesOf(full?.rows ?? []),
          label: `${t("measure.load")}, ${unit}`,
          unit,
          scale: "linear",
          domain,
          height: 260,
        },
        width,
      ),
    [full, unit, domain],
  );
  return (
    <State of={loaded} empty={t("series.noneInWindow")}>
      {({ rows }) => (
        <Figure
          label={t("lead.chartLabel", { analyte: analyteName(analyte), site: siteName(site), day: formatDay(trigger.day) })}
          spec={spec}
          stops={rows.map((row) => ({ at: row.at, text: valueTitle(row, unit) }))}
        />
      )}
    </State>
  );
}
