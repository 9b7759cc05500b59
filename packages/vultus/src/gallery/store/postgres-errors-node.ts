/** What PostgreSQL's errors mean: which pass when the server is back, and how the others are told. */

import { VultusError } from '../../errors.ts';

const passing = new Set([
  'CONNECTION_CLOSED',
  'CONNECTION_ENDED',
  'CONNECTION_DESTROYED',
  'CONNECT_TIMEOUT',
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ENOENT',
  'ETIMEDOUT',
  // Shutdown, crash recovery, start-up (PostgreSQL's appendix A, class 57).
  '57P01',
  '57P02',
  '57P03',
  // Serialisation failure and deadlock: the transaction did not happen.
  '40001',
  '40P01',
]);

/** Whether trying again may help. */
export function isPassing(cause: unknown): boolean {
  const code = codeOf(cause);
  return passing.has(code) || code.startsWith('08');
}

/** Whether the connection is gone, or about to be closed by the server. */
export function isConnectionLost(cause: unknown): boolean {
  const code = codeOf(cause);
  return /^(CONNECT|E[A-Z]+$|57P0|08)/.test(code);
}

/** An error of the driver as one of ours; others pass through. The message never holds the URL. */
export function postgresError(cause: unknown): unknown {
  const code = codeOf(cause);
  if (cause instanceof VultusError || code === '') return cause;
  const text = cause instanceof Error ? cause.message : String(cause);
  if (code.startsWith('XX00')) {
    return new VultusError(
      'STORE_CORRUPT',
      `PostgreSQL found damaged data (${text}). Restore the database from a backup`,
      { cause },
    );
  }
  const advice = code.startsWith('53')
    ? 'The server is out of space or connections: nothing was half-written'
    : isPassing(cause)
      ? 'The server cannot be reached: start it, or check host and port'
      : 'Check user, password, database and rights';
  return new VultusError('STORE_UNAVAILABLE', `PostgreSQL refused (${code}: ${text}). ${advice}`, {
    cause,
  });
}

function codeOf(cause: unknown): string {
  return typeof cause === 'object' && cause !== null && 'code' in cause ? String(cause.code) : '';
}
