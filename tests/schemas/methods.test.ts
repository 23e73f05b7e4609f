import { expect, it } from "vitest";
import { excretionFactors, factorById, markerConstants, standardDoses } from "../../schemas/factors.ts";
import { profilesNamed, SHIPPED_METHODS, withAdded } from "../../schemas/methods.ts";
import { findProfile, type MethodProfile, methodProfiles, profileKey } from "../../schemas/profiles.ts";
import { canonicalJson, hashOf } from "../../store/records/hash.ts";

// A series is named after the ids of its factors and the version of its profile. What once shipped under them stays: a change needs a
// new id or version, beside the old one, or the numbers of a stored series would change under its name.
const FACTORS: Record<string, number> = {
  "cocaine-be-zuccato-2008": 0.45,
  "cocaine-be-castiglioni-2013": 0.292,
  "cocaine-be-australia": 0.35,
  "amphetamine-zuccato-2008": 0.3,
  "amphetamine-gracia-lor-2016": 0.361,
  "methamphetamine-zuccato-2008": 0.43,
  "methamphetamine-gracia-lor-2016": 0.41,
  "methamphetamine-khan-nicell": 0.39,
  "mdma-zuccato-2008": 0.65,
  "mdma-gracia-lor-2016": 0.225,
  "heroin-morphine": 0.42,
  "heroin-6-mam": 0.013,
  "thc-thc-cooh-zuccato-2008": 0.006,
  "thc-thc-cooh-gracia-lor-2016": 0.025,
  "ketamine-du-2020": 0.2,
  "methadone-thai": 0.275,
  "methadone-eddp-thai": 0.55,
  "codeine-thai": 0.3,
  "fentanyl-norfentanyl": 0.3,
  tramadol: 0.29,
  "tramadol-o-desmethyltramadol": 0.2,
  "oxycodone-noroxycodone": 0.22,
  "nicotine-cotinine": 0.3,
  "ethanol-ethyl-sulfate": 0.00012,
  "dose-methamphetamine": 30,
  "dose-cocaine": 100,
  "dose-mdma": 100,
  "dose-heroin": 20,
  "dose-oxycodone": 20,
  "dose-fentanyl": 0.2,
  "dose-nicotine": 1.25,
  "dose-ethanol": 10000,
  "dose-thc": 8,
  "bod-eu": 60,
  "bod-un": 54,
  "bod-us": 80,
  "cod-de": 120,
  "tn-eu": 12,
  "tp-alexander-1976": 1.8,
  "nh4-n-8-1": 8.1,
  "nh4-n-8-0": 8,
  creatinine: 1.3,
  "cotinine-per-cigarette": 0.14,
};
/** Hashes of all that numbers depend on; words may be mended. */
const PROFILES: Record<string, string> = {
  "euda-score@1": "3b204a7b425d",
  "acic-nwdmp@1": "0df017b94d8e",
  "statcan-cws@1": "dbfe834edb84",
  "cn-cotinine@1": "ad63fcf1b350",
  "cn-cotinine-consistent@1": "e15871f65cc0",
  "nh4-n@1": "d99c185ae319",
  "us-research@1": "3cc7de1073c9",
};

it("what ships under an id never changes its value", () => {
  const values = new Map([
    ...excretionFactors.map(({ id, excretedFraction }) => [id, excretedFraction] as const),
    ...[...standardDoses, ...markerConstants].map(({ id, value }) => [id, value] as const),
  ]);
  for (const [id, value] of Object.entries(FACTORS)) expect([id, values.get(id)]).toEqual([id, value]);
});

it("what ships under a version of a profile never changes its numbers", () => {
  const numbersOf = ({
    population,
    excretion,
    doses,
    licitRequired,
    inSewer,
    uncertainty,
    interval,
    calendar,
  }: MethodProfile) => {
    const parts = Object.fromEntries(Object.entries(uncertainty).map(([part, { cv, kind }]) => [part, { cv, kind }]));
    const days = [calendar.rule, calendar.exceptions.map(({ years, rule }) => ({ years, rule }))];
    return canonicalJson([population, excretion, doses, licitRequired, inSewer, parts, interval, ...days]);
  };
  const found = Object.fromEntries(
    methodProfiles.map((profile) => [profileKey(profile), hashOf(numbersOf(profile)).slice(0, 12)]),
  );
  expect(found).toMatchObject(PROFILES);
});

it("every factor lies in its range and says where value and range come from", () => {
  for (const factor of [...excretionFactors, ...standardDoses, ...markerConstants]) {
    const value = "excretedFraction" in factor ? factor.excretedFraction : factor.value;
    expect([factor.id, factor.low <= value && value <= factor.high, factor.source !== "", factor.rangeSource !== ""]).toEqual([
      factor.id,
      true,
      true,
      true,
    ]);
  }
});

// The factors whose value was seen in a public source (Du et al. 2020; Thai et al., figshare 22945646). All others are believed.
it("only what was seen in a source says so", () => {
  const seen = excretionFactors.filter(({ evidence }) => evidence === "seen").map(({ id }) => id);
  expect(seen).toEqual(["ketamine-du-2020", "methadone-thai", "methadone-eddp-thai", "codeine-thai"]);
  expect(standardDoses.every(({ evidence }) => evidence === "believed")).toBe(true);
});

it("a profile is named by id, which means all its active versions, the newest first, or by id@version", () => {
  const euda = findProfile("euda-score") as MethodProfile;
  const { profiles } = withAdded({
    profiles: [
      { ...euda, version: 2 },
      { ...euda, version: 3, status: "draft" },
    ],
    factors: [],
  });
  const keys = (...names: string[]) => profilesNamed(names, profiles).map(profileKey);
  expect(keys("euda-score", "nh4-n")).toEqual(["euda-score@2", "euda-score@1", "nh4-n@1"]);
  expect(keys("euda-score@1")).toEqual(["euda-score@1"]);
  expect(() => keys("euda")).toThrow("no method profile euda; there are euda-score@1");
});

it("an added factor stands beside those that ship", () => {
  const own = { ...factorById(standardDoses, "dose-mdma"), id: "dose-own", value: 125 };
  const { standardDoses: all } = withAdded({ profiles: [], factors: [{ ...own, kind: "dose" }] });
  expect(all).toEqual([...SHIPPED_METHODS.standardDoses, own]);
});
