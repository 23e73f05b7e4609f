import type { AcknowledgementRecords } from "./acknowledgements.ts";
import type { AnnotationRecords } from "./annotations.ts";
import type { AnomalyRecords } from "./anomalies.ts";
import type { AuthorisationRecords } from "./authorisations.ts";
import type { CaseFileRecords } from "./caseFiles.ts";
import type { ChainRecords } from "./chains.ts";
import type { DeadLetterRecords } from "./deadLetters.ts";
import type { DeliveryRecords } from "./deliveries.ts";
import type { KeyRecords } from "./keys.ts";
import type { LeadRequestRecords } from "./leadRequests.ts";
import type { LeadRecords } from "./leads.ts";
import type { MappingRecords } from "./mappings.ts";
import type { MethodRecords } from "./methods.ts";
import type { NetworkRecords } from "./networks.ts";
import type { OutboxRecords } from "./outbox.ts";
import type { PoolRecords } from "./pools.ts";
import type { QualityRecords } from "./quality.ts";
import type { ReceiptRecords } from "./receipts.ts";
import type { RejectedFileRecords } from "./rejectedFiles.ts";
import type { ResultRecords } from "./results.ts";
import type { RiseRecords } from "./rises.ts";
import type { RoundRecords } from "./rounds.ts";
import type { SampleRecords } from "./samples.ts";
import type { SamplingOrderRecords } from "./samplingOrders.ts";
import type { SeriesChangeRecords } from "./seriesChanges.ts";
import type { SilenceRecords } from "./silences.ts";
import type { SiteRecords } from "./sites.ts";
import type { SnoozeRecords } from "./snoozes.ts";
import type { UploadRecords } from "./uploads.ts";
import type { VisitRecords } from "./visits.ts";
import type { WebhookRecords } from "./webhooks.ts";

export type Engine = "postgresql" | "sqlite";

/** The records: everything that is not a time series, one repository a noun. PostgreSQL in production, one SQLite file by default. */
export interface Records {
  sites: SiteRecords;
  networks: NetworkRecords;
  results: ResultRecords;
  /** Method profiles and factors that were added to those that ship. */
  methods: MethodRecords;
  /** Overrides of quality flags, and which results the flags suppress. */
  quality: QualityRecords;
  /** What laboratories scored in interlaboratory rounds. */
  rounds: RoundRecords;
  uploads: UploadRecords;
  receipts: ReceiptRecords;
  mappings: MappingRecords;
  rejectedFiles: RejectedFileRecords;
  deadLetters: DeadLetterRecords;
  anomalies: AnomalyRecords;
  /** What the sites tell each other about what they found. */
  rises: RiseRecords;
  /** What was learned from the operator's own series. */
  pools: PoolRecords;
  samples: SampleRecords;
  annotations: AnnotationRecords;
  snoozes: SnoozeRecords;
  leadRequests: LeadRequestRecords;
  visits: VisitRecords;
  leads: LeadRecords;
  caseFiles: CaseFileRecords;
  authorisations: AuthorisationRecords;
  orders: SamplingOrderRecords;
  /** Append-only, hash-chained logs: the audit log and each lead's own. */
  chains: ChainRecords;
  /** What is to be told, and to whom it goes. */
  outbox: OutboxRecords;
  deliveries: DeliveryRecords;
  silences: SilenceRecords;
  /** Who has taken an alert in hand, and who is told when nobody does. */
  acknowledgements: AcknowledgementRecords;
  webhooks: WebhookRecords;
  keys: KeyRecords;
  /** Which time series changed, for those who keep what was made of them. */
  seriesChanges: SeriesChangeRecords;
  /** All or nothing: what the work did through the records it is given is undone when it throws. Use no other store inside. */
  transaction<T>(work: (records: Records) => Promise<T>): Promise<T>;
  /** Rejects with the reason when the engine cannot be reached. */
  check(): Promise<void>;
  close(): Promise<void>;
}
