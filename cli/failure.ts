import { CommandError, exit } from "./exitCodes.ts";

/** What a command that threw ends with: words for the user and an exit code. */
export interface Failure {
  message: string;
  exitCode: number;
}

const AWAY: ReadonlySet<string> = new Set(["ECONNREFUSED", "ECONNRESET", "ENOTFOUND", "EAI_AGAIN", "ETIMEDOUT", "EHOSTUNREACH"]);
const PATH_WRONG: ReadonlySet<string> = new Set(["ENOENT", "EISDIR", "ENOTDIR", "EEXIST", "EACCES", "EPERM", "EROFS"]);
const DISK_FULL = "the disk is full: make room and run the command again; what is stored already does not count twice";

const DATABASE = "the file sewertrace.sqlite in SEWERTRACE_DATA_DIR";
const NOT_WRITABLE = { mend: `${DATABASE} cannot be written: name a folder that is yours`, exitCode: exit.usage };
const NOT_WHOLE = { mend: `${DATABASE} is no whole database: name another folder, or restore a backup`, exitCode: exit.usage };

/** By SQLite's primary result codes: BUSY, READONLY, CORRUPT, FULL, CANTOPEN, NOTADB. */
const SQLITE: Readonly<Record<number, { mend: string; exitCode: number }>> = {
  5: {
    mend: "another program keeps the data folder's file locked: run the command again, or end that program",
    exitCode: exit.network,
  },
  8: NOT_WRITABLE,
  11: NOT_WHOLE,
  13: { mend: DISK_FULL, exitCode: exit.network },
  14: NOT_WRITABLE,
  26: NOT_WHOLE,
};

/** Only what nobody foresaw stays an internal error: each fault of the machine and of its engines says what to do. */
export function failureOf(error: unknown): Failure {
  const { name, message, cause, code, errcode, path } = error as NodeJS.ErrnoException & { errcode?: number; cause?: unknown };
  const because = cause instanceof Error && !message.includes(cause.message) ? `: ${cause.message}` : "";
  const said = (mend: string, exitCode: number) => ({ message: `${mend} (${message})`, exitCode });
  if (error instanceof CommandError) return { message: `${message}${because}`, exitCode: error.exitCode };
  if (code?.startsWith("ERR_PARSE_ARGS")) return { message, exitCode: exit.usage };
  if (name.startsWith("KafkaJS"))
    return said("Kafka does not answer: start it, or correct SEWERTRACE_KAFKA_BROKERS", exit.network);
  const sqlite = code === "ERR_SQLITE_ERROR" && errcode !== undefined ? SQLITE[errcode & 0xff] : undefined;
  if (sqlite) return said(sqlite.mend, sqlite.exitCode);
  if (code === "ENOSPC") return said(DISK_FULL, exit.network);
  if (code !== undefined && AWAY.has(code))
    return said("an engine cannot be reached: `sewertrace doctor` says which", exit.network);
  if (code !== undefined && PATH_WRONG.has(code) && path !== undefined)
    return said(`${path} cannot be read or written: name a file or folder that is there and yours`, exit.usage);
  return { message: `${message}${because}`, exitCode: exit.internal };
}
