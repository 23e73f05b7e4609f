import { type Kysely, sql } from "kysely";

/** Which version of the computation a site's derived series are of; a site computed before versions were kept has none. */
export async function computedBy(db: Kysely<unknown>): Promise<void> {
  const table = `create table "computedSites" ("siteId" text primary key, "softwareVersion" text not null)`;
  await sql.raw(table).execute(db);
}
