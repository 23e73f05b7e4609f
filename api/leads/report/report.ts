import type { Published } from "../../../alerts/published.ts";
import type { Bilingual } from "../../../schemas/anomaly.ts";
import type { Authorisation } from "../../../schemas/authorisation.ts";
import { LEAD_STATE_NAMES, type Lead, type LeadVersion, type Posterior } from "../../../schemas/lead.ts";
import type { LeadCandidate } from "../../../schemas/leadCandidate.ts";
import type { LeadNote } from "../../../schemas/leadNotes.ts";
import { wordNote, wordReason } from "../../../schemas/leadWords.ts";
import type { Network } from "../../../schemas/network.ts";
import type { Site } from "../../../schemas/site.ts";
import { type ChartPoint, type ExpectedPoint, loadChart } from "./loadChart.ts";
import { html, type Markup, Markup as Raw } from "./markup.ts";
import { OTHER_COLOUR, STEPS, sewerPicture } from "./sewerPicture.ts";
import { STYLE } from "./style.ts";
import { type ReportLanguage, type Say, sayIn } from "./words.ts";

/** All that a report says; it asks for nothing itself. */
export interface ReportContent {
  published: Published;
  plant: Site;
  network: Network | undefined;
  candidates: readonly LeadCandidate[];
  loads: readonly ChartPoint[];
  expected: readonly ExpectedPoint[];
  /** State of custody of each sample of the evidence, by sample and day. */
  custodyOf: (sample: Posterior["evidence"][number]) => Bilingual | null;
  versions: readonly LeadVersion[];
  log: { entries: number; lastHash: string; broken: number | null };
  authorisation: Authorisation | undefined;
  peopleMin: number;
  madeBy: string;
  madeAt: string;
  purpose: string;
}

/** One page that needs nothing else: styles, chart and map are in it. */
export function reportPage(content: ReportContent, language: ReportLanguage): string {
  const say = sayIn(language);
  const { published, plant, madeBy, madeAt, purpose } = content;
  const { lead } = published;
  const title = `${say("title")} ${lead.leadId}`;
  const time = (moment: string) => clock(moment, plant.timeZone);
  const body = html`<p class="small">${say("lead")} ${lead.leadId}, ${say("version")} ${lead.version} · ${say("state")}: ${LEAD_STATE_NAMES[lead.state][language]}<br>
${say("made")}: ${time(madeAt)} (${plant.timeZone}), ${say("by")} ${madeBy} · ${say("purpose")}: ${purpose}</p>
${endedNote(lead, say)}<p class="finding">${lead.finding[language]}</p>
<p class="banner">${say("banner")} ${detailNote(content, say, time)}</p>
${chartSection(content, say, language)}${placesSections(content, say, language)}${alternativesSection(lead.posterior, say)}
${qualitySection(content, say, language)}${historySection(content, say, language, time)}`;
  return html`<!doctype html>
<html lang="${language === "zh" ? "zh-CN" : "en"}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta name="robots" content="noindex"><title>${title}</title><style>${new Raw(STYLE)}</style></head>
<body><h1>${title}</h1>${body}</body></html>`.text;
}

/** Printed pages outlive the lead: one that no longer stands says so before anything else. */
function endedNote({ state, mergedInto }: Lead, say: Say): Markup {
  if (state === "retracted") return html`<p class="banner"><strong>${say("retracted")}</strong></p>`;
  if (state === "merged") return html`<p class="banner"><strong>${say("merged", { into: mergedInto ?? "–" })}</strong></p>`;
  return html``;
}

function detailNote({ published, authorisation, peopleMin }: ReportContent, say: Say, time: (moment: string) => string): string {
  const { lead, detail } = published;
  const institutions = lead.institutions > 0 ? ` ${say("institutions", { n: lead.institutions })}` : "";
  if (!lead.posterior) return say("noPosterior");
  if (detail === "areas") return say("areas", { people: peopleMin.toLocaleString("en") });
  if (!authorisation) return institutions;
  const { reference, legalBasis, validUntil } = authorisation;
  return say("authorised", { reference, basis: legalBasis, until: time(validUntil) }) + institutions;
}

