import { useState } from "preact/hooks";
import type { Anomaly, RegionalRise } from "../../schemas/anomaly.ts";
import { analysis } from "../analysis.ts";
import { api, type SiteDetail } from "../api.ts";
import { AnomalyChart } from "../charts/AnomalyChart.tsx";
import { formatDay, formatNumber, formatP, formatShare, formatUnit } from "../format.ts";
import { sentence, t, tData } from "../language.ts";
import { useLoaded } from "../loaded.ts";
import { analyteName, siteName } from "../names.ts";
import { daysOf, riseText, StateBadge } from "../parts/AnomalyCard.tsx";
import { PageHead } from "../parts/controls.tsx";
import { ShareBar } from "../parts/glyphs.tsx";
import { State } from "../parts/State.tsx";
import { AnomalyActions } from "./AnomalyActions.tsx";

export function AnomalyPage({ anomalyId }: { anomalyId: string }) {
  const [version, setVersion] = useState(0);
  const loaded = useLoaded(
    `anomaly ${anomalyId} ${version}`,
    async (signal) => {
      const anomaly = await api.anomaly(anomalyId, signal);
      const [site, snoozes, [rise]] = await Promise.all([
        api.site(anomaly.siteId, signal),
        analysis.snoozes(signal),
        analysis.regional({ anomalyId }, signal),
      ]);
      return { anomaly, site, rise, snooze: snoozes.find((each) => each.anomalyId === anomalyId) };
    },
    undefined,
    ["anomalies"],
  );
  return (
    <State of={loaded} empty={t("state.notFound")}>
      {({ anomaly, site, rise, snooze }) => (
        <>
          <AnomalyView anomaly={anomaly} site={site} rise={rise} />
          <AnomalyActions anomaly={anomaly} snooze={snooze} onChanged={() => setVersion((count) => count + 1)} />
        </>
      )}
    </State>
  );
}

interface ViewProps {
  anomaly: Anomaly;
  site: SiteDetail;
  rise: RegionalRise | undefined;
}

function AnomalyView({ anomaly, site, rise }: ViewProps) {
  const unit = formatUnit(anomaly.unit);
  const { verdict, baseline } = anomaly;
  const around = new URLSearchParams({ measure: anomaly.quantity, from: shift(anomaly.start, -60), to: shift(anomaly.end, 14) });
  return (
    <>
      <PageHead
        above={
          <>
            <a href="/anomalies">{t("nav.anomalies")}</a> ·{" "}
            <a href={`/sites/${encodeURIComponent(site.siteId)}`}>{siteName(site)}</a>
          </>
        }
        title={`${analyteName(anomaly.analyte)}, ${daysOf(anomaly)}`}
        aside={<StateBadge group="anomalyState" state={anomaly.state} />}
      />
      <p class="finding">{sentence(anomaly.explanation)}</p>
      {rise && (
        <p>
          {riseText(rise)}: {rise.siteIds.join(", ")}
        </p>
      )}
      <section class="card">
        <AnomalyChart anomaly={anomaly} site={site} />
      </section>
      <div class="columns">
        <section class="card">
          <h2>{t("anomaly.found")}</h2>
          <dl class="facts">
            <Fact name={t("anomaly.observed")}>
              {formatNumber(anomaly.observed)} {unit} ({formatDay(anomaly.peak)})
            </Fact>
            <Fact name={t("anomaly.expected")}>
              {formatNumber(anomaly.expected)} {unit} (
              {t("anomaly.range99", { low: formatNumber(anomaly.low), high: formatNumber(anomaly.high) })})
            </Fact>
            <Fact name={t("anomaly.ratio")}>{formatNumber(anomaly.ratio, 2)} ×</Fact>
            <Fact name={t("anomaly.p")}>{formatP(anomaly.pValue)}</Fact>
            {anomaly.qValue !== undefined && (
              <Fact name={t("anomaly.q")}>{t("anomaly.qMeans", { share: formatShare(anomaly.qValue, 1) })}</Fact>
            )}
            {anomaly.raisedOn && <Fact name={t("anomaly.raisedOn")}>{formatDay(anomaly.raisedOn)}</Fact>}
            <Fact name={t("anomaly.score")}>{formatNumber(anomaly.score, 3)}</Fact>
            <Fact name={t("anomaly.shape")}>{tData("shape", anomaly.shape)}</Fact>
            <Fact name={t("anomaly.baseline")}>
              {formatDay(baseline.from)} – {formatDay(baseline.to)},{" "}
              {t("anomaly.baselineValues", { values: baseline.values, excluded: baseline.excluded })}
            </Fact>
            {anomaly.pool !== undefined && (
              <Fact name={t("anomaly.pool")}>
                {anomaly.pool ? t("anomaly.poolOf", { ...anomaly.pool }) : t("anomaly.noPool")}
              </Fact>
            )}
            <Fact name={t("anomaly.detector")}>
              {anomaly.detector.name} {anomaly.detector.version}
            </Fact>
          </dl>
          <p>
            <a class="button" href={`/sites/${encodeURIComponent(site.siteId)}/series/${anomaly.analyte}?${around}`}>
              {t("anomaly.showSeries")}
            </a>
          </p>
        </section>
        <section class="card">
          <h2>{t("anomaly.verdict")}</h2>
          {verdict ? (
            <>
              <table class="plain">
                <caption class="visually-hidden">{t("anomaly.verdict")}</caption>
                <tbody>
                  {Object.entries(verdict.probabilities)
                    .toSorted(([, a], [, b]) => b - a)
                    .map(([source, probability]) => (
                      <tr key={source}>
                        <th scope="row">{tData("verdict", source)}</th>
                        <td>
                          <ShareBar share={probability} strong={source === verdict.source} digits={1} />
                        </td>
                      </tr>
                    ))}
                </tbody>
              </table>
              <h3>{t("anomaly.evidence")}</h3>
              {anomaly.regional && (
                <p class="small">
                  {t("anomaly.regionalWeighed", { ...anomaly.regional, start: formatDay(anomaly.regional.start) })}
                </p>
              )}
              {verdict.evidence.length === 0 && <p class="muted">{t("anomaly.noEvidence")}</p>}
              <ul class="evidence">
                {verdict.evidence.map(({ marker, found, favours, weight, source }) => (
                  <li key={`${marker} ${found}`}>
                    <strong>{tData("marker", marker)}</strong>: {tData("shape", found)}
                    <br />
                    <span class="muted small">
                      {t("anomaly.favours", { source: tData("verdict", favours), weight: formatNumber(weight, 2) })} · {source}
                    </span>
                  </li>
                ))}
              </ul>
            </>
          ) : (
            <p class="muted">{t("anomaly.noVerdict")}</p>
          )}
        </section>
      </div>
    </>
  );
}

export function Fact({ name, children }: { name: string; children: preact.ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function shift(day: string, days: number): string {
  return new Date(Date.parse(day) + days * 86_400_000).toISOString().slice(0, 10);
}
