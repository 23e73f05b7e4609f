import { Kysely, PostgresDialect, sql } from "kysely";
import pg from "pg";
import type { EmbeddedFile } from "../embedded.ts";
import { acknowledgementRecords } from "./acknowledgements.ts";
import { annotationRecords } from "./annotations.ts";
import { anomalyRecords } from "./anomalies.ts";
import { authorisationRecords } from "./authorisations.ts";
import { caseFileRecords } from "./caseFiles.ts";
import { chainRecords } from "./chains.ts";
import { deadLetterRecords } from "./deadLetters.ts";
import { deliveryRecords } from "./deliveries.ts";
import { keyRecords } from "./keys.ts";
import { leadRequestRecords } from "./leadRequests.ts";
import { leadRecords } from "./leads.ts";
import { mappingRecords } from "./mappings.ts";
import { methodRecords } from "./methods.ts";
import { migrate } from "./migrations.ts";
import { networkRecords } from "./networks.ts";
import { outboxRecords } from "./outbox.ts";
import { poolRecords } from "./pools.ts";
import { qualityRecords } from "./quality.ts";
import { receiptRecords } from "./receipts.ts";
import type { Engine, Records } from "./records.ts";
import { rejectedFileRecords } from "./rejectedFiles.ts";
import { resultRecords } from "./results.ts";
import { riseRecords } from "./rises.ts";
import { roundRecords } from "./rounds.ts";
import { sampleRecords } from "./samples.ts";
import { samplingOrderRecords } from "./samplingOrders.ts";
import { seriesChangeRecords } from "./seriesChanges.ts";
import { silenceRecords } from "./silences.ts";
import { siteRecords } from "./sites.ts";
import { snoozeRecords } from "./snoozes.ts";
import { sqliteDialect } from "./sqliteDialect.ts";
import type { Db, Tables } from "./tables.ts";
import { uploadRecords } from "./uploads.ts";
import { visitRecords } from "./visits.ts";
import { webhookRecords } from "./webhooks.ts";

/** The records in the embedded file, brought to the current schema. */
export async function openEmbeddedRecords(file: EmbeddedFile): Promise<Records> {
  const db = new Kysely<Tables>({ dialect: sqliteDialect(file) });
  await migrate(db as unknown as Kysely<never>, "sqlite");
  return repositories(db, "sqlite");
}

/** The roles of one process share this many connections: each role works on few things at a time. */
const CONNECTIONS_MAX = 10;
/** A server that is away is noticed within this time and tried again by the caller. */
const CONNECT_TIMEOUT_MS = 5_000;

/** Names the advisory lock; any number that nobody else uses in the database. */
const OPENING_LOCK = 7_397_317;

/**
 * The records in PostgreSQL 13 or newer, brought to the current schema.
 * @param schema the PostgreSQL schema that holds the tables; created when missing
 */
export async function openPostgresRecords(settings: { url: string; schema: string }): Promise<Records> {
  const pool = new pg.Pool({
    connectionString: settings.url,
    max: CONNECTIONS_MAX,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    options: `-c search_path=${settings.schema}`,
  });
  pool.on("error", () => undefined); // an idle connection broke: the pool drops it and the next query opens another
  pool.on("connect", (client) => client.on("error", () => undefined)); // one in use broke: its query rejects; unheard, it ends the process
  const db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) });
  // roles that start together wait for each other here: "if not exists" alone fails when two create at once
  await db.connection().execute(async (connection) => {
    await sql`select pg_advisory_lock(${OPENING_LOCK})`.execute(connection);
    await sql`create schema if not exists ${sql.id(settings.schema)}`.execute(connection);
    await migrate(db as unknown as Kysely<never>, "postgresql", settings.schema);
    await sql`select pg_advisory_unlock(${OPENING_LOCK})`.execute(connection);
  });
  return repositories(db, "postgresql");
}

function repositories(db: Db, engine: Engine): Records {
  return {
    sites: siteRecords(db),
    networks: networkRecords(db),
    results: resultRecords(db),
    methods: methodRecords(db),
    quality: qualityRecords(db),
    rounds: roundRecords(db),
    uploads: uploadRecords(db),
    receipts: receiptRecords(db, engine),
    mappings: mappingRecords(db),
    rejectedFiles: rejectedFileRecords(db),
    deadLetters: deadLetterRecords(db),
    anomalies: anomalyRecords(db),
    rises: riseRecords(db),
    pools: poolRecords(db),
    samples: sampleRecords(db, resultRecords(db)),
    annotations: annotationRecords(db),
    snoozes: snoozeRecords(db),
    leadRequests: leadRequestRecords(db),
    visits: visitRecords(db),
    leads: leadRecords(db, engine),
    caseFiles: caseFileRecords(db),
    authorisations: authorisationRecords(db, engine),
    orders: samplingOrderRecords(db, engine),
    chains: chainRecords(db, engine),
    outbox: outboxRecords(db, engine),
    deliveries: deliveryRecords(db, engine),
    silences: silenceRecords(db),
    acknowledgements: acknowledgementRecords(db),
    webhooks: webhookRecords(db),
    keys: keyRecords(db),
    seriesChanges: seriesChangeRecords(db),
    transaction: (work) => db.transaction().execute((transaction) => work(repositories(transaction, engine))),
    check: async () => {
      await sql`select 1`.execute(db);
    },
    close: () => db.destroy(),
  };
}