function chartSection({ loads, expected, published }: ReportContent, say: Say, language: ReportLanguage): Markup {
  const picture =
    loads.length === 0
      ? html`<p>${say("noChart")}</p>`
      : html`<figure>${loadChart(loads, expected, new Date(published.lead.trigger.day), say("loadAxis"), language)}<figcaption class="small">${say("chartNote")}</figcaption></figure>`;
  return html`<h2>${say("chart")}</h2>${picture}`;
}

/** More are no longer read, and what is less probable is as good as excluded. */
const CANDIDATES_SHOWN = 15;
const PROBABILITY_SHOWN_MIN = 0.001;

function placesSections(content: ReportContent, say: Say, language: ReportLanguage): Markup {
  const { published, network } = content;
  const { posterior } = published.lead;
  if (!posterior) return html`<h2>${say("map")}</h2><p>${say("noMap")}</p>`;
  const picture = network && sewerPicture(network, posterior, published.nameOf);
  const map = picture
    ? html`<figure>${picture}<figcaption>${mapLegend(say)}<p class="small">${say("mapNote")}</p></figcaption></figure>`
    : html``;
  const place = say(published.detail === "areas" ? "area" : "place");
  return html`<h2>${say("map")}</h2>${map}
<h2>${say("candidates")}</h2>${candidateTable(shownOf(content.candidates), place, say(published.detail === "areas" ? "people" : "peopleUp"), say)}
${sourcesSection(posterior, place, say)}<h2>${say("sets")}</h2>${setTable(posterior, say)}
<h2>${say("evidence")}</h2>${evidenceTable(content, posterior, place, say, language)}
<h2>${say("next")}</h2>${nextTable(posterior, place, say, language)}`;
}

function mapLegend(say: Say): Markup {
  const keys = STEPS.map(({ from, colour }) => html`<span>${key(colour)}≥ ${percent(from)}</span>`);
  return html`<p class="legend">${keys}<span>${key(OTHER_COLOUR)}${say("outside")}</span></p>`;
}

const key = (colour: string) => html`<i style="background:${colour}"></i>`;

function candidateTable(candidates: readonly LeadCandidate[], place: string, people: string, say: Say): Markup {
  const rows = candidates.map(
    ({ node, probability, set, people: behind, supports, contradicts }) => html`<tr><th scope="row">${node}</th>
<td class="number">${percent(probability)}</td><td class="number">${set === null ? "–" : `${set} %`}</td><td class="number">${count(behind)}</td>
<td class="for">${placesOf(supports) || "–"}</td><td class="against">${against(contradicts, say) || "–"}</td></tr>`,
  );
  return html`<table><thead><tr><th scope="col">${place}</th><th scope="col" class="number">${say("probability")}</th><th scope="col" class="number">${say("set")}</th>
<th scope="col" class="number">${people}</th><th scope="col">${say("supports")}</th><th scope="col">${say("contradicts")}</th></tr></thead><tbody>${rows}</tbody></table>`;
}

const shownOf = (candidates: readonly LeadCandidate[]) =>
  candidates.slice(0, CANDIDATES_SHOWN).filter(({ set, probability }) => set !== null || probability >= PROBABILITY_SHOWN_MIN);

/** Where the samples were taken, each place once: `M107 (2), M108`. */
function placesOf(samples: LeadCandidate["supports"]): string {
  const byPlace = Map.groupBy(samples, ({ node }) => node);
  return [...byPlace].map(([place, of]) => (of.length > 1 ? `${place} (${of.length})` : place)).join(", ");
}

function against(samples: LeadCandidate["contradicts"], say: Say): string {
  const elsewhere = placesOf(samples.filter(({ reading }) => reading === "positive"));
  const missing = placesOf(samples.filter(({ reading }) => reading === "negative"));
  return [elsewhere && say("foundElsewhere", { places: elsewhere }), missing && say("notFoundAt", { places: missing })]
    .filter(Boolean)
    .join("; ");
}

/** Places shown of each of several sources: as many as tell them apart. */
const SOURCE_PLACES_SHOWN = 5;

