/** Where tests find a PostgreSQL server: VULTUS_POSTGRES_URL, one on this machine's standard port, or one of their own. */

import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { Client } from 'pg';
import { afterAll } from 'vitest';
import { ownServer } from './postgres-server.ts';

const localUrl = 'postgres://postgres@127.0.0.1:5432/postgres';

/** The URL of a server that answers, or undefined. One of its own goes after the last test of the file that asked. */
export async function postgresUrl(): Promise<string | undefined> {
  const given = process.env.VULTUS_POSTGRES_URL;
  if (given !== undefined && given !== '') return given;
  if ((await answers()) && (await admits())) return localUrl;
  const own = await ownServer();
  if (own === undefined) return undefined;
  await own.start();
  afterAll(async () => {
    await own.stop();
    await own.remove();
  });
  return own.url;
}

/** Runs SQL over a connection of its own. */
export async function runSql(url: string, text: string): Promise<void> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 3000 });
  client.on('error', () => {});
  try {
    await client.connect();
    await client.query(text);
  } finally {
    await client.end();
  }
}

function admits(): Promise<boolean> {
  return runSql(localUrl, 'SELECT 1').then(
    () => true,
    () => false,
  );
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
  const name = `vultus_test_${randomBytes(6).toString('hex')}`;
  await runSql(url, `CREATE SCHEMA ${name}`);
  const own = new URL(url);
  own.searchParams.set('search_path', name);
  own.searchParams.set('application_name', name);
  return {
    name,
    url: own.href,
    remove: () => runSql(url, `SET client_min_messages = warning; DROP SCHEMA ${name} CASCADE`),
  };
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
