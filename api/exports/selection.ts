import type { Site } from "../../schemas/site.ts";
import type { Records } from "../../store/records/records.ts";
import type { ResultRevision } from "../../store/records/revisions.ts";
import { SMALL_KINDS } from "../leads/smallPlaces.ts";

/** What is exported. Fields left out leave nothing out, but sites: where none is named, it is all behind which many people live. */
export interface Selection {
  siteIds?: readonly string[];
  analytes?: readonly string[];
  /** Days of the start of a sample, UTC; both count. */
  from?: string;
  to?: string;
}

/** What travels with every export: whose data it is and what may be done with it. */
export interface Terms {
  owner: string;
  licence: string;
}

export interface ExportedResult {
  site: Site;
  revision: ResultRevision;
}

export async function selectedSites({ sites }: Pick<Records, "sites">, { siteIds }: Selection): Promise<Site[]> {
  const wanted = siteIds && new Set(siteIds);
  return (await sites.list()).filter(({ siteId, kind }) => wanted?.has(siteId) ?? !SMALL_KINDS.has(kind));
}

/** The results that count now, site by site and analyte by analyte, so that no more than one series is held at once. */
export async function* selectedResults(
  records: Pick<Records, "sites" | "results">,
  selection: Selection,
): AsyncGenerator<ExportedResult> {
  const { analytes, from = "", to = "9999-12-31" } = selection;
  for (const site of await selectedSites(records, selection)) {
    for (const analyte of analytes ?? (await records.results.analytesOf(site.siteId))) {
      for (const revision of await records.results.ofSeries(site.siteId, analyte)) {
        const day = new Date(revision.sample.start).toISOString().slice(0, 10);
        if (day >= from && day <= to) yield { site, revision };
      }
    }
  }
}

/** Where the data of a site come from, where it is not the owner's own. */
export function sourceOf({ source }: Site, { owner }: Terms): string {
  return source ?? owner;
}
