import type { Posterior } from "../../schemas/lead.ts";
import type { LogEntry } from "../api.ts";
import { formatDay, formatMoment, formatNumber } from "../format.ts";
import { t, tData } from "../language.ts";

export function Evidence({ posterior }: { posterior: Posterior }) {
  return (
    <div class="scroll">
      <table class="plain">
        <caption class="visually-hidden">{t("lead.evidence")}</caption>
        <thead>
          <tr>
            <th scope="col">{t("table.day")}</th>
            <th scope="col">{t("lead.node")}</th>
            <th scope="col" class="number">
              {t("measure.load")} <span class="unit">{t("unit.g/d")}</span>
            </th>
            <th scope="col">{t("lead.reading")}</th>
            <th scope="col" class="number">
              {t("lead.weight")}
            </th>
          </tr>
        </thead>
        <tbody>
          {posterior.evidence.map((sample) => (
            <tr key={`${sample.node} ${sample.day} ${sample.sampleId}`}>
              <th scope="row">{formatDay(sample.day)}</th>
              <td>{sample.node}</td>
              <td class="number">
                {sample.censored ? "< " : ""}
                {formatNumber(sample.loadGD)}
              </td>
              <td>{tData("reading", sample.reading)}</td>
              <td class="number">
                <span class={sample.logBayesFactor > 0 ? "for" : "against"}>
                  {sample.logBayesFactor > 0 ? "+" : ""}
                  {formatNumber(sample.logBayesFactor, 2)}
                </span>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <p class="muted small">{t("lead.weightMeans")}</p>
    </div>
  );
}

export function Log({ log, timeZone }: { log: readonly LogEntry[]; timeZone: string }) {
  return (
    <ol class="log">
      {log.toReversed().map((entry) => {
        const { reason, why, text } = (entry.content ?? {}) as Record<string, unknown>;
        const words = [reason, why, text].find((part) => typeof part === "string" && part !== "");
        return (
          <li key={entry.seq}>
            <span class="muted small">{formatMoment(entry.at, timeZone)}</span>
            <br />
            <strong>{tData("log", entry.action)}</strong> <span class="muted">{entry.actor}</span>
            {words !== undefined && <p>{String(words)}</p>}
          </li>
        );
      })}
    </ol>
  );
}
