import { analysis, type Explanation } from "../analysis.ts";
import type { Measure, SeriesOf, SiteDetail } from "../api.ts";
import { formatDay, wallClock } from "../format.ts";
import { language, t, tData } from "../language.ts";
import { useLoaded } from "../loaded.ts";
import { analyteName } from "../names.ts";
import { State } from "../parts/State.tsx";

interface Asked {
  site: SiteDetail;
  analyte: string;
  measure: Measure;
  /** Of the site, `2026-05-04`. */
  day: string;
}

function useExplanations({ site, analyte, day }: Pick<Asked, "site" | "analyte" | "day">, measures: readonly string[]) {
  return useLoaded(
    `explained ${site.siteId} ${analyte} ${day} ${language.value}`,
    async (signal) => {
      const all = await analysis.explanations({ siteId: site.siteId, analyte, day, language: language.value }, signal);
      return all.filter(({ quantity }) => measures.includes(quantity));
    },
    (found) => found.length === 0,
  );
}

/**
 * How a number came about, from the raw result up: computed again from the records when it is asked for.
 * @param variant the derived series that is shown; another profile's number of the day is another number
 */
export function Explained({ measure, day, variant, ...asked }: Asked & { variant: string | undefined }) {
  const loaded = useExplanations({ ...asked, day }, [measure]);
  return (
    <section class="card explained" aria-live="polite">
      <h2>{t("series.explain", { day: formatDay(day) })}</h2>
      <State of={loaded} empty={t("series.noExplanation")}>
        {(found) => <Sentences {...(found.find(({ series }) => series === variant) ?? found[0]!)} />}
      </State>
    </section>
  );
}

function Sentences({ sentences }: Pick<Explanation, "sentences">) {
  return (
    <ol>
      {sentences.map((text) => (
        <li key={text}>{text}</li>
      ))}
    </ol>
  );
}

/** A quantity that is not there, with the reason the derivation gives for the newest sample: no factor agreed, no flow, no people. */
export function Absent(props: { site: SiteDetail; analyte: string; measure: Measure; concentrations: readonly SeriesOf[] }) {
  const { site, analyte, measure, concentrations } = props;
  const newest = concentrations
    .flatMap(({ points }) => points.map(({ time }) => time))
    .toSorted()
    .at(-1);
  return (
    <div class="state state-empty">
      <p class="state-title">{t("series.absent", { analyte: analyteName(analyte), measure: tData("measure", measure) })}</p>
      {newest !== undefined && (
        <Reason site={site} analyte={analyte} measure={measure} day={isoDay(wallClock(newest, site.timeZone))} />
      )}
    </div>
  );
}

function Reason({ site, analyte, measure, day }: Asked) {
  const loaded = useExplanations({ site, analyte, day }, [measure]);
  return (
    <State of={loaded} empty={null}>
      {(found) => (
        <>
          <p>{t("series.because", { day: formatDay(day) })}</p>
          <ul class="plain-list">
            {[...new Set(found.map(({ sentences }) => sentences[0]!))].map((text) => (
              <li key={text}>{text}</li>
            ))}
          </ul>
          <Sentences sentences={found[0]!.sentences.slice(1)} />
        </>
      )}
    </State>
  );
}

function isoDay(date: Date): string {
  return date.toISOString().slice(0, 10);
}
