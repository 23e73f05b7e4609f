import { CommandError, exit } from "./exitCodes.ts";

/** What a command that threw ends with: words for the user and an exit code. */
export interface Failure {
  message: string;
  exitCode: number;
}

const AWAY: ReadonlySet<string> = new Set(["ECONNREFUSED", "ECONNRESET", "ENOTFOUND", "EAI_AGAIN", "ETIMEDOUT", "EHOSTUNREACH"]);
const PATH_WRONG: ReadonlySet<string> = new Set(["ENOENT", "EISDIR", "ENOTDIR", "EEXIST", "EACCES", "EPERM", "EROFS"]);
/** Primary result codes of SQLite. */
const SQLITE = { busy: 5, readonly: 8, corrupt: 11, full: 13, cannotOpen: 14, notADatabase: 26 } as const;
const DISK_FULL = "the disk is full: make room and run the command again; what is stored already does not count twice";

/** Only what nobody foresaw stays an internal error: each fault of the machine and of its engines says what to do. */
export function failureOf(error: unknown): Failure {
  const { name, message, cause, code, errcode, path } = error as NodeJS.ErrnoException & { errcode?: number; cause?: unknown };
  const because = cause instanceof Error && !message.includes(cause.message) ? `: ${cause.message}` : "";
  const said = (mend: string, exitCode: number) => ({ message: `${mend} (${message})`, exitCode });
  if (error instanceof CommandError) return { message: `${message}${because}`, exitCode: error.exitCode };
  if (code?.startsWith("ERR_PARSE_ARGS")) return { message, exitCode: exit.usage };
  if (name.startsWith("KafkaJS"))
    return said("Kafka does not answer: start it, or correct SEWERTRACE_KAFKA_BROKERS", exit.network);
  if (code === "ERR_SQLITE_ERROR" && errcode !== undefined) return sqliteFailure(errcode & 0xff, message);
  if (code === "ENOSPC") return said(DISK_FULL, exit.network);
  if (code !== undefined && AWAY.has(code))
    return said("an engine cannot be reached: `sewertrace doctor` says which", exit.network);
  if (code !== undefined && PATH_WRONG.has(code) && path !== undefined)
    return said(`${path} cannot be read or written: name a file or folder that is there and yours`, exit.usage);
  return { message: `${message}${because}`, exitCode: exit.internal };
}

function sqliteFailure(code: number, message: string): Failure {
  const mend =
    code === SQLITE.full
      ? DISK_FULL
      : code === SQLITE.busy
        ? "another program keeps the file of the data folder locked: run the command again, or end that program"
        : code === SQLITE.notADatabase || code === SQLITE.corrupt
          ? "the file sewertrace.sqlite in SEWERTRACE_DATA_DIR is no whole database: name another folder, or restore a backup"
          : code === SQLITE.cannotOpen || code === SQLITE.readonly
            ? "the file sewertrace.sqlite in SEWERTRACE_DATA_DIR cannot be written: name a folder that is yours"
            : undefined;
  return mend === undefined
    ? { message, exitCode: exit.internal }
    : {
        message: `${mend} (${message})`,
        exitCode: code === SQLITE.cannotOpen || code === SQLITE.readonly ? exit.usage : exit.network,
      };
}
