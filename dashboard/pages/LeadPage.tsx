import { useMemo, useState } from "preact/hooks";
import { lazy } from "preact-iso";
import type { Lead, Posterior } from "../../schemas/lead.ts";
import { api, type LogEntry, type NetworkGeoJson, type SiteDetail } from "../api.ts";
import { formatBits, formatDay, formatMoment, formatNumber, formatShare } from "../format.ts";
import { sentence, t, tData } from "../language.ts";
import { useLoaded } from "../loaded.ts";
import { readSewer } from "../maps/sewer.ts";
import { analyteName, siteName } from "../names.ts";
import { StateBadge } from "../parts/AnomalyCard.tsx";
import { PageHead } from "../parts/controls.tsx";
import { ShareBar } from "../parts/glyphs.tsx";
import { useQuery } from "../parts/query.ts";
import { Reasoned } from "../parts/Reasoned.tsx";
import { State } from "../parts/State.tsx";
import { may } from "../session.ts";
import { LEAD_ACTIONS } from "../states.ts";
import { Fact } from "./AnomalyPage.tsx";
import { Evidence, Log } from "./leadParts.tsx";

const SewerMap = lazy(() => import("../maps/SewerMap.tsx").then((map) => map.SewerMap));
const LeadChart = lazy(() => import("../charts/LeadChart.tsx").then((chart) => chart.LeadChart));

interface Whole {
  lead: Lead;
  site: SiteDetail;
  log: readonly LogEntry[];
  network: NetworkGeoJson | null;
}

export function LeadPage({ leadId }: { leadId: string }) {
  const [version, setVersion] = useState(0);
  const loaded = useLoaded(`lead ${leadId} ${version}`, async (signal): Promise<Whole> => {
    const lead = await api.lead(leadId, signal);
    const [site, log, network] = await Promise.all([
      api.site(lead.siteId, signal),
      api.leadLog(leadId, signal),
      lead.networkId === null ? null : api.leadNetwork(leadId, signal),
    ]);
    return { lead, site, log: log.items, network };
  });
  return (
    <State of={loaded} empty={t("state.notFound")}>
      {(whole) => <LeadView {...whole} onChanged={() => setVersion((count) => count + 1)} />}
    </State>
  );
}

function LeadView({ lead, site, log, network, onChanged }: Whole & { onChanged: () => void }) {
  const [query, change] = useQuery();
  const sewer = useMemo(() => network && readSewer(network), [network]);
  const { posterior } = lead;
  const chosen = query["node"] ?? null;
  const choose = (node: string) => change({ node: node === chosen ? undefined : node });
  return (
    <>
      <PageHead
        above={
          <>
            <a href="/leads">{t("nav.leads")}</a> · <a href={`/sites/${encodeURIComponent(site.siteId)}`}>{siteName(site)}</a>
          </>
        }
        title={t("lead.title", { analyte: analyteName(lead.analyte), site: siteName(site) })}
        aside={
          <>
            <StateBadge group="leadState" state={lead.state} />
            <span class="muted small">
              {t("lead.version", { version: lead.version, time: formatMoment(lead.updatedAt, site.timeZone) })}
            </span>
          </>
        }
      />
      <p class="finding">{sentence(lead.finding)}</p>
      <p class="banner">{t("lead.banner")}</p>
      {posterior && <Summary posterior={posterior} />}
      <div class="lead">
        <section class="card map-card">
          <h2>{t("lead.sewer")}</h2>
          {sewer && posterior ? (
            <>
              <SewerMap sewer={sewer} lead={lead} chosen={chosen} onChoose={choose} />
              <SewerLegend />
            </>
          ) : (
            <p class="muted">{t("lead.noSewer")}</p>
          )}
        </section>
        <section class="card">
          <h2>{t("lead.next")}</h2>
          {posterior && posterior.next.length > 0 ? (
            <NextPoints posterior={posterior} chosen={chosen} onChoose={choose} />
          ) : (
            <p class="muted">{t("lead.noNext")}</p>
          )}
          <h2>{t("lead.candidates")}</h2>
          {posterior ? (
            <Candidates posterior={posterior} chosen={chosen} onChoose={choose} />
          ) : (
            <p class="muted">{t("lead.noSewer")}</p>
          )}
        </section>
      </div>
      <section class="card">
        <h2>{t("lead.trigger", { day: formatDay(lead.trigger.day) })}</h2>
        <LeadChart lead={lead} site={site} />
      </section>
      <div class="columns">
        <section class="card">
          <h2>{t("lead.evidence")}</h2>
          {posterior && posterior.evidence.length > 0 ? (
            <Evidence posterior={posterior} />
          ) : (
            <p class="muted">{t("lead.noEvidence")}</p>
          )}
        </section>
        <section class="card">
          <h2>{t("lead.log")}</h2>
          <Log log={log} timeZone={site.timeZone} />
          {may("investigator") && (
            <Reasoned
              actions={[{ value: "note", label: t("lead.addNote") }]}
              onDo={async (_note, text) => {
                await api.noteOnLead(lead.leadId, text);
                onChanged();
              }}
            />
          )}
        </section>
      </div>
      {LEAD_ACTIONS[lead.state].length > 0 && may("investigator") && (
        <section class="card no-print">
          <h2>{t("lead.move")}</h2>
          <Reasoned
            actions={LEAD_ACTIONS[lead.state].map((value, index) => ({
              value,
              label: tData("leadMove", value),
              primary: index === 0,
            }))}
            onDo={async (to, reason) => {
              await api.moveLead(lead.leadId, to as Lead["state"], reason);
              onChanged();
            }}
          />
        </section>
      )}
    </>
  );
}

