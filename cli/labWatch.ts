import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rename, stat, writeFile } from "node:fs/promises";
import { basename, extname, join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import type { UploadAnswer } from "../schemas/upload.ts";
import { CommandError, exit } from "./exitCodes.ts";
import { type FileToSend, type LabClient, RefusedError } from "./labClient.ts";
import { problemLines, receiptLine, summaryLine } from "./labReport.ts";
import { refusalLine } from "./refusalLine.ts";

export interface Watch {
  folder: string;
  client: LabClient;
  /** A file is complete when it has not changed for so long. */
  quietMs: number;
  /** Ends when every file that is there has been sent; else goes on until the signal. */
  once: boolean;
  labId: string | undefined;
  /** The list of samples as it is now, for instruments that only name them: a LIMS renews it. */
  samples: () => FileToSend["samples"];
  say: (line: string) => void;
  signal: AbortSignal;
}

/** What an instrument, a browser or a spreadsheet has not finished with, and what is hidden. */
const UNFINISHED = /^[.~]|\.(?:part|tmp|crdownload|filepart|download)$/i;
const RETRY_MS = [1_000, 5_000, 15_000, 60_000];

/**
 * Sends the files of a folder as they become complete, each into `done/` or `rejected/` with its report beside it. Keeps no state
 * of its own: the key of an upload is the file's SHA-256, so a file that was sent before a crash is not sent again, and moving it
 * is the last step. A server that is away is waited for.
 * @returns the worst exit code of the files
 */
export async function watchFolder(watch: Watch): Promise<number> {
  const { folder, quietMs, once, signal } = watch;
  for (const name of ["done", "rejected"]) await mkdir(join(folder, name), { recursive: true });
  const seen = new Map<string, string>();
  let worst: number = exit.ok;
  while (!signal.aborted) {
    const names = await waitingFiles(folder);
    for (const name of [...seen.keys()]) if (!names.includes(name)) seen.delete(name);
    for (const name of names) {
      if (signal.aborted) break;
      const state = await stateOf(join(folder, name));
      if (state === undefined || seen.get(name) !== state) {
        if (state !== undefined) seen.set(name, state);
        continue;
      }
      worst = Math.max(worst, await untilAnswered(name, watch));
      seen.delete(name);
    }
    if (once && seen.size === 0) break;
    await wait(quietMs, undefined, { signal }).catch(() => undefined);
  }
  return worst;
}

async function waitingFiles(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && !UNFINISHED.test(entry.name))
    .map(({ name }) => name)
    .toSorted();
}

/** Changes as the file does; undefined where it has gone. */
async function stateOf(path: string): Promise<string | undefined> {
  const found = await stat(path).catch(() => undefined);
  return found && `${found.size} ${found.mtimeMs}`;
}

/** Tries until the server has said what becomes of the file. */
async function untilAnswered(name: string, watch: Watch): Promise<number> {
  for (let tries = 0; ; tries++) {
    try {
      return await sendOne(name, watch);
    } catch (error) {
      if (!(error instanceof CommandError) || error.exitCode !== exit.network || watch.signal.aborted) throw error;
      const retryMs = RETRY_MS[Math.min(tries, RETRY_MS.length - 1)]!;
      watch.say(`${name}: ${error.message}; trying again in ${retryMs / 1000} s`);
      await wait(retryMs, undefined, { signal: watch.signal }).catch(() => undefined);
      if (watch.signal.aborted) return exit.interrupted;
    }
  }
}

async function sendOne(name: string, watch: Watch): Promise<number> {
  const { folder, client, labId, samples } = watch;
  const bytes = new Uint8Array(await readFile(join(folder, name)));
  const file: FileToSend = { name, bytes, labId, samples: samples() };
  const idempotencyKey = `watch-${createHash("sha256").update(bytes).digest("hex")}`;
  try {
    const answer = await client.upload("commit", file, idempotencyKey);
    return await settle(name, "done", answer, watch);
  } catch (error) {
    if (!(error instanceof RefusedError)) throw error;
    return await settle(name, "rejected", await whyRefused(error, client, file), watch);
  }
}

/** The check of the same file tells cell by cell what a refused commit tells in short; where not even that reads it, the refusal stands. */
async function whyRefused(refused: RefusedError, client: LabClient, file: FileToSend): Promise<UploadAnswer | RefusedError> {
  try {
    return await client.upload("check", file);
  } catch (error) {
    if (error instanceof RefusedError) return refused;
    throw error;
  }
}

async function settle(
  name: string,
  where: "done" | "rejected",
  answer: UploadAnswer | RefusedError,
  { folder, client, say }: Watch,
): Promise<number> {
  const target = await freeName(join(folder, where), name);
  const beside = (suffix: string) => join(folder, where, `${target}.${suffix}`);
  const refused = answer instanceof RefusedError;
  const lines = refused
    ? [answer.message, ...(answer.problem.refusals ?? []).map((each) => refusalLine(each))]
    : told(name, answer);
  await writeFile(beside("report.txt"), `${lines.join("\n")}\n`);
  await writeFile(beside("report.json"), `${JSON.stringify(refused ? answer.problem : answer, null, 2)}\n`);
  if (!refused && answer.rejectedRows) {
    await writeFile(beside(`rejected${extname(answer.rejectedRows.fileName)}`), await client.download(answer.rejectedRows.href));
  }
  if (!refused && answer.receipt) await writeFile(beside("receipt.html"), await client.receiptPage(answer.receipt.uploadId));
  await rename(join(folder, name), join(folder, where, target));
  say(`${refused ? lines.at(-1) : summaryLine(name, answer)} -> ${where}/${target}`);
  return where === "rejected" ? exit.dataRefused : refused || answer.verdict !== "partlyAccepted" ? exit.ok : exit.partlyAccepted;
}

function told(name: string, answer: UploadAnswer): string[] {
  return [...problemLines(answer), summaryLine(name, answer), ...(answer.receipt ? [receiptLine(name, answer.receipt)] : [])];
}

/** A name that nothing in the folder has: `may.csv`, `may-2.csv`. */
async function freeName(folder: string, name: string): Promise<string> {
  const taken = new Set(await readdir(folder));
  const extension = extname(name);
  for (let number = 1; ; number++) {
    const candidate = number === 1 ? name : `${basename(name, extension)}-${number}${extension}`;
    if (!taken.has(candidate)) return candidate;
  }
}
