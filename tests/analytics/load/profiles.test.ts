import { describe, expect, it } from "vitest";
import { methodProfile, methodProfiles } from "../../../schemas/profiles.ts";
import { research } from "./deriving.ts";

describe("profiles", () => {
  it("each ships with its name in two languages and only factors that exist", () =>
    expect(methodProfiles.map(({ id }) => id)).toEqual([
      "euda-score",
      "acic-nwdmp",
      "statcan-cws",
      "cn-cotinine",
      "cn-cotinine-consistent",
      "nh4-n",
      "us-research",
    ]));
  it("a user's profile with a factor of another residue, or an unknown one, is refused by name", () => {
    const refuse = (excretion: object) =>
      methodProfile.safeParse({ ...structuredClone(research), id: "mine", excretion }).error?.issues[0]?.message;
    expect(refuse({ mdma: "ketamine-du-2020" })).toBe('factor "ketamine-du-2020" is of another residue');
    expect(refuse({ mdma: "no-such" })).toBe('no factor "no-such"');
  });
  it("an unknown field is refused", () => expect(methodProfile.safeParse({ ...research, extra: 1 }).success).toBe(false));
});
