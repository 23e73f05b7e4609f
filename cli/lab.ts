import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { parseArgs } from "node:util";
import { type CheckedFile, checkFile } from "../ingest/files/checkFile.ts";
import { type ColumnMapping, columnMapping } from "../ingest/files/mapping.ts";
import type { Problem } from "../ingest/files/problem.ts";
import type { Site } from "../schemas/site.ts";
import { CommandError, exit } from "./exitCodes.ts";

export const command = {
  name: "lab",
  summary: "check a laboratory's file cell by cell, or send it",
  usage: `usage: sewertrace lab check FILE... [--mapping MAPPING.json] [--json]
       sewertrace lab send FILE... [--mapping MAPPING.json] [--json]

CSV or XLSX: a long or wide table with English or Chinese headers, MassHunter, Skyline, EUDA, Statistics Canada or PHES-ODM exports.
SEWERTRACE_URL is the server (default http://127.0.0.1:8080), SEWERTRACE_KEY the laboratory's key. check sends nothing; send leaves out
what is refused. A held file (damaged by a spreadsheet) is never sent.`,
};

/** Reports of one request. */
const REPORTS_PER_UPLOAD = 500;

export async function run(argv: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: { mapping: { type: "string" }, json: { type: "boolean", default: false } },
  });
  const [action, ...files] = positionals;
  if ((action !== "check" && action !== "send") || files.length === 0) throw new CommandError(command.usage, exit.usage);
  const server = connect();
  const { organisation: labId } = await server<{ organisation: string }>("GET", "/session");
  const sites = await allSites(server);
  const mapping = values.mapping ? columnMapping.parse(JSON.parse(readFileSync(values.mapping, "utf8"))) : undefined;
  const codes: number[] = [];
  for (const file of files) {
    const checked = await readAndCheck(file, labId, sites, mapping);
    if (values.json) process.stdout.write(`${JSON.stringify({ file, ...checked, reports: checked.reports.length })}\n`);
    else tell(file, checked);
    if (action === "send") await send(server, file, checked);
    codes.push(codeOf(checked));
  }
  return Math.max(...codes);
}

type Server = <T>(method: string, path: string, body?: unknown, headers?: Record<string, string>) => Promise<T>;

function connect(): Server {
  const url = process.env["SEWERTRACE_URL"] ?? "http://127.0.0.1:8080";
  const key = process.env["SEWERTRACE_KEY"];
  if (!key) throw new CommandError("set SEWERTRACE_KEY to the laboratory's key (`sewertrace key add` makes one)", exit.usage);
  return async <T>(method: string, path: string, body?: unknown, more: Record<string, string> = {}) => {
    const headers = { authorization: `Bearer ${key}`, "content-type": "application/json", ...more };
    const init = { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
    const response = await fetch(`${url}/api/v1${path}`, init).catch((cause: unknown) => {
      throw new CommandError(`${url} cannot be reached; what was not acknowledged can be sent again`, exit.network, { cause });
    });
    const answer = (await response.json()) as { detail?: string };
    if (response.ok) return answer as T;
    const notAllowed = response.status === 401 || response.status === 403;
    throw new CommandError(answer.detail ?? response.statusText, notAllowed ? exit.notAllowed : exit.network);
  };
}

async function allSites(server: Server): Promise<Site[]> {
  const sites: Site[] = [];
  for (let cursor: string | null = ""; cursor !== null; ) {
    const page: { items: Site[]; next: string | null } = await server(
      "GET",
      `/sites?limit=500${cursor ? `&cursor=${cursor}` : ""}`,
    );
    sites.push(...page.items);
    cursor = page.next;
  }
  return sites;
}

async function readAndCheck(file: string, labId: string, sites: readonly Site[], mapping?: ColumnMapping): Promise<CheckedFile> {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(file);
  } catch (cause) {
    throw new CommandError(`${file} cannot be read: ${(cause as Error).message}`, exit.usage, { cause });
  }
  const uploadId = `cli-${randomUUID()}`;
  return checkFile(bytes, { fileName: basename(file), labId, uploadId, sites, ...(mapping ? { mapping } : {}) });
}

/** In the form of a compiler: place, severity, code, what was found and expected. */
function tell(file: string, { verdict, format, counts, problems }: CheckedFile): void {
  for (const problem of problems) process.stderr.write(`${line(problem)}\n`);
  const { rows, results, errors, warnings, skipped } = counts;
  process.stdout.write(
    `${file}: ${verdict} (${format ?? "no known format"}): ${rows} rows, ${results} results, ${errors} errors, ${warnings} warnings, ${skipped} passed over\n`,
  );
}

function line({ where, severity, code, found, expected, mend }: Problem): string {
  const place = [where.file, where.sheet, where.cell ?? (where.row === undefined ? undefined : `row ${where.row}`)]
    .filter(Boolean)
    .join(":");
  return `${place}: ${severity}[${code}]: found "${found}", expected ${expected}. ${mend}`;
}

async function send(server: Server, file: string, { verdict, reports }: CheckedFile): Promise<void> {
  if (verdict === "held" || reports.length === 0) return;
  for (let from = 0; from < reports.length; from += REPORTS_PER_UPLOAD) {
    const part = reports.slice(from, from + REPORTS_PER_UPLOAD);
    const answer = await server<{ receipt: { uploadId: string } }>("POST", "/uploads", {
      reports: part,
      fileName: basename(file),
    });
    process.stdout.write(`${file}: receipt ${answer.receipt.uploadId} for ${part.length} samples\n`);
  }
}

function codeOf({ verdict }: CheckedFile): number {
  if (verdict === "held" || verdict === "rejected") return exit.dataRefused;
  return verdict === "partlyAccepted" ? exit.partlyAccepted : exit.ok;
}
