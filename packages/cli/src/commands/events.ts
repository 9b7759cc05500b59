/** `vultus events`: what workers have stored. */

import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { EventStore, StoredEvent } from 'vultus';
import type { CommandRun, LeafCommand } from '../command.ts';
import { type ExitCode, exitCodes } from '../exit.ts';
import { whole } from '../options.ts';
import { rounded } from '../rounded.ts';

/** The command. */
export const command: LeafCommand = {
  name: 'events',
  summary: 'print the events that workers stored',
  description:
    'Prints stored events as JSON, one a line, in the order in which they were stored; each has a number, to continue after with --after. With --shots, the best pictures are written to a folder. Exit code 1 means that there are none.',
  args: [['<where>', 'the file or postgres://… that workers store events in']],
  groups: [],
  options: [
    { flags: '--stream <name>', help: 'only those of one camera' },
    { flags: '--after <number>', help: 'only those after that number (default: 0)', parse: whole(0) },
    { flags: '--limit <n>', help: 'at most this many (default: all)', parse: whole(1) },
    { flags: '--shots <folder>', help: 'write the best picture of each track there' },
  ],
  examples: ['vultus events events.db', 'vultus events events.db --stream door --after 120 --shots seen'],
  run: printEvents,
};

/** Events that are read at a time. */
const page = 1000;

async function printEvents({ args, values, terminal, signal }: CommandRun): Promise<ExitCode> {
  const { VultusError, openEventStore } = await import('vultus');
  const path = args[0] as string;
  if (!path.startsWith('postgres') && !existsSync(path))
    throw new VultusError('FILE_READ', `Expected a file of events at ${path}, got nothing there`);
  const { stream, after = 0, limit = Number.POSITIVE_INFINITY, shots } = values;
  if (typeof shots === 'string') await mkdir(shots, { recursive: true });
  await using store = await openEventStore(path);
  let [last, left, count] = [after as number, limit as number, 0];
  while (left > 0) {
    signal.throwIfAborted();
    const query = { after: last, limit: Math.min(page, left), ...(typeof stream === 'string' ? { stream } : {}) };
    const events = await store.list(query);
    for (const event of events) {
      const file = typeof shots === 'string' ? await writeShot(store, event, shots) : undefined;
      const { number, stream: from, at, frame } = event;
      const head = { number, stream: from, at: new Date(at).toISOString(), frame };
      terminal.document({ ...head, ...rounded(event.event), ...(file && { file }) });
      last = number;
      count++;
    }
    left -= events.length;
    if (events.length < query.limit) break;
  }
  return count > 0 ? exitCodes.ok : exitCodes.none;
}

async function writeShot(store: EventStore, { number, stream, hasShot }: StoredEvent, folder: string) {
  const shot = hasShot ? await store.shot(number) : undefined;
  if (shot === undefined) return undefined;
  const file = join(folder, `${stream.replace(/[^\w.-]/g, '_')}-${number}.jpg`);
  await writeFile(file, shot);
  return file;
}
