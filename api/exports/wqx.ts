import type { AssayResult } from "../../schemas/assay.ts";
import type { Sample } from "../../schemas/sample.ts";
import { findSubstance } from "../../schemas/substances.ts";
import { type ExportedResult, sourceOf, type Terms } from "./selection.ts";

// After EPA's Water Quality Exchange 3 (WQX), physical and chemical results; its vocabulary is that of the package `wqx` 3.0, MIT.

/** What the vocabulary calls a substance; ours by its own name, and said to be a user's. */
const CHARACTERISTICS: Record<string, string> = {
  "6-mam": "6-Acetylmorphine",
  amphetamine: "Amphetamine",
  benzoylecgonine: "Benzoylecgonine",
  cocaine: "Cocaine",
  cotinine: "Cotinine",
  fentanyl: "Fentanyl",
  ketamine: "Ketamine",
  methadone: "Methadone",
  methamphetamine: "Methamphetamine",
  morphine: "Morphine",
  norfentanyl: "Norfentanyl",
  norketamine: "Norketamine",
  tramadol: "Tramadol",
};

const ACTIVITIES: Partial<Record<Sample["mode"], string>> = { grab: "Sample-Routine", passive: "Sample-Integrated Time Series" };
const CONDITIONS: Partial<Record<AssayResult["censoring"], string>> = {
  belowLod: "Not Detected",
  belowLoq: "Present Below Quantification Limit",
  betweenLodAndLoq: "Present Below Quantification Limit",
  aboveRange: "Present Above Quantification Limit",
};

/** One document, written while the results are read. */
export async function* wqxJson(results: AsyncIterable<ExportedResult>, terms: Terms): AsyncGenerator<string> {
  const head = { schema: "WQX 3.0, physical and chemical, as JSON", organization: terms.owner, licence: terms.licence };
  yield `${JSON.stringify(head).slice(0, -1)},"results":[`;
  let separator = "";
  for await (const each of results) {
    yield `${separator}\n${JSON.stringify(resultOf(each, terms))}`;
    separator = ",";
  }
  yield "\n]}\n";
}

function resultOf({ site, revision: { identity, sample, result, origin } }: ExportedResult, terms: Terms) {
  const known = CHARACTERISTICS[result.analyte];
  const condition = CONDITIONS[result.censoring];
  const hasValue = result.value != null && (result.censoring === "none" || result.censoring === "aboveRange");
  const limit = (type: string, value: number) => ({
    detectionQuantitationLimitTypeName: type,
    detectionQuantitationLimitMeasure: { measureValue: String(value), measureUnitCode: result.unit },
  });
  return {
    monitoringLocation: {
      monitoringLocationIdentifier: site.siteId,
      monitoringLocationName: site.name,
      monitoringLocationTypeName: site.kind === "wwtp" ? "Facility Municipal Sewage (POTW)" : "Storm Sewer",
      ...(site.latitude === undefined ? {} : { latitudeMeasure: site.latitude, longitudeMeasure: site.longitude }),
      horizontalCoordinateReferenceSystemDatumName: "WGS84",
    },
    activity: {
      activityIdentifier: sample.sampleId,
      activityTypeCode: ACTIVITIES[sample.mode] ?? "Sample-Composite Without Parents",
      activityMediaName: "Water",
      activityMediaSubdivisionName: "Wastewater Influent",
      activityStart: sample.start,
      activityEnd: sample.end,
    },
    resultIdentifier: identity,
    characteristicName: known ?? findSubstance(result.analyte)?.names.en ?? result.analyte,
    ...(known ? {} : { characteristicNameUserSupplied: result.analyte }),
    ...(condition ? { resultDetectionConditionText: condition } : {}),
    ...(hasValue ? { resultMeasure: { resultMeasureValue: String(result.value), measureUnitCode: result.unit } } : {}),
    resultStatusIdentifier: "Final",
    resultValueTypeName: "Actual",
    resultAnalyticalMethod: { methodIdentifier: result.method, methodIdentifierContext: origin.labId },
    resultDetectionQuantitationLimits: [
      ...(result.lod === undefined ? [] : [limit("Method Detection Level", result.lod)]),
      ...(result.loq === undefined ? [] : [limit("Quantitation Limit", result.loq)]),
    ],
    source: sourceOf(site, terms),
  };
}
