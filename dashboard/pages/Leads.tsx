import type { LeadStatistics } from "../../schemas/caseFile.ts";
import { api } from "../api.ts";
import { formatMoment, formatShare } from "../format.ts";
import { sentence, t, tData } from "../language.ts";
import { leadCalls } from "../leadCalls.ts";
import { useLoaded } from "../loaded.ts";
import { analyteName, siteName } from "../names.ts";
import { StateBadge } from "../parts/AnomalyCard.tsx";
import { PageHead, Select } from "../parts/controls.tsx";
import { PurposeGate } from "../parts/PurposeGate.tsx";
import { useQuery } from "../parts/query.ts";
import { State } from "../parts/State.tsx";
import { LEAD_ACTIONS } from "../states.ts";

export function Leads() {
  return (
    <PurposeGate>
      <LeadList />
    </PurposeGate>
  );
}

function LeadList() {
  const [query, change] = useQuery();
  const state = query["state"] ?? "any";
  const loaded = useLoaded(
    `leads ${state}`,
    async (signal) => {
      const [leads, sites] = await Promise.all([api.leads(state === "any" ? {} : { state }, signal), api.plants(signal)]);
      return { leads, sites: new Map(sites.map((site) => [site.siteId, site])) };
    },
    ({ leads }) => leads.length === 0,
    ["leads"],
  );
  const counted = useLoaded("leads counted", (signal) => leadCalls.statistics(signal), undefined, ["leads"]);
  return (
    <>
      <PageHead title={t("leads.title")} />
      <p class="finding">{t("leads.what")}</p>
      {counted.kind === "full" && <Counts statistics={counted.value} />}
      <div class="controls">
        <Select
          label={t("control.state")}
          value={state}
          choices={[
            { value: "any", label: t("control.any") },
            ...Object.keys(LEAD_ACTIONS).map((value) => ({ value, label: tData("leadState", value) })),
          ]}
          onChange={(value) => change({ state: value })}
        />
      </div>
      <State of={loaded} empty={t("leads.none")}>
        {({ leads, sites }) => (
          <ul class="leads">
            {leads.map((lead) => {
              const site = sites.get(lead.siteId);
              const first = lead.posterior?.candidates[0];
              return (
                <li key={lead.leadId} class="card">
                  <h2>
                    <a href={`/leads/${encodeURIComponent(lead.leadId)}`}>
                      {analyteName(lead.analyte)}, {site ? siteName(site) : lead.siteId}
                    </a>
                    <StateBadge group="leadState" state={lead.state} />
                  </h2>
                  <p>{sentence(lead.finding)}</p>
                  <p class="muted small">
                    {first && `${t("leads.first", { node: first.node, share: formatShare(first.probability) })} · `}
                    {lead.assignee !== null && `${t("assign.who", { name: lead.assignee })} · `}
                    {t("leads.updated", { time: formatMoment(lead.updatedAt, site?.timeZone ?? "UTC"), version: lead.version })}
                  </p>
                </li>
              );
            })}
          </ul>
        )}
      </State>
    </>
  );
}

/** How many leads and cases of the last year, each count with what it counts. */
function Counts({ statistics: { counts, definitions } }: { statistics: LeadStatistics }) {
  const shown = ["leadsOpened", "leadsWithCases", "casesSupported", "casesSolved"] as const;
  return (
    <dl class="facts row">
      {shown.map((name) => (
        <div key={name} title={definitions[name] && sentence(definitions[name])}>
          <dt>{t(`counts.${name}`)}</dt>
          <dd>{counts[name]}</dd>
        </div>
      ))}
    </dl>
  );
}
