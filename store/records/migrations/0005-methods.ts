import { type Kysely, sql } from "kysely";

/** Methods the operator added, what was decided about quality flags and what follows from the flags, and interlaboratory scores. */
export async function methods(db: Kysely<unknown>): Promise<void> {
  const statements = [
    `create table "addedMethods" ("kind" text not null, "id" text not null, "content" text not null, "actor" text not null,
      "createdAt" text not null, primary key ("kind", "id"))`,
    `create table "qualityOverrides" ("overrideId" text primary key, "siteId" text not null, "resultId" text not null,
      "ruleId" text not null, "content" text not null, "revokedAt" text)`,
    `create index "qualityOverridesBySite" on "qualityOverrides" ("siteId")`,
    `create table "suppressions" ("siteId" text not null, "resultId" text not null, "analyte" text not null,
      "hideFromDashboard" integer not null, "excludeFromAnalysis" integer not null, "excludeFromQualityReport" integer not null,
      "rules" text not null, primary key ("siteId", "resultId"))`,
    `create table "roundScores" ("roundId" text not null, "labId" text not null, "analyte" text not null, "day" text not null,
      "content" text not null, primary key ("roundId", "analyte", "labId"))`,
    `create index "roundScoresByLab" on "roundScores" ("labId", "analyte", "day")`,
  ];
  for (const statement of statements) await sql.raw(statement).execute(db);
}
