import { expect, it } from "vitest";
import type { RoundScore } from "../../../schemas/interlaboratory.ts";
import type { AddedFactor } from "../../../schemas/methods.ts";
import { findProfile, type MethodProfile } from "../../../schemas/profiles.ts";
import type { KeptOverride } from "../../../schemas/qualityRules.ts";
import type { Suppression } from "../../../store/records/quality.ts";
import type { Records } from "../../../store/records/records.ts";
import { AT } from "./nouns.ts";
import { openedBy } from "./opening.ts";

const LATER = "2026-05-06T09:00:00.000Z";
const by = { actor: "analyst", at: AT };

const profileOf = (version: number): MethodProfile => ({ ...(findProfile("euda-score") as MethodProfile), id: "mine", version });

/** A dose of the operator's own. */
export const ownDose: Extract<AddedFactor, { kind: "dose" }> = {
  kind: "dose",
  id: "dose-own",
  drug: "mdma",
  value: 125,
  low: 60,
  high: 250,
  unit: "mg",
  form: "tablet",
  source: "own seizures 2025",
  rangeSource: "lightest and heaviest tablet",
  evidence: "suggested",
  validFrom: "2025-01-01",
  status: "active",
};

const overrideOf = (overrideId: string, change: Partial<KeptOverride> = {}): KeptOverride => ({
  overrideId,
  siteId: "plant-a",
  analyte: "mdma",
  resultId: "r-1",
  ruleId: "IS_RECOVERY",
  actor: "head of laboratory",
  reason: "standard replaced",
  at: AT,
  revokedAt: null,
  revokedBy: null,
  ...change,
});

const suppressionOf = (resultId: string, change: Partial<Suppression> = {}): Suppression => ({
  siteId: "plant-a",
  analyte: "mdma",
  resultId,
  hideFromDashboard: false,
  excludeFromAnalysis: true,
  excludeFromQualityReport: false,
  rules: ["ION_RATIO"],
  ...change,
});

const scoreOf = (labId: string, day: string, score: number): RoundScore => ({
  roundId: `round-${day}`,
  provider: "SCORE",
  analyte: "mdma",
  day,
  labId,
  value: 100,
  unit: "ng/L",
  assigned: 100,
  assignedUncertainty: 1,
  sigma: 10,
  kind: "z",
  score,
  signal: "satisfactory",
  zeta: null,
});

/** Every promise of the records about methods, quality and interlaboratory rounds, as tests that each engine passes. */
export function methodsContract(engine: string, open: () => Promise<Records>): void {
  const opened = openedBy(open);

  it(`${engine}: a profile stands under its version for good; a change needs another`, async () => {
    const { methods } = await opened();
    expect(await methods.addProfile(profileOf(1), by)).toBe("added");
    expect(await methods.addProfile(profileOf(1), { actor: "other", at: LATER })).toBe("known");
    expect(await methods.addProfile({ ...profileOf(1), source: "changed" }, by)).toBe("taken");
    expect(await methods.addProfile(profileOf(2), { ...by, at: LATER })).toBe("added");
    expect(await methods.addFactor(ownDose, by)).toBe("added");
    expect(await methods.addFactor({ ...ownDose, value: 150 }, by)).toBe("taken");
    expect(await methods.added()).toEqual({ profiles: [profileOf(1), profileOf(2)], factors: [ownDose] });
  });

  it(`${engine}: a site's series are of the last version that computed them`, async () => {
    const { methods } = await opened();
    expect(await methods.computedBy("plant-a")).toBeUndefined();
    await methods.setComputedBy("plant-a", "1");
    await methods.setComputedBy("plant-b", "1");
    await methods.setComputedBy("plant-a", "2");
    expect([await methods.computedBy("plant-a"), await methods.computedBy("plant-b")]).toEqual(["2", "1"]);
  });

  it(`${engine}: an override that was revoked no longer stands, and is still on record`, async () => {
    const { quality } = await opened();
    await quality.saveOverride(overrideOf("o-1"));
    await quality.saveOverride(overrideOf("o-2", { siteId: "plant-b", at: LATER }));
    const revoked = overrideOf("o-1", { revokedAt: LATER, revokedBy: "admin" });
    await quality.saveOverride(revoked);
    expect(await quality.findOverride("o-1")).toEqual(revoked);
    expect(await quality.findOverride("o-9")).toBeUndefined();
    expect((await quality.overrides({})).map(({ overrideId }) => overrideId)).toEqual(["o-2", "o-1"]);
    expect(await quality.overrides({ siteId: "plant-a", standing: true })).toEqual([]);
    expect(await quality.overrides({ standing: true })).toEqual([overrideOf("o-2", { siteId: "plant-b", at: LATER })]);
  });

  it(`${engine}: the suppressions of a site are those of the last computation`, async () => {
    const { quality } = await opened();
    const other = suppressionOf("r-9", { siteId: "plant-b", analyte: "cocaine", hideFromDashboard: true });
    await quality.replaceSuppressions("plant-b", [other]);
    await quality.replaceSuppressions("plant-a", [suppressionOf("r-1"), suppressionOf("r-2")]);
    await quality.replaceSuppressions("plant-a", [suppressionOf("r-2")]);
    expect(await quality.suppressions({})).toEqual([suppressionOf("r-2"), other]);
    expect(await quality.suppressions({ siteIds: ["plant-b"] })).toEqual([other]);
    expect(await quality.suppressions({ analytes: ["mdma"] })).toEqual([suppressionOf("r-2")]);
    expect(await quality.suppressions({ siteIds: [] })).toEqual([]);
  });

  it(`${engine}: a round recorded again replaces what was scored, and history is by day`, async () => {
    const { rounds } = await opened();
    await rounds.save([scoreOf("lab-1", "2026-02-01", 1), scoreOf("lab-2", "2026-02-01", -4), scoreOf("lab-1", "2025-09-01", 0)]);
    await rounds.save([scoreOf("lab-1", "2026-02-01", 1.5)]);
    const history = await rounds.scores({ labIds: ["lab-1"], analyte: "mdma" });
    expect(history.map(({ day, score }) => [day, score])).toEqual([
      ["2025-09-01", 0],
      ["2026-02-01", 1.5],
    ]);
    expect(await rounds.scores()).toHaveLength(3);
    expect(await rounds.scores({ analyte: "cocaine" })).toEqual([]);
  });
}
