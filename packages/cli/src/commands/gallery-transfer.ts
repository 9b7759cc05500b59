/** `vultus gallery export|import`: a collection as lines of JSON. */

import { createWriteStream, type ReadStream } from 'node:fs';
import { open, rename } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ImportReport } from 'vultus';
import { withGallery } from '../collection.ts';
import type { LeafCommand } from '../command.ts';
import { exitCodes } from '../exit.ts';
import { count } from '../ui/words.ts';
import { collectionName } from './gallery-manage.ts';

/** A smaller file is read before anybody asks how far it has come. */
const smallestShown = 1e6;

/** `gallery export`. */
export const exportLines: LeafCommand = {
  name: 'export',
  summary: 'write a collection as lines of JSON (docs/formats.md)',
  description:
    'Writes ids, identities, metadata, vectors and chips, unencrypted. The file appears when it is complete.',
  args: [['[collection]', 'its name (default: that of --collection)']],
  groups: ['gallery'],
  options: [{ flags: '--out <file>', help: 'where to (default: standard output)' }],
  examples: ['vultus gallery export staff --out staff.ndjson', 'vultus gallery export | gzip > default.ndjson.gz'],
  run: async (run) => {
    const sdk = await import('vultus');
    return withGallery(run, sdk, { create: false }, async (gallery) => {
      const collection = await gallery.open(run.args[0] ?? collectionName(run));
      const { out } = run.values;
      const isFile = typeof out === 'string';
      const progress = isFile ? run.terminal.progress('export', await collection.count()) : undefined;
      const lines = Readable.from(withEnds(sdk.exportCollection(collection), (rows) => progress?.update(rows)));
      if (typeof out !== 'string') {
        await pipeline(lines, process.stdout, { end: false, signal: run.signal });
        return exitCodes.ok;
      }
      await pipeline(lines, createWriteStream(`${out}.part`), { signal: run.signal });
      progress?.end();
      await rename(`${out}.part`, out);
      const exported = await collection.count();
      if (run.terminal.json) run.terminal.document({ exported, file: out });
      else run.terminal.line(`${count(exported, 'faceprint')} exported to ${out}`);
      return exitCodes.ok;
    });
  },
};

/** `gallery import`. */
export const importLines: LeafCommand = {
  name: 'import',
  summary: 'read an export back, here or into another gallery',
  description:
    'Keeps ids; faceprints that are there already are passed over, so an interrupted import can be repeated.',
  args: [['<file>', 'an export, or - for standard input']],
  groups: ['gallery'],
  options: [{ flags: '--as <collection>', help: 'where to (default: --collection, else the name in the file)' }],
  examples: ['vultus gallery import staff.ndjson', 'zcat default.ndjson.gz | vultus gallery import - --as restored'],
  run: async (run) => {
    const [file = ''] = run.args;
    const sdk = await import('vultus');
    const { input, size } = await openInput(file, sdk);
    return withGallery(run, sdk, { create: true }, async (gallery) => {
      const failed = new Promise<never>((_, reject) => {
        input.once('error', (cause: unknown) => reject(unreadable(sdk, file, cause)));
      });
      const progress = run.terminal.progress('import', size > smallestShown ? size : 0);
      // By bytes: how many lines there are nobody knows yet.
      const onProgress = (): void => {
        if ('bytesRead' in input) progress.update(input.bytesRead);
        run.signal.throwIfAborted();
      };
      const name = typeof run.values.as === 'string' ? run.values.as : run.values.collection;
      const options = { ...(name === undefined ? {} : { name }), onProgress };
      const lines = createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY });
      const report = await Promise.race([sdk.importCollection(gallery, lines, options), failed]);
      progress.end();
      if (run.terminal.json) run.terminal.document(report);
      else run.terminal.line(inWords(report));
      return exitCodes.ok;
    });
  },
};

function inWords({ collection, imported, skipped }: ImportReport): string {
  return `${count(imported, 'faceprint')} imported into ${collection}, ${skipped} there already`;
}

type Sdk = typeof import('vultus');

/** The file, or standard input for `-`. @throws VultusError `FILE_READ`, before a gallery is made for nothing */
async function openInput(file: string, sdk: Sdk): Promise<{ input: ReadStream | NodeJS.ReadStream; size: number }> {
  if (file === '-') return { input: process.stdin, size: 0 };
  try {
    const handle = await open(file);
    return { input: handle.createReadStream(), size: (await handle.stat()).size };
  } catch (cause) {
    throw unreadable(sdk, file, cause);
  }
}

function unreadable({ VultusError }: Sdk, file: string, cause: unknown): Error {
  return new VultusError('FILE_READ', `${file}: cannot be read`, { cause });
}

async function* withEnds(lines: AsyncIterable<string>, onRow: (rows: number) => void): AsyncGenerator<string> {
  let rows = -1;
  for await (const line of lines) {
    yield `${line}\n`;
    rows += 1;
    onRow(rows);
  }
}
