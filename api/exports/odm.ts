import { createHash } from "node:crypto";
import { ODM_EXTENSION } from "../../ingest/files/odm.ts";
import type { AssayResult } from "../../schemas/assay.ts";
import type { Sample } from "../../schemas/sample.ts";
import type { Site } from "../../schemas/site.ts";
import { findSubstance } from "../../schemas/substances.ts";
import type { UnitCode } from "../../schemas/units.ts";
import { type Cell, csvLine } from "../csv.ts";
import { type ExportedResult, sourceOf, type Terms } from "./selection.ts";

// PHES-ODM 2.2: https://github.com/Big-Life-Lab/PHES-ODM. It has no measure for a drug: the table `parts` declares ours.

const ID_MAX = 30;
const NOTES_MAX = 200;
/** `value` is text of at most 15 characters. */
const VALUE_MAX = 15;
/** The dictionary knows no time without hours: a grab is one. */
const HOURS_MIN = 1;

const COLLECTIONS: Record<Sample["mode"], string> = {
  flowProportional: "flowPr",
  volumeProportional: "volPr",
  timeProportional: "timePr",
  continuous: "cosca",
  manualComposite: "manComp",
  grab: "grb",
  passive: "passiveGen",
};
const SITE_TYPES: Record<Site["kind"], string> = {
  wwtp: "wwtp",
  pumpingStation: "pStat",
  manhole: "mSwrPpl",
  institution: "buildCO",
  compound: "mSwrPpl",
};
const SHEDS: Record<Site["kind"], string> = {
  wwtp: "municp",
  pumpingStation: "neigh",
  manhole: "neigh",
  institution: "commFacOth",
  compound: "neigh",
};
const UNITS: Partial<Record<UnitCode, string>> = { "ng/L": "ngL", "ug/L": "ugL", "mg/L": "mgL" };
const QUALITY_FLAGS: Partial<Record<AssayResult["censoring"], string>> = { belowLod: "beLOD", belowLoq: "belowLOQ" };

const MEASURES: Record<string, string> = Object.fromEntries(Object.entries(ODM_EXTENSION).map(([id, analyte]) => [analyte, id]));

export const ODM_TABLES = ["sites", "samples", "measures", "parts"] as const;
export type OdmTable = (typeof ODM_TABLES)[number];

export async function* odmSites(sites: readonly Site[], terms: Terms): AsyncGenerator<string> {
  const header = [
    "siteID",
    "parSiteID",
    "siteType",
    "sampleShed",
    "contactID",
    "name",
    "popServ",
    "geoLat",
    "geoLong",
    "geoEPSG",
  ];
  yield csvLine([...header, "notes"]);
  for (const site of sites)
    yield csvLine([
      odmId(site.siteId),
      site.parentSiteId ? odmId(site.parentSiteId) : null,
      SITE_TYPES[site.kind],
      SHEDS[site.kind],
      odmId(terms.owner),
      site.name.slice(0, ID_MAX),
      site.population?.people ?? null,
      site.latitude ?? null,
      site.longitude ?? null,
      site.latitude === undefined ? null : 4326,
      notesOf(site, terms),
    ]);
}

export async function* odmSamples(results: AsyncIterable<ExportedResult>, terms: Terms): AsyncGenerator<string> {
  const header = ["sampleID", "siteID", "saMaterial", "collType", "collPer", "collNum", "collDT", "collDTStart", "collDTEnd"];
  yield csvLine([...header, "reportable", "notes"]);
  const written = new Set<string>();
  for await (const { site, revision } of results) {
    const { sample } = revision;
    if (written.has(sample.sampleId)) continue;
    written.add(sample.sampleId);
    const hours = (Date.parse(sample.end) - Date.parse(sample.start)) / 3_600_000;
    const [start, end] = [instant(sample.start), instant(sample.end)];
    yield csvLine([
      odmId(sample.sampleId),
      odmId(sample.siteId),
      "rawWW",
      COLLECTIONS[sample.mode],
      Math.max(HOURS_MIN, hours),
      sample.pulsesTaken ?? sample.pulsesPlanned ?? 1,
      end,
      start,
      end,
      "TRUE",
      notesOf(site, terms),
    ]);
  }
}

