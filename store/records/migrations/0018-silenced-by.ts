import { type Kysely, sql } from "kysely";

/** A delivery knows which silence or flag hid it or put it off; of the ones before, the note begins with kind and id. */
export async function silencedBy(db: Kysely<unknown>): Promise<void> {
  await sql.raw(`alter table "deliveries" add column "silenceId" text`).execute(db);
  await sql.raw(`create index "deliveriesBySilence" on "deliveries" ("silenceId") where "silenceId" is not null`).execute(db);
  const { rows } = await sql<{ silenceId: string }>`select "silenceId" from "silences"`.execute(db);
  for (const { silenceId } of rows)
    await sql`update "deliveries" set "silenceId" = ${silenceId} where "note" like ${`% ${silenceId} of %`}`.execute(db);
}
