import type { Posterior } from "../../schemas/lead.ts";
import { wordNote, wordReason } from "../../schemas/leadWords.ts";
import type { LogEntry } from "../api.ts";
import { formatBits, formatDay, formatMoment, formatNumber, formatShare } from "../format.ts";
import { language, sentence, t, tData } from "../language.ts";
import { leadAddress } from "../purpose.ts";
import { Fact } from "./AnomalyPage.tsx";
import { NodeButton } from "./LeadCandidates.tsx";

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

/** What else may explain it, and how much was put in. */
export function Summary({ posterior }: { posterior: Posterior }) {
  const { massGD, credible } = posterior;
  const set = credible["80"];
  return (
    <>
      <dl class="facts row">
        <Fact name={t("lead.noSource")}>{formatShare(posterior.noSource, 1)}</Fact>
        <Fact name={t("lead.diffuse")}>{formatShare(posterior.diffuse, 1)}</Fact>
        <Fact name={t("lead.outside")}>{formatShare(posterior.outside, 1)}</Fact>
        {posterior.several > 0 && <Fact name={t("lead.several")}>{formatShare(posterior.several, 1)}</Fact>}
        {massGD && posterior.sources.length === 1 && (
          <Fact name={t("lead.mass")}>
            {formatNumber(massGD.median)} {t("unit.g/d")} ({formatNumber(massGD.low)}–{formatNumber(massGD.high)})
          </Fact>
        )}
        {set && (
          <Fact name={t("lead.set80")}>
            {t("lead.setNodes", { nodes: set.nodes.length })}
            {set.pipeLengthM !== null && ` · ${formatNumber(set.pipeLengthM / 1000, 2)} km`}
            {set.people !== null && ` · ${t("overview.people", { people: formatNumber(set.people, 2) })}`}
          </Fact>
        )}
      </dl>
      {posterior.notes.length > 0 && (
        <ul class="warnings">
          {posterior.notes.map((note) => (
            <li key={JSON.stringify(note)}>{sentence(wordNote(note))}</li>
          ))}
        </ul>
      )}
    </>
  );
}

interface NodesProps {
  posterior: Posterior;
  chosen: string | null;
  onChoose: (node: string) => void;
}

export function NextPoints({ posterior, chosen, onChoose }: NodesProps) {
  return (
    <ol class="next">
      {posterior.next.map(({ node, bits, because, window }) => (
        <li key={node} class={node === chosen ? "chosen" : undefined}>
          <NodeButton node={node} chosen={chosen} onChoose={onChoose} />
          <span class="number">{t("lead.bits", { bits: formatBits(bits) })}</span>
          {window && <p class="small">{t("lead.window", { ...window, travelH: formatNumber(window.travelH, 2) })}</p>}
          <p class="small muted">{sentence(wordReason(because))}</p>
        </li>
      ))}
    </ol>
  );
}

/** What is handed on: it keeps to the smallest population, which the page itself does not. */
export function Shared({ leadId }: { leadId: string }) {
  const links = [
    ["report.html", t("lead.report"), { lang: language.value }],
    ["evidence.csv", t("lead.evidenceCsv"), {}],
    ["report.geojson", t("lead.mapFile"), {}],
  ] as const;
  return (
    <p class="actions no-print">
      {links.map(([what, label, more]) => (
        <a key={what} class="button" href={leadAddress(leadId, what, more)} target="_blank" rel="noreferrer">
          {label}
        </a>
      ))}
    </p>
  );
}

export function SewerLegend() {
  return (
    <p class="legend">
      <span>
        <i class="key pipe-50" /> {t("lead.key50")}
      </span>
      <span>
        <i class="key pipe-80" /> {t("lead.key80")}
      </span>
      <span>
        <i class="key pipe-95" /> {t("lead.key95")}
      </span>
      <span>
        <i class="key pipe-out" /> {t("lead.keyOut")}
      </span>
      <span>
        <i class="key sampled" /> {t("lead.keySampled")}
      </span>
      <span>
        <i class="next-pin">1</i> {t("lead.keyNext")}
      </span>
    </p>
  );
}
