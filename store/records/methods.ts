import type { AddedFactor } from "../../schemas/methods.ts";
import { type MethodProfile, profileKey } from "../../schemas/profiles.ts";
import { canonicalJson } from "./hash.ts";
import type { Db } from "./tables.ts";

/** What became of a method that was to be added: an id stands for one content for good. */
export type Addition = "added" | "known" | "taken";

interface By {
  actor: string;
  at: string;
}

/** Profiles and factors the operator added to those that ship. Append-only: a change is a new version or a new id. */
export interface MethodRecords {
  /** "known" when just this stands there already, "taken" when another content stands under its id and version. */
  addProfile(profile: MethodProfile, by: By): Promise<Addition>;
  addFactor(factor: AddedFactor, by: By): Promise<Addition>;
  /** In the order in which they were added. */
  added(): Promise<{ profiles: MethodProfile[]; factors: AddedFactor[] }>;
  /** All derived series of the site are now of this version of the computation. */
  setComputedBy(siteId: string, softwareVersion: string): Promise<void>;
  /** Undefined for a site that was not computed since versions are kept. */
  computedBy(siteId: string): Promise<string | undefined>;
}

export function methodRecords(db: Db): MethodRecords {
  const add = async (kind: "profile" | "factor", id: string, noun: unknown, { actor, at }: By): Promise<Addition> => {
    const content = canonicalJson(noun);
    const { numInsertedOrUpdatedRows = 0n } = await db
      .insertInto("addedMethods")
      .values({ kind, id, content, actor, createdAt: at })
      .onConflict((conflict) => conflict.doNothing())
      .executeTakeFirst();
    if (numInsertedOrUpdatedRows > 0n) return "added";
    const kept = await db
      .selectFrom("addedMethods")
      .select("content")
      .where("kind", "=", kind)
      .where("id", "=", id)
      .executeTakeFirstOrThrow();
    return kept.content === content ? "known" : "taken";
  };
  return {
    addProfile: (profile, by) => add("profile", profileKey(profile), profile, by),
    addFactor: (factor, by) => add("factor", factor.id, factor, by),
    async added() {
      const rows = await db.selectFrom("addedMethods").select(["kind", "content"]).orderBy("createdAt").orderBy("id").execute();
      const ofKind = (kind: string) => rows.filter((row) => row.kind === kind).map(({ content }) => JSON.parse(content));
      return { profiles: ofKind("profile") as MethodProfile[], factors: ofKind("factor") as AddedFactor[] };
    },
    async setComputedBy(siteId, softwareVersion) {
      await db
        .insertInto("computedSites")
        .values({ siteId, softwareVersion })
        .onConflict((conflict) => conflict.column("siteId").doUpdateSet({ softwareVersion }))
        .execute();
    },
    async computedBy(siteId) {
      const row = await db.selectFrom("computedSites").select("softwareVersion").where("siteId", "=", siteId).executeTakeFirst();
      return row?.softwareVersion;
    },
  };
}
