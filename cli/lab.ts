import { randomUUID } from "node:crypto";
import { statSync, writeFileSync } from "node:fs";
import { basename } from "node:path";
import { parseArgs } from "node:util";
import { writeTemplate } from "../ingest/files/template.ts";
import { REVISION_REASONS } from "../schemas/assay.ts";
import type { UploadAnswer } from "../schemas/upload.ts";
import { CommandError, exit } from "./exitCodes.ts";
import { bytesOf, textOf } from "./inputFile.ts";
import { connect, type FileToSend, type LabClient, RefusedError } from "./labClient.ts";
import { exitCodeOf, problemLines, receiptLine, statusLines, summaryLine } from "./labReport.ts";
import { watchFolder } from "./labWatch.ts";
import { oneOf } from "./optionValues.ts";
import { refusalLine } from "./refusalLine.ts";

export const command = {
  name: "lab",
  summary: "check a laboratory's files cell by cell, send them, watch a folder of them",
  usage: `usage: sewertrace lab check FILE... [--mapping MAPPING.json] [--samples SAMPLES.csv] [--lab LAB] [--json]
       sewertrace lab send FILE... [--mapping MAPPING.json] [--samples SAMPLES.csv] [--reason REASON [--text TEXT]] [--lab LAB] [--json]
       sewertrace lab watch DIR [--samples SAMPLES.csv] [--every SECONDS] [--once] [--lab LAB]
       sewertrace lab status UPLOAD... [--json]
       sewertrace lab template [--language en|zh] [--out FILE.xlsx]

CSV or XLSX: a long or wide table with English or Chinese headers, MassHunter, Skyline, EUDA, Statistics Canada or PHES-ODM exports; or a
JSON file of reports. --samples lists the samples of a file that only names them (MassHunter, Skyline). SEWERTRACE_URL is the
server (default http://127.0.0.1:8080), SEWERTRACE_KEY the laboratory's key; with an administrator's key --lab says whose results they
are. check sends nothing; send leaves out what is refused. A held file (damaged by a spreadsheet) is never sent. What differs from what
is on record is sent with a reason only: ${REVISION_REASONS.join(", ")}.
Where LC_ALL or LANG is Chinese, receipts and the server's own words are.
watch sends files as they become complete and moves them to DIR/done or DIR/rejected with the report beside them; started again after a
crash it sends nothing twice. status says what has become of an upload since.`,
};

const OPTIONS = {
  mapping: { type: "string" },
  samples: { type: "string" },
  reason: { type: "string" },
  text: { type: "string" },
  lab: { type: "string" },
  every: { type: "string", default: "2" },
  once: { type: "boolean", default: false },
  language: { type: "string", default: "en" },
  out: { type: "string" },
  json: { type: "boolean", default: false },
} as const;

type Options = ReturnType<typeof parsed>["values"];
const parsed = (argv: readonly string[]) => parseArgs({ args: [...argv], allowPositionals: true, options: OPTIONS });

export async function run(argv: readonly string[]): Promise<number> {
  const { values, positionals } = parsed(argv);
  const [action, ...rest] = positionals;
  if (action === "template" && rest.length === 0) return template(values);
  if ((action === "check" || action === "send") && rest.length > 0) return upload(action, rest, values);
  if (action === "status" && rest.length > 0) return status(rest, values);
  if (action === "watch" && rest.length === 1) return watch(rest[0]!, values);
  throw new CommandError(command.usage, exit.usage);
}

async function upload(action: "check" | "send", paths: readonly string[], values: Options): Promise<number> {
  const client = connect();
  const mapping = values.mapping === undefined ? undefined : textOf(values.mapping);
  const more = { samples: samplesOf(values), mapping, revision: revisionOf(values), labId: values.lab };
  let worst: number = exit.ok;
  for (const path of paths) {
    const file = { ...fileOf(path), ...more };
    const checked = await client.upload("check", file);
    const answer = action === "send" ? await sent(client, file, checked) : checked;
    if (values.json) process.stdout.write(`${JSON.stringify({ file: path, ...answer })}\n`);
    else tell(path, answer);
    worst = Math.max(worst, exitCodeOf(answer));
  }
  return worst;
}

/** What the check has refused whole is not tried; what is refused after it is told as the check told it. */
async function sent(client: LabClient, file: FileToSend, checked: UploadAnswer): Promise<UploadAnswer> {
  if (exitCodeOf(checked) === exit.dataRefused) return checked;
  try {
    return await client.upload("commit", file, `cli-${randomUUID()}`);
  } catch (error) {
    if (!(error instanceof RefusedError)) throw error;
    for (const each of error.problem.refusals ?? []) process.stderr.write(`${refusalLine(each)}\n`);
    throw error;
  }
}

function tell(path: string, answer: UploadAnswer): void {
  for (const line of problemLines(answer)) process.stderr.write(`${line}\n`);
  process.stdout.write(`${summaryLine(path, answer)}\n`);
  if (answer.verdict === "needsReason")
    process.stderr.write(`${path}: say why with --reason, or correct the file; nothing was sent\n`);
  if (answer.receipt) process.stdout.write(`${receiptLine(path, answer.receipt)}\n`);
}

function revisionOf({ reason, text }: Options): FileToSend["revision"] {
  if (reason === undefined) {
    if (text !== undefined) throw new CommandError("--text goes with --reason", exit.usage);
    return undefined;
  }
  return { reason: oneOf("reason", reason, REVISION_REASONS), ...(text === undefined ? {} : { text }) };
}

const samplesOf = ({ samples }: Options) => (samples === undefined ? undefined : fileOf(samples));

const fileOf = (path: string) => ({ name: basename(path), bytes: new Uint8Array(bytesOf(path)) });

async function status(uploadIds: readonly string[], values: Options): Promise<number> {
  const client = connect();
  for (const uploadId of uploadIds) {
    const [upload, verified] = [await client.find(uploadId), await client.verify(uploadId)];
    const text = values.json ? JSON.stringify({ ...upload, verification: verified }) : statusLines(upload, verified).join("\n");
    process.stdout.write(`${text}\n`);
  }
  return exit.ok;
}

async function watch(folder: string, values: Options): Promise<number> {
  const seconds = Number(values.every);
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory())
    throw new CommandError(`${folder} is no folder: name the one that the instrument or LIMS writes to`, exit.usage);
  if (!(seconds > 0)) throw new CommandError("--every is a number of seconds above 0", exit.usage);
  const stop = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => stop.abort());
  const say = (line: string) => process.stdout.write(`${line}\n`);
  const { lab: labId, once } = values;
  const samples = () => samplesOf(values);
  return watchFolder({ folder, client: connect(), quietMs: seconds * 1000, once, labId, samples, say, signal: stop.signal });
}

function template({ language: text, out }: Options): number {
  const language = oneOf("language", text, ["en", "zh"]);
  const path = out ?? `sewertrace-template-${language}.xlsx`;
  writeFileSync(path, writeTemplate(language));
  process.stdout.write(`${path}\n`);
  return exit.ok;
}
