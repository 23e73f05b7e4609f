import { parseArgs } from "node:util";
import { pino } from "pino";
import { z } from "zod";
import { OVERLAP_HOURS_MAX } from "../api/auth/keyRoutes.ts";
import { addKey, rotateKey } from "../api/auth/keys.ts";
import { apiKey, ROLES } from "../schemas/key.ts";
import { CommandError, exit } from "./exitCodes.ts";
import { oneOf } from "./optionValues.ts";
import { readSettings } from "./settings.ts";
import { openStores, type Stores } from "./stores.ts";

export const command = {
  name: "key",
  summary: "add, list, rotate or revoke API keys",
  usage: `usage: sewertrace key add --role ${ROLES.join("|")} --organisation ORG --name NAME [--expires 2027-01-31T00:00:00Z]
                      [--region REGION]… [--scope series:read]…
       sewertrace key list [--json]
       sewertrace key rotate KEY_ID [--overlap HOURS]
       sewertrace key revoke KEY_ID

add prints the key on stdout, once: only its hash is kept. For a laboratory ORG is its laboratory id. --region limits the leads it may see,
--scope what it may be used for. rotate prints another secret; the one before goes on for --overlap hours (24).`,
};

const ACTOR = "command line";

export async function run(argv: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      role: { type: "string" },
      organisation: { type: "string" },
      name: { type: "string" },
      expires: { type: "string" },
      region: { type: "string", multiple: true },
      scope: { type: "string", multiple: true },
      overlap: { type: "string", default: "24" },
      json: { type: "boolean", default: false },
    },
  });
  const [action, keyId] = positionals;
  const stores = await openStores(readSettings(), pino({ level: "silent" }));
  try {
    if (action === "add") return await add(stores, values);
    if (action === "list") return await list(stores, values.json);
    if (action === "rotate" && keyId) return await rotate(stores, keyId, Number(values.overlap));
    if (action === "revoke" && keyId) return await revoke(stores, keyId);
    throw new CommandError(command.usage, exit.usage);
  } finally {
    await stores.close();
  }
}

async function add(
  { records }: Stores,
  values: { role?: string; organisation?: string; name?: string; expires?: string; region?: string[]; scope?: string[] },
): Promise<number> {
  const { organisation, name, expires } = values;
  const role = oneOf("role", values.role, ROLES);
  if (!organisation || !name) throw new CommandError(`--organisation and --name are needed\n\n${command.usage}`, exit.usage);
  if (expires !== undefined && Number.isNaN(Date.parse(expires)))
    throw new CommandError(`--expires: found "${expires}", expected an ISO 8601 time`, exit.usage);
  const limits = apiKey
    .pick({ regions: true, scopes: true })
    .safeParse({ regions: values.region ?? null, scopes: values.scope ?? null });
  if (!limits.success) throw new CommandError(z.prettifyError(limits.error), exit.usage);
  const at = new Date().toISOString();
  const expiresAt = expires === undefined ? null : new Date(expires).toISOString();
  const { key, token } = await addKey(records, { role, organisation, name, expiresAt, ...limits.data }, at);
  await records.chains.append("audit", {
    at,
    actor: ACTOR,
    action: "key.added",
    subject: key.keyId,
    content: { role, organisation, name, ...limits.data },
  });
  process.stdout.write(`${token}\n`);
  return exit.ok;
}

async function list({ records }: Stores, json: boolean): Promise<number> {
  for (const key of await records.keys.list()) {
    const { keyId, role, organisation, name, revokedAt, lastUsedAt } = key;
    if (json) {
      process.stdout.write(`${JSON.stringify(key)}\n`);
      continue;
    }
    const state = revokedAt ? `revoked ${revokedAt}` : `last used ${lastUsedAt ?? "never"}`;
    process.stdout.write(`${keyId}  ${role.padEnd(12)}  ${organisation}  ${name}  ${state}\n`);
  }
  return exit.ok;
}

async function rotate({ records }: Stores, keyId: string, overlapHours: number): Promise<number> {
  if (!(overlapHours >= 0 && overlapHours <= OVERLAP_HOURS_MAX))
    throw new CommandError(`--overlap: expected hours from 0 to ${OVERLAP_HOURS_MAX}`, exit.usage);
  const now = new Date();
  const rotated = await rotateKey(records, keyId, now, overlapHours);
  if (!rotated) throw new CommandError(`there is no key ${keyId}; \`sewertrace key list\` shows them`, exit.dataRefused);
  const entry = { at: now.toISOString(), actor: ACTOR, action: "key.rotated", subject: keyId, content: { overlapHours } };
  await records.chains.append("audit", entry);
  process.stdout.write(`${rotated.token}\n`);
  return exit.ok;
}

async function revoke({ records }: Stores, keyId: string): Promise<number> {
  const at = new Date().toISOString();
  if (!(await records.keys.revoke(keyId, at)))
    throw new CommandError(`there is no key ${keyId}; \`sewertrace key list\` shows them`, exit.dataRefused);
  await records.chains.append("audit", { at, actor: ACTOR, action: "key.revoked", subject: keyId, content: {} });
  return exit.ok;
}
