import { randomBytes } from "node:crypto";
import pg from "pg";
import { inject } from "vitest";

// Every test has its own part of the shared engines, so that none sees what another left.
const unique = () => randomBytes(6).toString("hex");

/** For topics and groups of one test. */
export const testTopicPrefix = (): string => `test-${unique()}.`;

/** Settings of a bucket of one test; the series store creates it. */
export function createTestBucket(): { url: string; token: string; org: string; bucket: string } {
  return { ...inject("engines").influx, bucket: `test-${unique()}` };
}

/** An empty database of one test; its URL. */
export async function createTestDatabase(): Promise<string> {
  const { url } = inject("engines").postgres;
  const name = `test_${unique()}`;
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(`CREATE DATABASE ${name}`);
  await client.end();
  return url.replace(/\/[^/]*$/, `/${name}`);
}
