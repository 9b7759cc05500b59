/** A RabbitMQ server of a test's own, to be killed and started at will; for machines that have the programs. */

import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chown, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { freePort } from './free-port.ts';

const run = promisify(execFile);

/** A broker that answers on `url` while it is started. */
export interface OwnBroker {
  readonly url: string;
  start(): Promise<void>;
  /** Ends it: at once, as a power cut does, or in order. What it confirmed stays on its disk either way. */
  stop(how: 'kill' | 'quit'): Promise<void>;
  remove(): Promise<void>;
}

/** Sets up a broker, not started yet; undefined where RabbitMQ's programs are missing or may not be run. */
export async function ownBroker(): Promise<OwnBroker | undefined> {
  // Not the wrappers in /usr/sbin: those change the folder and write to the system's log.
  const program = '/usr/lib/rabbitmq/bin/rabbitmq-server';
  const epmd = ['/usr/bin/epmd', '/usr/local/bin/epmd'].find((path) => existsSync(path));
  if (!existsSync(program) || epmd === undefined) return undefined;
  const owner = userInfo().uid === 0 ? await rabbitUser() : undefined;
  if (userInfo().uid === 0 && owner === undefined) return undefined;
  const folder = await mkdtemp(join(tmpdir(), 'vultus-rabbit-'));
  for (const name of ['home', 'mnesia', 'log']) await mkdir(join(folder, name));
  await writeFile(join(folder, 'plugins'), '[].\n');
  await writeFile(join(folder, 'own.conf'), '');
  await writeFile(join(folder, 'home', '.erlang.cookie'), 'vultus-test', { mode: 0o400 });
  if (owner !== undefined) {
    for (const name of ['', 'home', 'home/.erlang.cookie', 'mnesia', 'log', 'plugins', 'own.conf'])
      await chown(join(folder, name), owner.uid, owner.gid);
  }
  const [port, distribution, mapper] = [await freePort(), await freePort(), await freePort()];
  const env = {
    PATH: process.env.PATH,
    HOME: join(folder, 'home'),
    LC_ALL: 'C.UTF-8',
    ERL_EPMD_PORT: String(mapper),
    ERL_EPMD_ADDRESS: '127.0.0.1',
    RABBITMQ_NODENAME: `vultus${port}@localhost`,
    RABBITMQ_NODE_IP_ADDRESS: '127.0.0.1',
    RABBITMQ_NODE_PORT: String(port),
    RABBITMQ_DIST_PORT: String(distribution),
    RABBITMQ_MNESIA_BASE: join(folder, 'mnesia'),
    RABBITMQ_LOG_BASE: join(folder, 'log'),
    RABBITMQ_ENABLED_PLUGINS_FILE: join(folder, 'plugins'),
    // Not the system's settings, which would take the system's port.
    RABBITMQ_CONFIG_FILE: join(folder, 'own.conf'),
    RABBITMQ_ADVANCED_CONFIG_FILE: join(folder, 'absent.config'),
    RABBITMQ_CONF_ENV_FILE: join(folder, 'absent'),
    // Runs the server in the process that is started, without a shell around it.
    RUNNING_UNDER_SYSTEMD: 'true',
  };
  const start = (path: string, args: readonly string[]) =>
    spawn(path, args, { ...owner, env, cwd: folder, stdio: 'ignore' });
  let [names, server]: (ChildProcess | undefined)[] = [];
  return {
    url: `amqp://guest:guest@127.0.0.1:${port}`,
    start: async () => {
      names ??= start(epmd, ['-port', String(mapper), '-address', '127.0.0.1']);
      server = start(program, []);
      await answering(port, server);
    },
    stop: async (how) => {
      await ended(server, how === 'kill' ? 'SIGKILL' : 'SIGTERM');
      server = undefined;
    },
    remove: async () => {
      await ended(server, 'SIGKILL');
      await ended(names, 'SIGKILL');
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

async function rabbitUser(): Promise<{ uid: number; gid: number } | undefined> {
  try {
    const [uid, gid] = await Promise.all(
      ['-u', '-g'].map(async (flag) => Number((await run('id', [flag, 'rabbitmq'])).stdout)),
    );
    return uid === undefined || gid === undefined ? undefined : { uid, gid };
  } catch {
    return undefined;
  }
}

/** Waits until the broker greets who connects. */
async function answering(port: number, server: ChildProcess): Promise<void> {
  for (const end = Date.now() + 180_000; Date.now() < end; await pause(200)) {
    if (server.exitCode !== null) throw new Error(`rabbitmq-server ended with code ${server.exitCode}`);
    if (await greets(port)) return;
  }
  throw new Error('rabbitmq-server did not answer within 3 minutes');
}

/** Whether a broker at this port of this machine answers a client's greeting. */
export function greets(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port, timeout: 1000 });
    const end = (value: boolean) => () => {
      socket.destroy();
      resolve(value);
    };
    socket.on('connect', () => socket.write(Buffer.from('AMQP\0\0\x09\x01', 'latin1')));
    socket.on('data', end(true)).on('error', end(false)).on('timeout', end(false)).on('close', end(false));
  });
}

async function ended(child: ChildProcess | undefined, signal: NodeJS.Signals): Promise<void> {
  if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const exit = new Promise((resolve) => child.once('exit', resolve));
  child.kill(signal);
  await exit;
}
