/** A PostgreSQL server of a test's own, to be stopped and started at will; for machines that have the programs. */

import { execFile } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { chown, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort } from './free-port.ts';

const run = promisify(execFile);

/** A server that answers on `url` while it is started. */
export interface OwnServer {
  readonly url: string;
  /** With further settings, as `-c name=value`. */
  start(settings?: string): Promise<void>;
  /** Cuts every connection, as `systemctl restart` does. */
  stop(): Promise<void>;
  remove(): Promise<void>;
}

/**
 * Sets up a server, not started yet; undefined where PostgreSQL's programs are missing or may not be run.
 * @param within the folder to put its folder into
 */
export async function ownServer(within = tmpdir()): Promise<OwnServer | undefined> {
  const programs = findPrograms();
  if (programs === undefined) return undefined;
  // PostgreSQL refuses to run as root; its Debian package brings a user for it.
  const owner = userInfo().uid === 0 ? await postgresUser() : undefined;
  if (userInfo().uid === 0 && owner === undefined) return undefined;
  const folder = await mkdtemp(join(within, 'vultus-pg-'));
  if (owner !== undefined) await chown(folder, owner.uid, owner.gid);
  const data = join(folder, 'data');
  const port = await freePort();
  const call = (program: string, ...args: string[]): Promise<unknown> =>
    run(join(programs, program), args, { ...owner, cwd: folder, env: { ...process.env, LC_ALL: 'C' } });
  await call('initdb', '-D', data, '-U', 'postgres', '-A', 'trust', '--no-sync');
  const settings = `-p ${port} -k ${folder} -c listen_addresses=127.0.0.1`;
  return {
    url: `postgres://postgres@127.0.0.1:${port}/postgres`,
    start: async (further = '') =>
      void (await call('pg_ctl', '-D', data, '-w', '-l', join(folder, 'log'), '-o', `${settings} ${further}`, 'start')),
    stop: async () => void (await call('pg_ctl', '-D', data, '-w', '-m', 'immediate', 'stop')),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

/** Debian keeps the programs in a folder for each version. */
function findPrograms(): string | undefined {
  const root = '/usr/lib/postgresql';
  const folders = existsSync(root) ? readdirSync(root).map((version) => join(root, version, 'bin')) : [];
  return [...folders, '/usr/local/bin', '/usr/bin'].find(
    (each) => existsSync(join(each, 'initdb')) && existsSync(join(each, 'pg_ctl')),
  );
}

async function postgresUser(): Promise<{ uid: number; gid: number } | undefined> {
  try {
    const [uid, gid] = await Promise.all(
      ['-u', '-g'].map(async (flag) => Number((await run('id', [flag, 'postgres'])).stdout)),
    );
    return uid === undefined || gid === undefined ? undefined : { uid, gid };
  } catch {
    return undefined;
  }
}
