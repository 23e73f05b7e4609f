import { useState } from "preact/hooks";
import type { SiteDetail } from "../api.ts";
import { t } from "../language.ts";
import { leadCalls } from "../leadCalls.ts";
import { useLoaded } from "../loaded.ts";
import { Authorisations } from "../parts/Authorisations.tsx";
import { State } from "../parts/State.tsx";

/** Leads at a plant with few people: asked for by one investigator, approved by another. */
export function SiteAuthorisations({ site }: { site: SiteDetail }) {
  const [version, setVersion] = useState(0);
  const subject = { kind: "site", id: site.siteId } as const;
  const found = useLoaded(`authorisations ${site.siteId} ${version}`, (signal) => leadCalls.authorisations(subject, signal));
  if (found.kind === "failed" && found.error.status === 403) return null; // a key of some regions sees none
  return (
    <section class="card no-print">
      <h2>{t("authorisation.title")}</h2>
      <State of={found} empty="">
        {(authorisations) => (
          <Authorisations
            subject={subject}
            timeZone={site.timeZone}
            authorisations={authorisations}
            onChanged={() => setVersion((count) => count + 1)}
          />
        )}
      </State>
    </section>
  );
}
