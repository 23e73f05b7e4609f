import { analysis, type FlaggedResult, type QualityRule } from "../analysis.ts";
import type { SiteDetail } from "../api.ts";
import { formatDay, formatNumber } from "../format.ts";
import { sentence, t, tData } from "../language.ts";
import { useLoaded } from "../loaded.ts";
import { analyteName } from "../names.ts";
import { State } from "../parts/State.tsx";

const SEVERITIES = ["failure", "warning", "note"];

/** What the rules of quality control say of the results of the window: by rule, the gravest first. */
export function QualityCard({ site, window }: { site: SiteDetail; window: readonly [Date, Date] }) {
  const [from, to] = window.map((date) => date.toISOString().slice(0, 10)) as [string, string];
  const loaded = useLoaded(
    `quality ${site.siteId} ${from} ${to}`,
    async (signal) => {
      const [flagged, rules] = await Promise.all([
        analysis.quality(site.siteId, { from, to }, signal),
        analysis.qualityRules(signal),
      ]);
      return rowsOf(flagged, rules);
    },
    (rows) => rows.length === 0,
    ["series"],
  );
  return (
    <section class="card">
      <h2>{t("quality.title")}</h2>
      <State of={loaded} empty={t("quality.none")}>
        {(rows) => (
          <table class="plain">
            <caption class="visually-hidden">{t("quality.title")}</caption>
            <tbody>
              {rows.map(({ rule, severity, results, analytes, newest }) => (
                <tr key={rule.id}>
                  <th scope="row">
                    {sentence(rule.title)}{" "}
                    <span class={severity === "failure" ? "badge alert" : "badge"}>{tData("severity", severity)}</span>
                    <span class="muted small place">{analytes.map(analyteName).join(", ")}</span>
                  </th>
                  <td class="number">
                    {t("quality.results", { results: formatNumber(results) })}
                    <span class="muted small place">{t("quality.newest", { day: formatDay(newest) })}</span>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </State>
    </section>
  );
}

interface QualityRow {
  rule: QualityRule;
  severity: string;
  results: number;
  analytes: string[];
  newest: string;
}

function rowsOf(flagged: readonly FlaggedResult[], rules: readonly QualityRule[]): QualityRow[] {
  const each = flagged.flatMap(({ analyte, day, flags }) =>
    flags.map(({ ruleId, severity }) => ({ analyte, day, ruleId, severity })),
  );
  return [...Map.groupBy(each, ({ ruleId }) => ruleId)]
    .flatMap(([ruleId, of]) => {
      const rule = rules.find(({ id }) => id === ruleId);
      if (!rule) return [];
      const severity = SEVERITIES.find((known) => of.some((flag) => flag.severity === known)) ?? "note";
      const days = of.map(({ day }) => day).toSorted();
      return [
        { rule, severity, results: of.length, analytes: [...new Set(of.map(({ analyte }) => analyte))], newest: days.at(-1)! },
      ];
    })
    .toSorted((a, b) => SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity) || b.results - a.results);
}
