import { useCallback, useMemo } from "preact/hooks";
import type { Site } from "../../schemas/site.ts";
import { analysis, type Ratios } from "../analysis.ts";
import { Figure } from "../charts/Figure.tsx";
import { type RatioRow, ratioChart, ratioText } from "../charts/ratio.ts";
import { formatDay, formatNumber, wallClock } from "../format.ts";
import { language, t } from "../language.ts";
import { useLoaded } from "../loaded.ts";
import { analyteName, siteName } from "../names.ts";
import { Select } from "../parts/controls.tsx";
import { useQuery } from "../parts/query.ts";
import { State } from "../parts/State.tsx";
import { WindowChoice } from "./WindowChoice.tsx";
import { windowOf } from "./window.ts";

/** Two residues of one sample over each other, at one site. */
export function CompareRatios({ plants }: { plants: readonly Site[] }) {
  const [query, change] = useQuery();
  const own = plants.filter(({ source }) => source === undefined);
  const site = plants.find(({ siteId }) => siteId === query["site"]) ?? own[0] ?? plants[0]!;
  const loaded = useLoaded(
    `ratios ${site.siteId}`,
    (signal) => analysis.ratios(site.siteId, signal),
    (items) => items.length === 0,
    ["series"],
  );
  return (
    <>
      <div class="controls">
        <Select
          label={t("overview.site")}
          value={site.siteId}
          choices={plants.map((each) => ({ value: each.siteId, label: siteName(each) }))}
          onChange={(chosen) => change({ site: chosen })}
        />
        <WindowChoice />
      </div>
      <p class="muted">{t("ratio.how")}</p>
      <State of={loaded} empty={t("ratio.none")}>
        {(items) => (
          <div class="panels">
            {items.map((item) => (
              <RatioCard key={item.pair} item={item} site={site} />
            ))}
          </div>
        )}
      </State>
    </>
  );
}

function RatioCard({ item, site }: { item: Ratios; site: Site }) {
  const [query] = useQuery();
  const { rows, domain } = useMemo(() => {
    const all: RatioRow[] = item.points.map(({ time, ...rest }) => ({ at: wallClock(time, site.timeZone), ...rest }));
    const shown = windowOf(
      all.map(({ at }) => at),
      query,
    );
    return { rows: all.filter(({ at }) => at >= shown[0] && at <= shown[1]), domain: shown };
  }, [item, site.timeZone, query["window"], query["from"], query["to"]]);
  const spec = useCallback((width: number) => ratioChart(rows, domain, width), [rows, domain, language.value]);
  const known = rows.filter(({ censoring }) => censoring === "none").map(({ value }) => value);
  const median = known.toSorted((a, b) => a - b)[Math.floor(known.length / 2)];
  const unknown = rows.filter(({ censoring }) => censoring === "unknown").length;
  const newest = rows.at(-1);
  const name = `${analyteName(item.numerator)} / ${analyteName(item.denominator)}`;
  const summary = t("ratio.summary", {
    samples: rows.length,
    known: known.length,
    median: median === undefined ? "–" : formatNumber(median),
    unknown,
  });
  return (
    <article class="card panel">
      <h2>{name}</h2>
      <Figure
        label={`${name}. ${summary}`}
        spec={spec}
        stops={rows.map((row) => ({ at: row.at, text: `${formatDay(row.at)}: ${ratioText(row)}` }))}
      />
      <p class="small muted">
        {summary}
        {newest && ` ${formatDay(newest.at)}: ${ratioText(newest)}.`}
      </p>
    </article>
  );
}