/** Concentrations of substances that the extension declares; the dictionary has no unit for a load. */
export async function* odmMeasures(results: AsyncIterable<ExportedResult>, terms: Terms): AsyncGenerator<string> {
  const header = ["measureRepID", "protocolID", "sampleID", "siteID", "aDateEnd", "reportDate", "specimen", "measure", "value"];
  yield csvLine([...header, "unit", "aggregation", "index", "qualityFlag", "reportable", "notes"]);
  for await (const { site, revision } of results) {
    const { identity, sample, result, origin } = revision;
    const [measure, unit] = [MEASURES[result.analyte], UNITS[result.unit]];
    const value = valueText(result);
    if (!measure || !unit || value === undefined) continue;
    yield csvLine([
      identity.slice(0, ID_MAX),
      odmId(result.method),
      odmId(sample.sampleId),
      odmId(sample.siteId),
      instant(origin.reportedAt), // when the analysis ended is not reported: it had by then
      instant(origin.reportedAt),
      "sa",
      measure,
      value,
      unit,
      "sin",
      String(result.replicate),
      QUALITY_FLAGS[result.censoring] ?? "",
      "TRUE",
      notesOf(site, terms),
    ]);
  }
}

/** The declared extension: the drugs of the table `measures`, the column that tells which limit, and the unit that the dictionary lacks. */
export async function* odmParts(): AsyncGenerator<string> {
  yield csvLine(["partID", "partType", "status", "group", "class", "nomenclature", "label", "labelZh", "casNumber", "unitSet"]);
  for (const [partId, analyte] of Object.entries(ODM_EXTENSION)) {
    const known = findSubstance(analyte);
    if (!partId.startsWith("ext_") || !known) continue;
    const { names, cas } = known;
    yield csvLine([
      partId,
      "measurements",
      "extension",
      "chemical",
      "illicitDrug",
      analyte,
      names.en,
      names.zh,
      cas,
      "concUnitSet",
    ]);
  }
  yield csvLine(["qualityFlag", "attributes", "extension", "measures", null, null, "below a limit", "低于限值", null, null]);
  yield csvLine(["ngL", "units", "extension", "chemical", null, "ng/L", "nanogram per litre", "纳克每升", null, "concUnitSet"]);
}

/** At most 30 characters; a longer id is cut and told apart by a hash. */
function odmId(text: string): string {
  if (text.length <= ID_MAX) return text;
  const hash = createHash("sha256").update(text).digest("hex").slice(0, 8);
  return `${text.slice(0, ID_MAX - hash.length - 1)}-${hash}`;
}

const instant = (moment: string) => `${new Date(moment).toISOString().slice(0, 19)}Z`;

/** Undefined where neither a value nor a limit is known. */
function valueText({ value, censoring, lod, loq }: AssayResult): string | undefined {
  if (censoring === "none") return numberText(value as number);
  if (censoring === "aboveRange") return `>${numberText(value as number)}`;
  const limit = censoring === "belowLod" ? (lod ?? loq) : (loq ?? lod);
  return limit === undefined ? undefined : `<${numberText(limit)}`;
}

/** In full where it fits beside a sign, else with as many digits as do. */
function numberText(value: number): string {
  for (let digits = 15; digits > 1; digits--) {
    const text = String(Number(value.toPrecision(digits)));
    if (text.length < VALUE_MAX) return text;
  }
  return value.toExponential(3);
}

function notesOf(site: Site, terms: Terms): Cell {
  return `Licence: ${terms.licence}. Source: ${sourceOf(site, terms)}`.slice(0, NOTES_MAX);
}
