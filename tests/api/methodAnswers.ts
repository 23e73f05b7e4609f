import type { InjectOptions } from "fastify";
import type { Role } from "../../schemas/key.ts";
import { findProfile } from "../../schemas/profiles.ts";
import { ownDose } from "../store/records/methodsContract.ts";
import { storeResult } from "./results.ts";
import type { World } from "./world.ts";

const V = "/api/v1";
export const mine = { ...findProfile("us-research"), id: "mine", version: 1, excretion: { mdma: "mdma-zuccato-2008" } };
export const round = {
  roundId: "score-2026",
  provider: "SCORE",
  analyte: "MDMA",
  day: "2026-02-01",
  unit: "ng/L",
  sigmaShare: 0.1,
  assigned: { value: 100, uncertainty: 1 },
  results: [{ labId: "lab-one", value: 104 }],
};
const override = { resultId: "<result>", ruleId: "PT_Z", reason: "round held, report pending" };
const series = "?siteId=plant-a&analyte=mdma";
const nowhere = "?siteId=plant-x&analyte=mdma";

/** The declared answers of methods, quality and what is derived, for answers.test.ts. */
export const METHOD_CASES: [name: string, status: number, who: Role | undefined, options?: InjectOptions][] = [
  [`GET ${V}/derived`, 200, "analyst", { url: `${V}/derived${series}` }],
  [`GET ${V}/derived`, 400, "analyst", { url: `${V}/derived${series}&profile=nobody` }],
  [`GET ${V}/derived`, 404, "analyst", { url: `${V}/derived${nowhere}` }],
  [`GET ${V}/trends`, 200, "analyst", { url: `${V}/trends${series}` }],
  [`GET ${V}/trends`, 400, "analyst", { url: `${V}/trends${series}&quantity=weight` }],
  [`GET ${V}/trends`, 404, "analyst", { url: `${V}/trends${nowhere}` }],
  [`GET ${V}/means`, 200, "analyst", { url: `${V}/means${series}&every=week` }],
  [`GET ${V}/means`, 400, "analyst", { url: `${V}/means${series}&every=hour` }],
  [`GET ${V}/means`, 404, "analyst", { url: `${V}/means${nowhere}` }],
  [`GET ${V}/sums`, 200, "analyst", { url: `${V}/sums?siteId=plant-a` }],
  [`GET ${V}/sums`, 400, "analyst"],
  [`GET ${V}/sums`, 404, "analyst", { url: `${V}/sums?siteId=plant-x` }],
  [`GET ${V}/fractions`, 200, "analyst", { url: `${V}/fractions?siteId=plant-a` }],
  [`GET ${V}/fractions`, 400, "analyst"],
  [`GET ${V}/fractions`, 404, "analyst", { url: `${V}/fractions?siteId=plant-x` }],
  [`GET ${V}/profiles`, 200, "analyst"],
  [`GET ${V}/profiles/{profile}`, 200, "investigator", { url: `${V}/profiles/acic-nwdmp@1` }],
  [`GET ${V}/profiles/{profile}`, 404, "analyst"],
  [`POST ${V}/profiles`, 201, "analyst", { payload: mine }],
  [`POST ${V}/profiles`, 400, "analyst", { payload: { ...mine, version: 0 } }],
  [`POST ${V}/profiles`, 409, "admin", { payload: { ...mine, source: "another" } }],
  [`POST ${V}/profiles`, 422, "admin", { payload: { ...mine, version: 2, excretion: { mdma: "ketamine-du-2020" } } }],
  [`GET ${V}/factors`, 200, "analyst"],
  [`POST ${V}/factors`, 201, "analyst", { payload: ownDose }],
  [`POST ${V}/factors`, 400, "analyst", { payload: { ...ownDose, source: "" } }],
  [`POST ${V}/factors`, 409, "analyst", { payload: { ...ownDose, value: 130 } }],
  [`POST ${V}/factors`, 422, "analyst", { payload: { ...ownDose, id: "dose-low", value: 10 } }],
  [`GET ${V}/quality`, 200, "analyst", { url: `${V}/quality?siteId=plant-a` }],
  [`GET ${V}/quality`, 400, "analyst"],
  [`GET ${V}/quality`, 404, "analyst", { url: `${V}/quality?siteId=plant-x` }],
  [`GET ${V}/quality/rules`, 200, "analyst"],
  [`GET ${V}/quality/overrides`, 200, "analyst"],
  [`GET ${V}/quality/overrides`, 400, "analyst", { url: `${V}/quality/overrides?siteId=-` }],
  [`POST ${V}/quality/overrides`, 201, "analyst", { payload: override }],
  [`POST ${V}/quality/overrides`, 400, "analyst", { payload: { ...override, reason: " " } }],
  [`POST ${V}/quality/overrides`, 404, "analyst", { payload: { ...override, resultId: "r-9" } }],
  [`POST ${V}/quality/overrides`, 409, "admin", { payload: override }],
  [`DELETE ${V}/quality/overrides/{overrideId}`, 200, "analyst", { url: `${V}/quality/overrides/<override>` }],
  [`DELETE ${V}/quality/overrides/{overrideId}`, 404, "analyst"],
  [`GET ${V}/marker-constants`, 200, "analyst", { url: `${V}/marker-constants?marker=ammoniumNitrogen` }],
  [`GET ${V}/marker-constants`, 400, "analyst", { url: `${V}/marker-constants?marker=water` }],
  [`POST ${V}/interlaboratory-rounds`, 201, "analyst", { payload: round }],
  [`POST ${V}/interlaboratory-rounds`, 400, "analyst", { payload: { ...round, assigned: undefined } }],
  [`GET ${V}/interlaboratory-rounds`, 200, "analyst"],
  [`GET ${V}/interlaboratory-rounds`, 400, "analyst", { url: `${V}/interlaboratory-rounds?analyte=water` }],
  [`GET ${V}/interlaboratory-rounds/comparability`, 200, "analyst"],
  [
    `GET ${V}/interlaboratory-rounds/comparability`,
    400,
    "analyst",
    { url: `${V}/interlaboratory-rounds/comparability?analyte=water` },
  ],
];

/** What they are about: the ids written as `<result>`. */
export async function prepareMethods(world: World): Promise<Record<string, string>> {
  const result = await storeResult(world, { sampleId: "quality-1" });
  const payload = { resultId: result, ruleId: "FLOW_PERCAP", reason: "storm" };
  const { body } = await world.ask({ method: "POST", url: `${V}/quality/overrides`, who: "analyst", payload });
  return { result, override: body.overrideId };
}