/** With one source, all that the other tables say is of it. */
function sourcesSection({ sources, several }: Posterior, place: string, say: Say): Markup {
  if (sources.length === 1) return html``;
  const rows = sources.map(({ candidates, credible, massGD }, i) => {
    const first = candidates.slice(0, SOURCE_PLACES_SHOWN).filter(({ probability }) => probability >= PROBABILITY_SHOWN_MIN);
    const { nodes, people } = credible["90"];
    return html`<tr><th scope="row">${i + 1}</th><td>${first.map(({ node, probability }) => `${node} (${percent(probability)})`).join(", ")}</td>
<td class="number">${nodes.length}</td><td class="number">${count(people)}</td><td class="number">${
      massGD ? `${significant(massGD.median)} (${significant(massGD.low)}–${significant(massGD.high)})` : "–"
    }</td></tr>`;
  });
  return html`<h2>${say("sources")}</h2><p>${say("severalNote", { share: percent(several) })}</p><table><thead><tr><th scope="col">${say("source")}</th>
<th scope="col">${place}</th><th scope="col" class="number">${say("set90")}</th><th scope="col" class="number">${say("people")}</th>
<th scope="col" class="number">${say("entered")}</th></tr></thead><tbody>${rows}</tbody></table>`;
}

function setTable({ credible }: Posterior, say: Say): Markup {
  const rows = (["50", "80", "90", "95"] as const).map((level) => {
    const { nodes, people, pipeLengthM } = credible[level];
    return html`<tr><th scope="row">${level} %</th><td class="number">${nodes.length}</td><td class="number">${count(people)}</td>
<td class="number">${pipeLengthM === null ? "–" : (pipeLengthM / 1_000).toFixed(2)}</td></tr>`;
  });
  return html`<table><thead><tr><th scope="col">${say("set")}</th><th scope="col" class="number">${say("places")}</th><th scope="col" class="number">${say("people")}</th>
<th scope="col" class="number">${say("pipe")}</th></tr></thead><tbody>${rows}</tbody></table>`;
}

function evidenceTable(
  content: ReportContent,
  { evidence }: Posterior,
  place: string,
  say: Say,
  language: ReportLanguage,
): Markup {
  if (evidence.length === 0) return html`<p>${say("noEvidence")}</p>`;
  const rows = evidence.map((sample) => {
    const { node, day, loadGD, censored, expectedGD, reading, logBayesFactor } = sample;
    return html`<tr><th scope="row">${day}</th><td>${node}</td><td class="number">${censored ? "<" : ""}${significant(loadGD)}</td>
<td class="number">${expectedGD === null ? "–" : significant(expectedGD)}</td><td>${say(reading)}</td>
<td class="number ${logBayesFactor > 0 ? "for" : "against"}">${logBayesFactor > 0 ? "+" : ""}${logBayesFactor.toFixed(2)}</td>
<td>${content.custodyOf(sample)?.[language] ?? "–"}</td></tr>`;
  });
  return html`<table><thead><tr><th scope="col">${say("day")}</th><th scope="col">${place}</th><th scope="col" class="number">${say("load")}</th>
<th scope="col" class="number">${say("expected")}</th><th scope="col">${say("reading")}</th><th scope="col" class="number">${say("weight")}</th>
<th scope="col">${say("custody")}</th></tr></thead><tbody>${rows}</tbody></table><p class="small">${say("evidenceNote")}</p>`;
}

function nextTable({ next }: Posterior, place: string, say: Say, language: ReportLanguage): Markup {
  if (next.length === 0) return html`<p>${say("noNext")}</p>`;
  const rows = next.map(
    ({ node, bits, because, window }) => html`<tr><th scope="row">${node}</th><td>${window ? say("from", window) : "–"}</td>
<td class="number">${bits.toFixed(2)}</td><td>${wordReason(because)[language]}</td></tr>`,
  );
  return html`<table><thead><tr><th scope="col">${place}</th><th scope="col">${say("window")}</th><th scope="col" class="number">${say("bits")}</th>
<th scope="col">${say("why")}</th></tr></thead><tbody>${rows}</tbody></table>`;
}