/** What else may explain it, and how much was put in. */
function Summary({ posterior }: { posterior: Posterior }) {
  const { massGD, credible } = posterior;
  const set = credible["80"];
  return (
    <>
      <dl class="facts row">
        <Fact name={t("lead.noSource")}>{formatShare(posterior.noSource, 1)}</Fact>
        <Fact name={t("lead.diffuse")}>{formatShare(posterior.diffuse, 1)}</Fact>
        <Fact name={t("lead.outside")}>{formatShare(posterior.outside, 1)}</Fact>
        {massGD && (
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
      {posterior.warnings.length > 0 && (
        <ul class="warnings">
          {posterior.warnings.map((warning) => (
            <li key={warning}>{warning}</li>
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

function NextPoints({ posterior, chosen, onChoose }: NodesProps) {
  return (
    <ol class="next">
      {posterior.next.map(({ node, bits, reason }) => (
        <li key={node} class={node === chosen ? "chosen" : undefined}>
          <NodeButton node={node} chosen={chosen} onChoose={onChoose} />
          <span class="number">{t("lead.bits", { bits: formatBits(bits) })}</span>
          <p class="small muted">{reason}</p>
        </li>
      ))}
    </ol>
  );
}

/** Longer lists are for the network file; nobody reads them on a page. */
const CANDIDATES_SHOWN = 12;

function Candidates({ posterior, chosen, onChoose }: NodesProps) {
  const level = useMemo(() => {
    const sets = [50, 80, 95] as const;
    return (node: string) => sets.find((set) => posterior.credible[set]?.nodes.includes(node));
  }, [posterior]);
  const more = posterior.candidates.length - CANDIDATES_SHOWN;
  return (
    <>
      <table class="plain">
        <caption class="visually-hidden">{t("lead.candidates")}</caption>
        <thead>
          <tr>
            <th scope="col">{t("lead.node")}</th>
            <th scope="col">{t("lead.probabilityHead")}</th>
            <th scope="col" class="number">
              {t("lead.set")}
            </th>
          </tr>
        </thead>
        <tbody>
          {posterior.candidates.slice(0, CANDIDATES_SHOWN).map(({ node, probability }) => (
            <tr key={node} class={node === chosen ? "chosen" : undefined}>
              <th scope="row">
                <NodeButton node={node} chosen={chosen} onChoose={onChoose} />
              </th>
              <td>
                <ShareBar share={probability} strong={level(node) === 50} digits={1} />
              </td>
              <td class="number">{level(node) ? `${level(node)}%` : "–"}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {more > 0 && <p class="muted small">{t("lead.more", { more })}</p>}
    </>
  );
}

function NodeButton({ node, chosen, onChoose }: { node: string; chosen: string | null; onChoose: (node: string) => void }) {
  return (
    <button type="button" class="link" aria-pressed={node === chosen} onClick={() => onChoose(node)}>
      {node}
    </button>
  );
}

function SewerLegend() {
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
