import type { Generated, Kysely } from "kysely";

/**
 * The tables of the records, the same in SQLite and PostgreSQL. Times are ISO 8601 UTC text with milliseconds, so that text order
 * is time order; `content` is the JSON of the noun, kept as text so that it is read back byte for byte.
 */
export interface Tables {
  sites: { siteId: string; kind: string; parentSiteId: string | null; content: string; updatedAt: string };
  networks: { networkId: string; version: string; content: string; createdAt: string };
  samples: { sampleHash: string; labId: string; sampleId: string; siteId: string; startMs: number; content: string };
  results: ResultsTable;
  addedMethods: { kind: string; id: string; content: string; actor: string; createdAt: string };
  qualityOverrides: {
    overrideId: string;
    siteId: string;
    resultId: string;
    ruleId: string;
    content: string;
    revokedAt: string | null;
  };
  suppressions: SuppressionsTable;
  computedSites: { siteId: string; softwareVersion: string };
  roundScores: { roundId: string; labId: string; analyte: string; day: string; content: string };
  uploads: { uploadId: string; labId: string; actor: string; receivedAt: string; content: string };
  columnMappings: { labId: string; fingerprint: string; content: string; actor: string; updatedAt: string };
  receipts: { uploadId: string; content: string; hash: string; claimedAt: string; publishedAt: string | null };
  uploadResults: UploadResultsTable;
  rejectedFiles: RejectedFilesTable;
  deadLetters: DeadLettersTable;
  anomalies: AnomaliesTable;
  rises: RisesTable;
  judgedMonths: { siteId: string; month: string; judged: number };
  batchDays: BatchDaysTable;
  pools: PoolsTable;
  leads: LeadsTable;
  leadVersions: { leadId: string; version: number; at: string; actor: string; content: string; contentHash: string };
  leadAttachments: { leadId: string; sha256: string; content: string; value: Uint8Array; addedAt: string };
  leadOutcomes: { outcomeId: string; leadId: string; caseId: string; date: string; content: string; recordedAt: string };
  authorisations: AuthorisationsTable;
  samplingOrders: SamplingOrdersTable;
  chainEntries: ChainEntriesTable;
  messages: MessagesTable;
  deliveries: DeliveriesTable;
  deliveryAttempts: DeliveryAttemptsTable;
  webhookEndpoints: WebhookEndpointsTable;
  silences: { silenceId: string; startsAt: string; endsAt: string; content: string };
  escalations: EscalationsTable;
  acknowledgements: { acknowledgementId: string; subject: string; at: string; actor: string };
  signingKeys: { purpose: string; secret: string };
  apiKeys: ApiKeysTable;
  keyHolders: { keyId: string; shownTo: string; name: string; at: string };
  annotations: { annotationId: string; siteId: string; fromDay: string; toDay: string; content: string };
  leadRequests: { anomalyId: string; siteId: string; actor: string; reason: string; at: string };
  snoozes: { anomalyId: string; until: string; content: string };
  visits: { keyId: string; at: string; previousAt: string | null };
  seriesChanges: { measure: string; siteId: string; changeNumber: number };
  seriesChangeNumbers: { last: number };
  hiddenResults: { siteId: string; contentHash: string };
  sessions: { tokenSha256: string; keyId: string; expiresAt: string };
}
export type Db = Kysely<Tables>;

/** Results that a quality flag suppresses somewhere, as last computed; 0 and 1 for no and yes. */
interface SuppressionsTable {
  siteId: string;
  resultId: string;
  analyte: string;
  hideFromDashboard: number;
  excludeFromAnalysis: number;
  excludeFromQualityReport: number;
  /** JSON array of the rules. */
  rules: string;
}

/** One revision of one result. Append-only: which revision counts is decided when read (results.ts). */
interface ResultsTable {
  /** Hash of laboratory, sample, analyte, method, replicate. */
  identity: string;
  /** Hash of the result and of the sample it belongs to. */
  contentHash: string;
  sampleHash: string;
  /** The upload that gave a reason for the change; empty for a content sent without one. */
  revisedBy: string;
  siteId: string;
  analyte: string;
  /** Orders the revisions of one identity: release time, then upload. */
  orderKey: string;
  /** The result as validated, with where it came from. */
  content: string;
  receivedAt: string;
}