function alternativesSection(posterior: Posterior | null, say: Say): Markup {
  if (!posterior) return html``;
  const { noSource, diffuse, outside, several, confirmingPair } = posterior;
  const rows = [
    [say("onePlace"), 1 - noSource - diffuse - outside],
    [say("noSource"), noSource],
    [say("diffuse"), diffuse],
    [say("elsewhere"), outside],
    ...(several > 0 ? [[say("several"), several] as const] : []),
  ] as const;
  return html`<h2>${say("alternatives")}</h2><table><tbody>${rows.map(
    ([what, share]) => html`<tr><th scope="row">${what}</th><td class="number">${percent(share)}</td></tr>`,
  )}</tbody></table><p>${pairWords(confirmingPair, say)}</p>`;
}

/** In areas both of a pair may lie in one. */
function pairWords(pair: Posterior["confirmingPair"], say: Say): string {
  if (!pair) return say("noPair");
  const { positive, negative } = pair;
  if (negative === null) return say("pairAlone", { positive });
  return positive === negative ? say("pairInside", { positive }) : say("pair", { positive, negative });
}

function qualitySection({ published }: ReportContent, say: Say, language: ReportLanguage): Markup {
  const { posterior, trigger, networkId, networkVersion } = published.lead;
  const lines = [
    say("trigger", {
      day: trigger.day,
      excess: significant(trigger.excessGD),
      sd: significant(trigger.excessSdGD),
      baseline: significant(trigger.baselineGD),
    }),
    ...(networkId === null ? [] : [say("network", { id: networkId, version: networkVersion ?? "–" })]),
    ...(posterior?.massGD && posterior.sources.length === 1
      ? [
          say("mass", {
            median: significant(posterior.massGD.median),
            low: significant(posterior.massGD.low),
            high: significant(posterior.massGD.high),
          }),
        ]
      : []),
    ...(posterior?.notes.length ? posterior.notes.map((note: LeadNote) => wordNote(note)[language]) : [say("noWarnings")]),
  ];
  return html`<h2>${say("quality")}</h2><ul>${lines.map((line) => html`<li>${line}</li>`)}</ul>`;
}

function historySection(
  { versions, log, published }: ReportContent,
  say: Say,
  language: ReportLanguage,
  time: (moment: string) => string,
): Markup {
  // in areas, what changed is told without its words: they name manholes
  const told = ({ changes, why }: LeadVersion) =>
    published.detail === "areas"
      ? changes.filter(({ code }) => code !== "first").map((change) => change[language])
      : [why[language], ...changes.map((change) => change[language])].filter(Boolean);
  const rows = versions.map(
    (
      version,
    ) => html`<tr><th scope="row">${version.version}</th><td class="when">${time(version.at)}</td><td>${version.actor}</td><td>${told(version).join(" ")}</td>
<td class="hash">${version.contentHash}</td></tr>`,
  );
  const whole = log.broken === null ? say("whole") : say("broken", { seq: log.broken });
  return html`<h2>${say("history")}</h2><table><thead><tr><th scope="col">${say("versionNumber")}</th><th scope="col">${say("at")}</th><th scope="col">${say("who")}</th>
<th scope="col">${say("changed")}</th><th scope="col">${say("hash")}</th></tr></thead><tbody>${rows}</tbody></table>
<p class="small">${say("chain", { entries: log.entries, hash: log.lastHash, whole })}</p>`;
}

function clock(moment: string, timeZone: string): string {
  return new Intl.DateTimeFormat("sv-SE", { timeZone, dateStyle: "short", timeStyle: "short" }).format(new Date(moment));
}

/** Never 100 %: the model is sure of nothing. */
function percent(share: number): string {
  if (share > 0.999) return "> 99.9 %";
  if (share > 0 && share < 0.001) return "< 0.1 %";
  return `${Number((100 * share).toPrecision(share < 0.1 ? 2 : 3))} %`;
}
const count = (people: number | null) => (people === null ? "–" : Math.round(people).toLocaleString("en"));
const significant = (value: number) => String(Number(value.toPrecision(3)));
