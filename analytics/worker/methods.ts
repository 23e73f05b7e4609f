import type { Environment } from "../../schemas/config.ts";
import { type Methods, profilesNamed, withAdded } from "../../schemas/methods.ts";
import { type MethodProfile, profileKey } from "../../schemas/profiles.ts";
import type { Records } from "../../store/records/records.ts";
import { type SeriesNames, seriesNames } from "../load/variants.ts";

/** Changes whenever the same records may give other numbers. */
export const SOFTWARE_VERSION = "4";

/** Under what every site is computed now. */
export interface ActiveMethods {
  methods: Methods;
  /** At least one; the loads of the first are judged. */
  profiles: readonly MethodProfile[];
  names: SeriesNames;
}

/** The profiles of the setting, then those that were added and are active. */
export async function readActiveMethods(
  records: Pick<Records, "methods">,
  { SEWERTRACE_PROFILES: named }: Pick<Environment, "SEWERTRACE_PROFILES">,
): Promise<ActiveMethods> {
  const added = await records.methods.added();
  const methods = withAdded(added);
  const all = [...profilesNamed(named, methods.profiles), ...added.profiles.filter(({ status }) => status === "active")];
  const profiles = [...new Map(all.map((profile) => [profileKey(profile), profile])).values()];
  const names = seriesNames(methods);
  return { methods, profiles, names };
}
