import { api } from "../api.ts";
import { t } from "../language.ts";
import { useLoaded } from "../loaded.ts";
import { PageHead, Segmented } from "../parts/controls.tsx";
import { useQuery } from "../parts/query.ts";
import { State } from "../parts/State.tsx";
import { CompareGrid } from "./CompareGrid.tsx";
import { ComparePublic } from "./ComparePublic.tsx";
import { CompareRatios } from "./CompareRatios.tsx";
import { CompareRegions } from "./CompareRegions.tsx";

const VIEWS = ["grid", "ratios", "regions", "public"] as const;
type View = (typeof VIEWS)[number];

/** Sites, substances, regions and programmes beside each other. */
export function Compare() {
  const [query, change] = useQuery();
  const view = (VIEWS as readonly string[]).includes(query["view"] ?? "") ? (query["view"] as View) : "grid";
  const sites = useLoaded(
    "plants",
    (signal) => api.plants(signal),
    (found) => found.length === 0,
  );
  return (
    <>
      <PageHead title={t("compare.title")} />
      <div class="controls">
        <Segmented
          label={t("control.view")}
          name="view"
          value={view}
          choices={VIEWS.map((value) => ({ value, label: t(`compare.${value}`) }))}
          onChange={(chosen) => change({ view: chosen })}
        />
      </div>
      <State of={sites} empty={t("overview.noSites")}>
        {(plants) => {
          if (view === "ratios") return <CompareRatios plants={plants} />;
          if (view === "regions") return <CompareRegions />;
          return view === "public" ? <ComparePublic plants={plants} /> : <CompareGrid plants={plants} />;
        }}
      </State>
    </>
  );
}
