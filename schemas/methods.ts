import { z } from "zod";
import {
  type ExcretionFactor,
  excretionFactor,
  excretionFactors,
  type MarkerConstant,
  markerConstant,
  markerConstants,
  type StandardDose,
  standardDose,
  standardDoses,
} from "./factors.ts";
import { type MethodProfile, methodProfileFields, methodProfiles } from "./profiles.ts";

/**
 * What numbers are computed with: the factors and profiles that ship, and after them those the operator added. What once stood under
 * an id (of a profile: id and version) stands there for good, so that a series named after it can always be computed again.
 */
export interface Methods {
  profiles: readonly MethodProfile[];
  excretionFactors: readonly ExcretionFactor[];
  standardDoses: readonly StandardDose[];
  markerConstants: readonly MarkerConstant[];
}

export const SHIPPED_METHODS: Methods = { profiles: methodProfiles, excretionFactors, standardDoses, markerConstants };

/** A factor of the operator's own, told apart by its kind. */
export const addedFactor = z.discriminatedUnion("kind", [
  excretionFactor.extend({ kind: z.literal("excretion") }),
  standardDose.extend({ kind: z.literal("dose") }),
  markerConstant.extend({ kind: z.literal("marker") }),
]);
export type AddedFactor = z.infer<typeof addedFactor>;

export const addedProfile = methodProfileFields;

/** The shipped methods with what was added, in the order in which it was. */
export function withAdded(added: { profiles: readonly MethodProfile[]; factors: readonly AddedFactor[] }): Methods {
  const ofKind = <Kind extends AddedFactor["kind"]>(kind: Kind) =>
    added.factors.flatMap((factor) => {
      if (factor.kind !== kind) return [];
      const { kind: _kind, ...rest } = factor;
      return [rest];
    });
  return {
    profiles: [...methodProfiles, ...added.profiles],
    excretionFactors: [...excretionFactors, ...(ofKind("excretion") as ExcretionFactor[])],
    standardDoses: [...standardDoses, ...(ofKind("dose") as StandardDose[])],
    markerConstants: [...markerConstants, ...(ofKind("marker") as MarkerConstant[])],
  };
}

/**
 * The profiles named by `id` (its newest active version) or `id@version`.
 * @throws RangeError for a name that no profile has
 */
export function profilesNamed(names: readonly string[], profiles: readonly MethodProfile[]): MethodProfile[] {
  return names.map((name) => {
    const [id, version] = name.split("@") as [string, string?];
    const found = profiles
      .filter(
        (profile) =>
          profile.id === id && (version === undefined ? profile.status === "active" : profile.version === Number(version)),
      )
      .toSorted((a, b) => b.version - a.version)[0];
    if (!found)
      throw new RangeError(
        `no method profile ${name}; there are ${profiles.map((one) => `${one.id}@${one.version}`).join(", ")}`,
      );
    return found;
  });
}
