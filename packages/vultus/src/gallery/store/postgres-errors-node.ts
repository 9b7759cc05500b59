/** What PostgreSQL's errors mean: which pass when the server is back, and how the others are told. */

import { VultusError } from '../../errors.ts';

/** The code given to what the driver says without one when a connection is gone. */
export const connectionLost = 'CONNECTION_LOST';

const passing = new Set([
  connectionLost,
  'EAI_AGAIN',
  'ECONNABORTED',
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOENT',
  'EPIPE',
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

/** Whether the connection that gave this error may be used again: the server refused one statement, no more. */
export function isConnectionSound(cause: unknown): boolean {
  if (cause instanceof VultusError) return true;
  const isOfServer = typeof cause === 'object' && cause !== null && 'severity' in cause;
  return isOfServer && cause.severity === 'ERROR' && !/^(57P0|08)/.test(codeOf(cause));
}

/** An error of the driver as one of ours; others pass through. The message never holds the URL. */
export function postgresError(cause: unknown): unknown {
  const code = codeOf(cause);
  if (cause instanceof VultusError || code === '') return cause;
  // A host of several addresses fails with one error for each, and no text of its own.
  const [first] = cause instanceof AggregateError ? cause.errors : [cause];
  const text = first instanceof Error ? first.message : String(first);
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

/** What the driver (pg 8) says, without a code, of connections that ended or never came about. */
const lost =
  /^(Connection terminated|timeout e|Client (has encountered|was closed)|Query read timeout|Received unexpected|There was an error establishing)/;

function codeOf(cause: unknown): string {
  if (typeof cause !== 'object' || cause === null) return '';
  if ('code' in cause && cause.code !== undefined) return String(cause.code);
  return cause instanceof Error && lost.test(cause.message) ? connectionLost : '';
}
