import { useState } from "preact/hooks";
import { useLocation } from "preact-iso";
import { analysis } from "../analysis.ts";
import { api, type Measure, type SiteDetail } from "../api.ts";
import { formatDay } from "../format.ts";
import { t, tData } from "../language.ts";
import { useLoaded } from "../loaded.ts";
import { analyteChoices, analyteName, siteName } from "../names.ts";
import { PageHead, Segmented, Select } from "../parts/controls.tsx";
import { useQuery } from "../parts/query.ts";
import { State } from "../parts/State.tsx";
import { Absent } from "./Explained.tsx";
import { SeriesView } from "./SeriesView.tsx";
import { WindowChoice } from "./WindowChoice.tsx";

const MEASURES: Measure[] = ["concentration", "load", "populationNormalisedLoad", "consumption", "doses"];

export function SeriesPage({ siteId, analyte }: { siteId: string; analyte: string }) {
  const site = useLoaded(`site ${siteId}`, (signal) => api.site(siteId, signal));
  return (
    <State of={site} empty={t("state.notFound")}>
      {(found) => <SeriesOfSite site={found} analyte={analyte} />}
    </State>
  );
}

function SeriesOfSite({ site, analyte }: { site: SiteDetail; analyte: string }) {
  const [query] = useQuery();
  const [noted, setNoted] = useState(0);
  const measure = (query["measure"] ?? "load") as Measure;
  const asOf = query["asOf"] ? { asOf: query["asOf"] } : {};
  const { siteId } = site;
  const series = useLoaded(
    `series ${siteId} ${analyte} ${measure} ${query["asOf"] ?? ""} ${noted}`,
    async (signal) => {
      const [values, concentrations, expected, anomalies, annotations, programmes] = await Promise.all([
        api.series({ siteId, analyte, measure, ...asOf }, signal),
        api.series({ siteId, analyte, measure: "concentration", ...asOf }, signal),
        api.series({ siteId, analyte, measure: "expected" }, signal),
        api.anomalies({ siteId, analyte }, signal),
        analysis.annotations(siteId, analyte, signal),
        analysis.programmes(signal),
      ]);
      return {
        values: values.items,
        concentrations: concentrations.items,
        // what was expected and found then is not kept: that of now would not fit the values of then
        expected: query["asOf"] ? [] : expected.items,
        anomalies: query["asOf"] ? [] : anomalies,
        annotations,
        programmes,
      };
    },
    undefined,
    ["series", "anomalies"],
  );
  return (
    <>
      <PageHead
        above={<a href={`/sites/${encodeURIComponent(siteId)}`}>{siteName(site)}</a>}
        title={t("series.title", { analyte: analyteName(analyte), site: siteName(site) })}
      />
      <Controls site={site} analyte={analyte} measure={measure} />
      {query["asOf"] && (
        <p class="stale" role="status">
          {t("series.asOfNote", { day: formatDay(query["asOf"]) })}
        </p>
      )}
      <State of={series} empty={t("state.notFound")}>
        {(loaded) =>
          loaded.values.every(({ points }) => points.length === 0) ? (
            <Absent site={site} analyte={analyte} measure={measure} concentrations={loaded.concentrations} />
          ) : (
            <SeriesView
              site={site}
              analyte={analyte}
              measure={measure}
              onNoted={() => setNoted((count) => count + 1)}
              {...loaded}
            />
          )
        }
      </State>
    </>
  );
}

function Controls({ site, analyte, measure }: { site: SiteDetail; analyte: string; measure: Measure }) {
  const [query, change] = useQuery();
  const { route, url } = useLocation();
  const analytes = site.analytes.includes(analyte) ? site.analytes : [analyte, ...site.analytes];
  const goTo = (other: string) => {
    const search = url.includes("?") ? url.slice(url.indexOf("?")) : "";
    route(`/sites/${encodeURIComponent(site.siteId)}/series/${encodeURIComponent(other)}${search}`);
  };
  return (
    <div class="controls">
      <Select label={t("control.analyte")} value={analyte} choices={analyteChoices(analytes)} onChange={goTo} />
      <Segmented
        label={t("control.quantity")}
        name="measure"
        value={measure}
        choices={MEASURES.map((value) => ({ value, label: tData("measure", value) }))}
        onChange={(value) => change({ measure: value, profile: undefined })}
      />
      <Segmented
        label={t("control.scale")}
        name="scale"
        value={(query["scale"] ?? "log") as "log" | "linear"}
        choices={[
          { value: "log", label: t("scale.log") },
          { value: "linear", label: t("scale.linear") },
        ]}
        onChange={(scale) => change({ scale })}
      />
      <WindowChoice />
      <Segmented
        label={t("control.view")}
        name="view"
        value={(query["view"] ?? "chart") as "chart" | "years" | "table"}
        choices={[
          { value: "chart", label: t("view.chart") },
          { value: "years", label: t("view.years") },
          { value: "table", label: t("view.table") },
        ]}
        onChange={(view) => change({ view })}
      />
      <label class="select">
        <span class="select-label">{t("series.asOf")}</span>
        <input type="date" value={query["asOf"] ?? ""} onChange={(event) => change({ asOf: event.currentTarget.value })} />
      </label>
    </div>
  );
}