/** What an upload sent, result by result: what later uploads are compared with before it is ingested, and what a receipt speaks of. */
interface UploadResultsTable {
  uploadId: string;
  identity: string;
  contentHash: string;
  labId: string;
  sampleId: string;
  analyte: string;
  method: string;
  replicate: number;
  state: string;
}

interface RejectedFilesTable {
  rejectedId: string;
  labId: string;
  fileName: string;
  mediaType: string;
  bytes: Uint8Array;
  /** Null: for ever. */
  keptUntil: string | null;
}

interface DeadLettersTable {
  deadLetterId: string;
  topic: string;
  logPartition: number;
  logOffset: string;
  item: string;
  headers: string;
  value: Uint8Array;
  refusals: string;
  /** The code of the first refusal, to search by. */
  code: string;
  state: string;
  arrivedAt: string;
}

interface AnomaliesTable {
  anomalyId: string;
  siteId: string;
  analyte: string;
  startDay: string;
  endDay: string;
  score: number;
  state: string;
  content: string;
  updatedAt: string;
}

interface RisesTable {
  anomalyId: string;
  siteId: string;
  region: string;
  analyte: string;
  startDay: string;
  endDay: string;
  peakDay: string;
  raisedOn: string;
  upward: number;
  method: string | null;
  chance: number;
  /** What was known of it at its own site, as JSON. */
  circumstances: string;
  /** What other sites told of it, as JSON. */
  weighed: string;
}

interface BatchDaysTable {
  siteId: string;
  day: string;
  method: string;
  measured: number;
  movedUp: number;
  movedDown: number;
}

interface PoolsTable {
  analyte: string;
  siteKind: string;
  fromDay: string;
  version: string;
  series: number;
  content: string;
  learnedAt: string;
}

interface LeadsTable {
  leadId: string;
  siteId: string;
  analyte: string;
  state: string;
  version: number;
  content: string;
  openedAt: string;
  updatedAt: string;
}

interface AuthorisationsTable {
  authorisationId: string;
  /** `lead:<id>` or `site:<id>`. */
  subject: string;
  state: string;
  validUntil: string;
  content: string;
  requestedAt: string;
}

interface SamplingOrdersTable {
  orderId: string;
  leadId: string;
  tokenSha256: string;
  expiresAt: string;
  content: string;
  orderedAt: string;
}

/** Append-only logs, each a chain: an entry's hash covers the hash before it. `chain` is `audit` or `lead:<id>`. */
interface ChainEntriesTable {
  chain: string;
  seq: number;
  at: string;
  actor: string;
  action: string;
  subject: string;
  content: string;
  previousHash: string;
  hash: string;
}

interface MessagesTable {
  messageId: string;
  event: string;
  subject: string;
  payload: string;
  createdAt: string;
  /** Null until the alerts role has decided whom it goes to. */
  routedAt: string | null;
}

interface DeliveriesTable {
  deliveryId: string;
  messageId: string;
  endpointId: string;
  /** That of the message, so that one about the same subject is found by index. */
  subject: string;
  state: string;
  attempts: number;
  /** Due at; pushed into the future while a worker has claimed it. */
  nextAttemptAt: string;
  createdAt: string;
  groupKey: string | null;
  /** The delivery that tells it instead. */
  groupedInto: string | null;
  note: string | null;
  /** The silence or flag that hid it, or put it off. */
  silenceId: string | null;
}

interface DeliveryAttemptsTable {
  attemptId: Generated<number>;
  deliveryId: string;
  attempt: number;
  at: string;
  status: number | null;
  error: string | null;
  durationMs: number;
  request: string | null;
  answer: string | null;
}

interface WebhookEndpointsTable {
  endpointId: string;
  active: number;
  secret: string;
  content: string;
  createdAt: string;
  previousSecret: string | null;
  /** The previous secret signs until then. */
  previousUntil: string | null;
}

interface EscalationsTable {
  escalationId: string;
  endpointId: string;
  messageId: string;
  subject: string;
  step: number;
  dueAt: string;
  state: string;
}

interface ApiKeysTable {
  keyId: string;
  secretSha256: string;
  name: string;
  role: string;
  organisation: string;
  createdAt: string;
  expiresAt: string | null;
  revokedAt: string | null;
  lastUsedAt: string | null;
  /** JSON lists. */
  regions: string | null;
  scopes: string | null;
  rotatedAt: string | null;
  previousSha256: string | null;
  previousUntil: string | null;
}
