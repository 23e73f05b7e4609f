import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { addKey } from "../api/auth/keys.ts";
import type { AssayReport } from "../schemas/assay.ts";
import { ROLES, type Role } from "../schemas/key.ts";
import type { Lead } from "../schemas/lead.ts";
import type { Records } from "../store/records/records.ts";
import { CommandError, exit } from "./exitCodes.ts";

/** The demo's people, who use the API like anybody else. */
export interface DemoClient {
  address: string;
  keys: Record<Role, string>;
  leads(siteId: string): Promise<Lead[]>;
  lead(leadId: string): Promise<Lead>;
  /** As the laboratory. */
  upload(reports: readonly AssayReport[]): Promise<void>;
  /** Returns the endpoint's secret. */
  registerWebhook(url: string): Promise<string>;
}

/** The laboratory of the simulated province. */
export const LAB = "LAB-1";

/** @param dataDir where the demo keeps its keys, so that a second run shows the same ones; a real server never writes a key down */
export async function demoClient(records: Records, address: string, dataDir: string): Promise<DemoClient> {
  const keys = await demoKeys(records, join(dataDir, "demo-keys.json"));
  const call = async <T>(role: Role, method: string, path: string, body?: unknown): Promise<T> => {
    const headers = { authorization: `Bearer ${keys[role]}`, "content-type": "application/json", "x-purpose": "demo" };
    const response = await fetch(`${address}/api/v1${path}`, {
      method,
      headers,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const answer: unknown = await response.json();
    if (!response.ok) throw new CommandError(`${method} ${path}: ${(answer as { detail?: string }).detail}`, exit.internal);
    return answer as T;
  };
  return {
    address,
    keys,
    leads: async (siteId) => (await call<{ items: Lead[] }>("investigator", "GET", `/leads?siteId=${siteId}`)).items,
    lead: (leadId) => call("investigator", "GET", `/leads/${leadId}`),
    upload: async (reports) => void (await call("lab", "POST", "/uploads", { reports })),
    registerWebhook: async (url) => {
      const events = ["anomaly.raised", "anomaly.retracted", "lead.opened", "lead.updated", "lead.retracted"];
      const { secret } = await call<{ secret: string }>("investigator", "POST", "/webhooks", {
        url,
        events,
        description: "the demo's receiver",
      });
      return secret;
    },
  };
}

async function demoKeys(records: Records, file: string): Promise<Record<Role, string>> {
  if (existsSync(file)) return JSON.parse(readFileSync(file, "utf8")) as Record<Role, string>;
  const at = new Date().toISOString();
  const keys: Partial<Record<Role, string>> = {};
  for (const role of ROLES) {
    const organisation = role === "lab" ? LAB : "demo";
    keys[role] = (await addKey(records, { name: `demo ${role}`, role, organisation, expiresAt: null }, at)).token;
  }
  writeFileSync(file, JSON.stringify(keys, undefined, 2), { mode: 0o600 });
  return keys as Record<Role, string>;
}
