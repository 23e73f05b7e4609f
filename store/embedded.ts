import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";

/**
 * The one SQLite file that holds log, series and records when no server is configured. All three share one connection, and every
 * use of it goes through `exclusive`: a records transaction keeps the lock over its awaits, so nothing of the other two can slip
 * into it, and nothing waits on a lock that this same process holds. Never call one store inside another's `exclusive`.
 */
export interface EmbeddedFile {
  db: DatabaseSync;
  exclusive<T>(work: (db: DatabaseSync) => T | Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/** Waits this long for another process (a command beside the running server) to finish its transaction. */
const BUSY_TIMEOUT_MS = 10_000;

/** SQLite answers at once, so busy loops over it would never let timers and sockets have a turn; this often they get one. */
const BREATHE_AFTER_MS = 10;

/** @param path file name, or ":memory:" */
export function openEmbeddedFile(path: string): EmbeddedFile {
  if (path !== ":memory:") mkdirSync(dirname(path), { recursive: true });
  const db = new DatabaseSync(path);
  db.exec(`
    PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS};
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL;
    PRAGMA foreign_keys = ON;
  `);
  let tail: Promise<unknown> = Promise.resolve();
  let closed = false;
  let breathedAtMs = performance.now();
  const breathe = async () => {
    if (performance.now() - breathedAtMs < BREATHE_AFTER_MS) return;
    await new Promise<void>((turn) => setImmediate(turn));
    breathedAtMs = performance.now();
  };
  const exclusive = <T>(work: (db: DatabaseSync) => T | Promise<T>): Promise<T> => {
    const result = tail.then(breathe).then(() => {
      if (closed) throw new Error(`the embedded store ${path} is closed`);
      return work(db);
    });
    tail = result.catch(() => undefined);
    return result;
  };
  const close = async () => {
    if (closed) return;
    await tail;
    closed = true;
    db.close();
  };
  return { db, exclusive, close };
}

/** SQLite's primary result codes for what the machine or another process is in the way of: BUSY, LOCKED, READONLY, IOERR, FULL, CANTOPEN. */
const HINDERED: readonly number[] = [5, 6, 8, 10, 13, 14];

/** Whether SQLite cannot work now, as on a full disk: nothing of the call took effect, and the same may succeed later. */
export function isHindered(error: unknown): boolean {
  const { code, errcode } = error as { code?: string; errcode?: number };
  return code === "ERR_SQLITE_ERROR" && errcode !== undefined && HINDERED.includes(errcode & 0xff);
}

/** Runs the work in one write transaction; rolls back and rethrows when it fails. */
export function inTransaction<T>(db: DatabaseSync, work: () => T): T {
  db.exec("BEGIN IMMEDIATE");
  try {
    const result = work();
    db.exec("COMMIT");
    return result;
  } catch (error) {
    if (db.isTransaction) db.exec("ROLLBACK"); // a full disk ends the transaction by itself
    throw error;
  }
}
