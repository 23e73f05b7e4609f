import type { Network } from "../../schemas/network.ts";
import { canonicalJson, hashOf } from "./hash.ts";
import type { Db } from "./tables.ts";

/** Hex digits of a version: enough to tell the versions of one network apart. */
const VERSION_LENGTH = 12;

export interface NetworkRecords {
  /** Keeps the network as a version of its own, named by its content; a content seen before is the same version. */
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
      await db
        .insertInto("networks")
        .values({ networkId: network.id, version, content, createdAt })
        .onConflict((conflict) => conflict.doNothing())
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
