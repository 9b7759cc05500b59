/** Transactions that outlive a lost server. */

import type { Sql } from 'postgres';
import { isConnectionLost } from './postgres-errors-node.ts';

/**
 * Runs the work in a transaction of its own connection. Unlike the driver's `begin` it sends nothing to a connection
 * that was lost: the driver (3.4.9) would throw from a timer then, where nobody can catch it, and end the process.
 */
export async function inTransaction<T>(sql: Sql, work: (own: Sql) => Promise<T>): Promise<T> {
  const own = await sql.reserve();
  try {
    await own`BEGIN`;
    const result = await work(own);
    await own`COMMIT`;
    own.release();
    return result;
  } catch (cause) {
    // A lost connection has left the driver's pool already; the server undoes what was not committed.
    if (!isConnectionLost(cause)) await undo(own);
    throw cause;
  }
}

async function undo(own: Awaited<ReturnType<Sql['reserve']>>): Promise<void> {
  try {
    await own`ROLLBACK`;
    own.release();
  } catch {
    // Lost on the way: the same holds.
  }
}
