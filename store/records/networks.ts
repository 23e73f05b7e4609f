import type { Network } from "../../schemas/network.ts";
import { canonicalJson, hashOf } from "./hash.ts";
import type { Db } from "./tables.ts";

/** Hex digits of a version: enough to tell the versions of one network apart. */
const VERSION_LENGTH = 12;

export interface NetworkRecords {
  /** Keeps the network as its newest version, named by its content; a content seen before is the same version, and the newest again. */
  save(network: Network, at: string): Promise<string>;
  /** The newest version, or the named one. */
  find(networkId: string, version?: string): Promise<{ network: Network; version: string } | undefined>;
  list(): Promise<{ networkId: string; version: string; createdAt: string }[]>;
}

export function networkRecords(db: Db): NetworkRecords {
  return {
    async save(network, createdAt) {
      const content = canonicalJson(network);
      const version = hashOf(content).slice(0, VERSION_LENGTH);
      const newest = db.selectFrom("networks").select("version").where("networkId", "=", network.id).orderBy("createdAt", "desc");
      if ((await newest.limit(1).executeTakeFirst())?.version === version) return version;
      await db
        .insertInto("networks")
        .values({ networkId: network.id, version, content, createdAt })
        .onConflict((conflict) => conflict.columns(["networkId", "version"]).doUpdateSet({ createdAt }))
        .execute();
      return version;
    },
    async find(networkId, version) {
      let query = db.selectFrom("networks").selectAll().where("networkId", "=", networkId).orderBy("createdAt", "desc").limit(1);
      if (version !== undefined) query = query.where("version", "=", version);
      const row = await query.executeTakeFirst();
      return row && { network: JSON.parse(row.content) as Network, version: row.version };
    },
    list: () =>
      db.selectFrom("networks").select(["networkId", "version", "createdAt"]).orderBy("networkId").orderBy("createdAt").execute(),
  };
}
