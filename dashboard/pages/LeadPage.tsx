import { useMemo, useState } from "preact/hooks";
import { lazy } from "preact-iso";
import type { Authorisation } from "../../schemas/authorisation.ts";
import type { Attachment, Outcome } from "../../schemas/caseFile.ts";
import type { Lead, LeadVersion } from "../../schemas/lead.ts";
import type { LeadCandidate } from "../../schemas/leadCandidate.ts";
import type { SamplingOrder } from "../../schemas/order.ts";
import { ApiError } from "../answer.ts";
import { api, type LogEntry, type NetworkGeoJson, type SiteDetail } from "../api.ts";
import { formatDay, formatMoment } from "../format.ts";
import { sentence, t, tData } from "../language.ts";
import { leadCalls } from "../leadCalls.ts";
import { useLoaded } from "../loaded.ts";
import { readSewer } from "../maps/sewer.ts";
import { analyteName, siteName } from "../names.ts";
import { StateBadge } from "../parts/AnomalyCard.tsx";
import { Authorisations } from "../parts/Authorisations.tsx";
import { PageHead } from "../parts/controls.tsx";
import { PurposeGate } from "../parts/PurposeGate.tsx";
import { useQuery } from "../parts/query.ts";
import { Reasoned } from "../parts/Reasoned.tsx";
import { State } from "../parts/State.tsx";
import { may } from "../session.ts";
import { LEAD_ACTIONS } from "../states.ts";
import { Candidates } from "./LeadCandidates.tsx";
import { Assignment, Attachments, Merge, Outcomes } from "./LeadCase.tsx";
import { Orders } from "./LeadOrders.tsx";
import { Sources } from "./LeadSources.tsx";
import { Survey } from "./LeadSurvey.tsx";
import { Versions } from "./LeadVersions.tsx";
import { Evidence, Log, NextPoints, SewerLegend, Shared, Summary } from "./leadParts.tsx";

const SewerMap = lazy(() => import("../maps/SewerMap.tsx").then((map) => map.SewerMap));
const LeadChart = lazy(() => import("../charts/LeadChart.tsx").then((chart) => chart.LeadChart));

/** As the server has it: where a crew may be sent out, where an outcome may come, where a lead may go on as another. */
const SAMPLED: readonly Lead["state"][] = ["open", "triaged", "sampling", "localised", "inconclusive"];
const REFERRED: readonly Lead["state"][] = ["referred", "confirmed", "dismissed", "inconclusive"];
const MERGED: readonly Lead["state"][] = ["open", "triaged", "sampling", "localised", "referred"];
/** Notes under which a survey of the baselines is what helps. */
const BASELINE_NOTES: readonly string[] = ["baseline_uncertain", "baseline_hopeless"];

interface Whole {
  lead: Lead;
  site: SiteDetail;
  log: readonly LogEntry[];
  network: NetworkGeoJson | null;
  candidates: readonly LeadCandidate[];
  versions: readonly LeadVersion[];
  outcomes: readonly Outcome[];
  orders: readonly SamplingOrder[];
  attachments: readonly Attachment[];
  authorisations: readonly Authorisation[];
  /** Of the same plant and substance, which this one may be merged into. */
  others: readonly Lead[];
}

export function LeadPage({ leadId }: { leadId: string }) {
  return (
    <PurposeGate>
      <LoadedLead leadId={leadId} />
    </PurposeGate>
  );
}

function LoadedLead({ leadId }: { leadId: string }) {
  const [version, setVersion] = useState(0);
  const loaded = useLoaded(
    `lead ${leadId} ${version}`,
    async (signal): Promise<Whole> => {
      const lead = await api.lead(leadId, signal);
      const [site, log, network, candidates, versions, outcomes, orders, attachments, authorisations, ofPlant] =
        await Promise.all([
          api.site(lead.siteId, signal),
          api.leadLog(leadId, signal),
          lead.networkId === null ? null : api.leadNetwork(leadId, signal),
          leadCalls.candidates(leadId, signal),
          leadCalls.versions(leadId, signal),
          leadCalls.outcomes(leadId, signal),
          leadCalls.orders(leadId, signal),
          leadCalls.attachments(leadId, signal),
          // a key limited to regions sees its leads, and no authorisations
          leadCalls
            .authorisations({ kind: "lead", id: leadId }, signal)
            .catch((error) => (ApiError.from(error).status === 403 ? [] : Promise.reject(error))),
          api.leads({ siteId: lead.siteId }, signal),
        ]);
      const others = ofPlant.filter((other) => other.leadId !== leadId && !["merged", "retracted"].includes(other.state));
      return { lead, site, log: log.items, network, candidates, versions, outcomes, orders, attachments, authorisations, others };
    },
    undefined,
    ["leads"],
  );
  return (
    <State of={loaded} empty={t("state.notFound")}>
      {(whole) => <LeadView {...whole} onChanged={() => setVersion((count) => count + 1)} />}
    </State>
  );
}

function LeadView({ lead, site, log, network, candidates, onChanged, ...file }: Whole & { onChanged: () => void }) {
  const [query, change] = useQuery();
  const sewer = useMemo(() => network && readSewer(network), [network]);
  const { posterior } = lead;
  const chosen = query["node"] ?? null;
  const own = { lead, timeZone: site.timeZone, onChanged };
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
      <p class="banner">
        {t("lead.banner")} {lead.institutions > 0 && t("lead.institutions", { n: lead.institutions })}{" "}
        {lead.mergedInto && <a href={`/leads/${encodeURIComponent(lead.mergedInto)}`}>{t("lead.mergedInto")}</a>}
      </p>
      <Shared leadId={lead.leadId} />
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
          {sewer && posterior?.notes.some(({ code }) => BASELINE_NOTES.includes(code)) && (
            <>
              <h2>{t("survey.title")}</h2>
              <Survey leadId={lead.leadId} version={lead.version} chosen={chosen} onChoose={choose} />
            </>
          )}
          {posterior && posterior.sources.length > 1 && (
            <>
              <h2>{t("lead.sources")}</h2>
              <Sources posterior={posterior} chosen={chosen} onChoose={choose} />
            </>
          )}
          <h2>{t("lead.candidates")}</h2>
          {posterior ? (
            <Candidates candidates={candidates} chosen={chosen} onChoose={choose} />
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
      <div class="columns">
        <section class="card">
          <h2>{t("orders.title")}</h2>
          <Orders
            leadId={lead.leadId}
            orders={file.orders}
            open={SAMPLED.includes(lead.state) && posterior !== null}
            onChanged={onChanged}
          />
        </section>
        <section class="card">
          <h2>{t("version.title")}</h2>
          <Versions versions={file.versions} timeZone={site.timeZone} />
        </section>
        <section class="card">
          <h2>{t("assign.title")}</h2>
          <Assignment {...own} />
          <h2>{t("attachment.title")}</h2>
          <Attachments {...own} attachments={file.attachments} />
        </section>
        <section class="card">
          <h2>{t("outcome.title")}</h2>
          <Outcomes {...own} outcomes={file.outcomes} open={REFERRED.includes(lead.state)} />
        </section>
        <section class="card">
          <h2>{t("authorisation.title")}</h2>
          <Authorisations {...own} subject={{ kind: "lead", id: lead.leadId }} authorisations={file.authorisations} />
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
          {MERGED.includes(lead.state) && <Merge {...own} others={file.others} />}
        </section>
      )}
    </>
  );
}
