import type { Anomaly, RegionalRise } from "../../schemas/anomaly.ts";
import type { Site } from "../../schemas/site.ts";
import { formatDays, formatNumber, formatPSentence, formatShare } from "../format.ts";
import { sentence, t, tData } from "../language.ts";
import { analyteName } from "../names.ts";

/** One anomaly, explained: when, how far from what was expected, how surely, and what most likely caused it. */
export function AnomalyCard({ anomaly, site }: { anomaly: Anomaly; site: Pick<Site, "siteId"> }) {
  const { verdict } = anomaly;
  return (
    <article class={`card anomaly ${anomaly.state}`}>
      <h3>
        <a
          href={`/anomalies/${encodeURIComponent(anomaly.anomalyId)}`}
          aria-label={`${analyteName(anomaly.analyte)} ${site.siteId} ${daysOf(anomaly)}`}
        >
          {daysOf(anomaly)}
        </a>
        <StateBadge group="anomalyState" state={anomaly.state} />
      </h3>
      <p>{sentence(anomaly.explanation)}</p>
      <p class="small muted">
        {t("anomaly.numbers", {
          ratio: formatNumber(anomaly.ratio, 2),
          p: formatPSentence(anomaly.pValue),
          shape: tData("shape", anomaly.shape),
        })}
        {verdict && ` · ${verdictText(verdict)}`}
      </p>
    </article>
  );
}

export function daysOf({ start, end }: Pick<Anomaly, "start" | "end">): string {
  return formatDays(start, end);
}

/** What an anomaly is part of, where most sites of its region rose as well. */
export function riseText({ risen, sampled, region, country }: RegionalRise): string {
  return t("anomaly.regional", { risen, sampled, region: region ?? country ?? "–" });
}

export function verdictText(verdict: NonNullable<Anomaly["verdict"]>): string {
  if (verdict.source === "undetermined") return tData("verdict", "undetermined");
  const probability = verdict.probabilities[verdict.source];
  return `${tData("verdict", verdict.source)} ${probability === undefined ? "" : formatShare(probability)}`;
}

export function StateBadge({ group, state }: { group: "anomalyState" | "leadState"; state: string }) {
  return <span class={`badge state-${state}`}>{tData(group, state)}</span>;
}
