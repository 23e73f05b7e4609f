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
import { type MethodProfile, methodProfiles, profileKey } from "./profiles.ts";

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
 * The profiles named by `id` (all its active versions, the newest first: a new version's series stands beside the old one's) or by
 * `id@version`.
 * @throws RangeError for a name that no profile has
 */
export function profilesNamed(names: readonly string[], profiles: readonly MethodProfile[]): MethodProfile[] {
  return names.flatMap((name) => {
    const [id, version] = name.split("@") as [string, string?];
    const found = profiles.filter(
      (one) => one.id === id && (version === undefined ? one.status === "active" : one.version === Number(version)),
    );
    if (found.length > 0) return found.toSorted((a, b) => b.version - a.version);
    throw new RangeError(`no method profile ${name}; there are ${profiles.map(profileKey).join(", ")}`);
  });
}
