import { setTimeout as wait } from "node:timers/promises";
import { addKey } from "../../api/auth/keys.ts";
import type { Records } from "../../store/records/records.ts";
import { freePorts } from "../engines/processes.ts";
import { type RoleProcess, startRole } from "./roles.ts";

/** A process with the API in it, and a way to send it numbered flow readings. */
export interface Server extends RoleProcess {
  /** The answer's status; 0 where there was none. Reading n is the flow of the n-th minute. */
  sendReadings(numbers: readonly number[]): Promise<number>;
}

export const FIRST_READING_MS = Date.UTC(2026, 0, 1);
const STARTED_WITHIN_MS = 60_000;

/** Starts the roles and waits until the API answers. @param token an administrator's key */
export async function startServer(
  roles: string,
  settings: Record<string, string>,
  token: string,
  limits?: string,
): Promise<Server> {
  const [port] = await freePorts(1);
  const address = `http://127.0.0.1:${port}`;
  const role = startRole(roles, { ...settings, SEWERTRACE_PORT: String(port) }, limits);
  const startedMs = performance.now();
  while (!(await fetch(`${address}/health`).catch(() => undefined))?.ok) {
    if (!role.running() || performance.now() - startedMs > STARTED_WITHIN_MS)
      throw new Error(`the server did not start: ${role.output()}`);
    await wait(50);
  }
  return {
    ...role,
    async sendReadings(numbers) {
      const body = JSON.stringify(numbers.map(readingOf));
      const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
      try {
        return (await fetch(`${address}/api/v1/readings`, { method: "POST", headers, body })).status;
      } catch {
        return 0;
      }
    },
  };
}

/** Ten sites, so that the readings of one call go to several partitions. */
const readingOf = (n: number) => ({
  siteId: siteIdOf(n % SITES),
  deviceId: "meter",
  time: new Date(FIRST_READING_MS + n * 60_000).toISOString(),
  quantity: "flow",
  value: n,
  unit: "m3/h",
  status: "ok",
});

const SITES = 10;
const siteIdOf = (n: number) => `plant-${n}`;

/** Puts on record what the readings are about, and an administrator; returns the key. */
export async function prepareServer(records: Records): Promise<string> {
  const at = "2026-01-01T00:00:00.000Z";
  for (let n = 0; n < SITES; n++) {
    await records.sites.save({ siteId: siteIdOf(n), name: siteIdOf(n), kind: "wwtp", timeZone: "UTC", country: "CZ" }, at);
  }
  const key = { name: "faults", role: "admin", organisation: "operator", expiresAt: null } as const;
  return (await addKey(records, key, new Date().toISOString())).token;
}
