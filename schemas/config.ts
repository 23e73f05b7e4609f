import { z } from "zod";

const flag = z
  .enum(["true", "false"], { error: "true or false" })
  .default("false")
  .transform((text) => text === "true");
const list = z.string().transform((text) =>
  text
    .split(",")
    .map((part) => part.trim())
    .filter(Boolean),
);
const port = z.coerce.number().int().min(0).max(65_535);

/**
 * Every setting, read from the environment only. Unset engines are embedded in one SQLite file.
 * Settings whose name ends in TOKEN, PASSWORD or URL of a store are secrets: `sewertrace config` hides them.
 */
export const environment = z.object({
  SEWERTRACE_DATA_DIR: z.string().default("data"),
  SEWERTRACE_KAFKA_BROKERS: list.optional(),
  SEWERTRACE_KAFKA_TLS: flag,
  SEWERTRACE_KAFKA_CA_FILE: z.string().optional(),
  SEWERTRACE_KAFKA_CERT_FILE: z.string().optional(),
  SEWERTRACE_KAFKA_KEY_FILE: z.string().optional(),
  SEWERTRACE_KAFKA_SASL_MECHANISM: z.enum(["plain", "scram-sha-256", "scram-sha-512"]).optional(),
  SEWERTRACE_KAFKA_USERNAME: z.string().optional(),
  SEWERTRACE_KAFKA_PASSWORD: z.string().optional(),
  SEWERTRACE_KAFKA_PARTITIONS: z.coerce.number().int().min(1).max(1_000).default(12),
  SEWERTRACE_KAFKA_REPLICATION: z.coerce.number().int().min(1).max(10).default(1),
  SEWERTRACE_TOPIC_PREFIX: z.string().default("sewertrace."),
  SEWERTRACE_INFLUX_URL: z.url().optional(),
  SEWERTRACE_INFLUX_TOKEN: z.string().optional(),
  SEWERTRACE_INFLUX_ORG: z.string().default("sewertrace"),
  SEWERTRACE_INFLUX_BUCKET: z.string().default("sewertrace"),
  SEWERTRACE_POSTGRES_URL: z
    .url({ protocol: /^postgres(ql)?$/, error: "postgres://user:password@host:5432/database" })
    .optional(),
  SEWERTRACE_POSTGRES_SCHEMA: z
    .string()
    .regex(/^[a-z_][a-z0-9_]*$/)
    .default("public"),
  SEWERTRACE_HOST: z.string().default("127.0.0.1"),
  SEWERTRACE_PORT: port.default(8080),
  /** Requests the API takes of one key, session or address a minute; a dashboard page asks for a few dozen. */
  SEWERTRACE_REQUESTS_PER_MINUTE: z.coerce.number().int().positive().default(1_200),
  /**
   * Proxies in front, as addresses or ranges such as 10.1.0.0/16: from them the API takes the reader's address, the host and whether
   * it was https. Nobody is trusted where it is unset.
   */
  SEWERTRACE_TRUST_PROXY: list.default([]),
  /** An OpenID Connect provider to sign in with, beside keys; its address for this program is PUBLIC_URL/api/v1/session/oidc/callback. */
  SEWERTRACE_OIDC_ISSUER: z.url().optional(),
  SEWERTRACE_OIDC_CLIENT_ID: z.string().optional(),
  SEWERTRACE_OIDC_CLIENT_SECRET: z.string().optional(),
  SEWERTRACE_OIDC_SCOPE: z.string().default("openid profile"),
  /** Claims of the identity token that say what a person may: the role, the organisation, and optionally a list of regions. */
  SEWERTRACE_OIDC_ROLE_CLAIM: z.string().default("sewertrace_role"),
  SEWERTRACE_OIDC_ORGANISATION_CLAIM: z.string().default("sewertrace_organisation"),
  SEWERTRACE_OIDC_REGIONS_CLAIM: z.string().default("sewertrace_regions"),
  /** Stand in every export: whose data it is, and what may be done with it, such as CC BY 4.0. */
  SEWERTRACE_DATA_OWNER: z.string().min(1).max(100).default("the operator"),
  SEWERTRACE_DATA_LICENCE: z.string().min(1).max(100).default("not stated: ask the operator"),
  SEWERTRACE_LOG_LEVEL: z.enum(["trace", "debug", "info", "warn", "error", "silent"]).default("info"),
  /** Address ranges webhooks may reach although they are private, such as 10.1.0.0/16. */
  SEWERTRACE_WEBHOOK_ALLOW: list.default([]),
  /** Where people reach the dashboard, for links in alerts, such as https://sewertrace.example.org. */
  SEWERTRACE_PUBLIC_URL: z
    .url({ protocol: /^https?$/ })
    .transform((url) => url.replace(/\/+$/, ""))
    .optional(),
  /** The mail server for alerts by e-mail, as smtp://user:password@host:587 or smtps://…:465, and who they are from. */
  SEWERTRACE_SMTP_URL: z.url({ protocol: /^smtps?$/ }).optional(),
  SEWERTRACE_MAIL_FROM: z.string().includes("@").optional(),
  /** A lead needs at least this many people behind the plant. */
  SEWERTRACE_LEAD_PEOPLE_MIN: z.coerce.number().positive().default(10_000),
  /** A place named outside the house, in a report, an export or a referral, has at least this many people behind it. */
  SEWERTRACE_UNIT_PEOPLE_MIN: z.coerce.number().positive().default(10_000),
  /** A lead that nobody sampled or moved for so long expires. */
  SEWERTRACE_LEAD_EXPIRY_DAYS: z.coerce.number().int().positive().default(60),
  /** A closed lead is made anonymous after this time; the counts of outcomes stay. */
  SEWERTRACE_LEAD_RETENTION_DAYS: z.coerce.number().int().positive().default(730),
  /** And at least this much above what was expected, g/d: a few doses a day are not worth a crew's days. */
  SEWERTRACE_LEAD_EXCESS_GD_MIN: z.coerce.number().nonnegative().default(0.2),
  /**
   * Method profiles every site is computed under, by id (its newest version) or id@version; the first one's loads are judged. Profiles
   * added through the API are computed as well.
   */
  SEWERTRACE_PROFILES: list.default(["acic-nwdmp", "euda-score", "cn-cotinine", "nh4-n"]),
  /** False alarms the operator accepts for each site and year; its analytes share them. */
  SEWERTRACE_FALSE_ALARMS_PER_YEAR: z.coerce.number().positive().max(50).default(0.5),
});
export type Environment = z.infer<typeof environment>;
