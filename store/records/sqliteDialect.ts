import type { DatabaseSync, SQLInputValue } from "node:sqlite";
import {
  CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from "kysely";
import type { EmbeddedFile } from "../embedded.ts";

/** Kysely on Node's own SQLite. Kysely's dialect expects the interface of better-sqlite3 and a connection of its own. */
export function sqliteDialect(file: EmbeddedFile): Dialect {
  return {
    createAdapter: () => new SqliteAdapter(),
    createDriver: () => sqliteDriver(file),
    createIntrospector: (db) => new SqliteIntrospector(db),
    createQueryCompiler: () => new SqliteQueryCompiler(),
  };
}

/** A connection is the file's lock: held for one query, or for one transaction. */
interface LockedConnection extends DatabaseConnection {
  release(): void;
}

function sqliteDriver(file: EmbeddedFile): Driver {
  const run = (sql: string) => (connection: DatabaseConnection) =>
    connection.executeQuery(CompiledQuery.raw(sql)).then(() => undefined);
  return {
    init: async () => undefined,
    acquireConnection: () =>
      new Promise<DatabaseConnection>((acquired) => {
        file
          .exclusive((db) => new Promise<void>((release) => acquired({ ...connectionTo(db), release } as LockedConnection)))
          .catch((error: unknown) => acquired(connectionLost(error)));
      }),
    beginTransaction: run("begin immediate"),
    commitTransaction: run("commit"),
    rollbackTransaction: run("rollback"),
    releaseConnection: async (connection) => (connection as LockedConnection).release(),
    destroy: async () => undefined,
  };
}

/** Each query says why there is none: Kysely keeps its own lock for ever where a connection could not be had. */
function connectionLost(error: unknown): LockedConnection {
  return {
    executeQuery: () => Promise.reject(error),
    streamQuery() {
      throw error;
    },
    release() {},
  };
}

function connectionTo(db: DatabaseSync): DatabaseConnection {
  return {
    async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
      const statement = db.prepare(query.sql);
      const parameters = query.parameters as SQLInputValue[];
      if (statement.columns().length > 0) return { rows: statement.all(...parameters) as R[] };
      const { changes } = statement.run(...parameters);
      return { rows: [], numAffectedRows: BigInt(changes) };
    },
    streamQuery() {
      throw new Error("the embedded records do not stream: read page by page");
    },
  };
}
