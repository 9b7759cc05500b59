/** PostgreSQL with pgvector inside the test's own process: PGlite, shared by all stores that a test opens on it. */

import { PGlite } from '@electric-sql/pglite';
import { vector } from '@electric-sql/pglite-pgvector';
import { type Sql, statementOf } from '../gallery/store/postgres-connections-node.ts';
import { Database, type SqlRunner } from '../gallery/store/postgres-database-node.ts';

/** A fresh server in memory. */
export interface PgliteServer {
  /** What a store is opened over; closing it leaves the server be. */
  database(): Database;
  readonly sql: Sql;
  close(): Promise<void>;
}

/** Starts a server with the extension at hand but not created yet, or without it. */
export async function startPglite({ extension = true } = {}): Promise<PgliteServer> {
  const lite = await PGlite.create({ extensions: extension ? { vector } : {} });
  return {
    database: () => new Database(runner(lite), 0),
    sql: sqlOf(lite),
    close: () => lite.close(),
  };
}

/** PGlite is one connection: work waits for its turn. */
function runner(lite: PGlite): SqlRunner {
  return {
    use: (work) => lite.transaction((transaction) => work(sqlOf(transaction))),
    transact: (work) => lite.transaction((transaction) => work(sqlOf(transaction))),
    close: async () => {},
  };
}

function sqlOf(lite: Pick<PGlite, 'query' | 'exec'>): Sql {
  return async (text, ...given) => {
    const { text: written, values } = statementOf(text, given);
    if (values.length === 0) {
      const results = await lite.exec(written);
      const last = results.at(-1);
      return { rows: (last?.rows ?? []) as Record<string, unknown>[], count: last?.affectedRows ?? 0 };
    }
    const { rows, affectedRows } = await lite.query<Record<string, unknown>>(written, values);
    return { rows, count: affectedRows ?? 0 };
  };
}
