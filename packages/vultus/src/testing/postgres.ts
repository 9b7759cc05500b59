/** Where tests find a PostgreSQL server: VULTUS_POSTGRES_URL, or one on this machine's standard port. */

import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';

const localUrl = 'postgres://postgres@127.0.0.1:5432/postgres';

/** The URL of a server that answers, or undefined. */
export async function postgresUrl(): Promise<string | undefined> {
  const given = process.env.VULTUS_POSTGRES_URL;
  if (given !== undefined && given !== '') return given;
  if (!(await answers())) return undefined;
  const { default: postgres } = await import('postgres');
  const sql = postgres(localUrl, { max: 1, connect_timeout: 3 });
  try {
    await sql`SELECT 1`;
    return localUrl;
  } catch {
    return undefined;
  } finally {
    await sql.end();
  }
}

/** A schema of a test's own. */
export interface FreshSchema {
  /** Also the application name of the connections made through the URL. */
  readonly name: string;
  /** Puts tables into the schema. */
  readonly url: string;
  remove(): Promise<void>;
}

/** Makes an empty schema on the server. */
export async function freshSchema(url: string): Promise<FreshSchema> {
  const { default: postgres } = await import('postgres');
  const name = `vultus_test_${randomBytes(6).toString('hex')}`;
  const run = async (command: string): Promise<void> => {
    const sql = postgres(url, { max: 1, onnotice: () => {} });
    await sql.unsafe(command);
    await sql.end();
  };
  await run(`CREATE SCHEMA ${name}`);
  const own = new URL(url);
  own.searchParams.set('search_path', name);
  own.searchParams.set('application_name', name);
  return { name, url: own.href, remove: () => run(`DROP SCHEMA ${name} CASCADE`) };
}

function answers(): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port: 5432, timeout: 1000 });
    const end = (value: boolean) => () => {
      socket.destroy();
      resolve(value);
    };
    socket.on('connect', end(true)).on('error', end(false)).on('timeout', end(false));
  });
}
