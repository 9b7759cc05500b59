/** `vultus gallery export|import`: a collection as lines of JSON. */

import { createReadStream, createWriteStream } from 'node:fs';
import { rename } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { withGallery } from '../collection.ts';
import type { LeafCommand } from '../command.ts';
import { exitCodes } from '../exit.ts';
import { count } from '../ui/words.ts';
import { collectionName } from './gallery-manage.ts';

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
      const lines = Readable.from(withEnds(sdk.exportCollection(collection)));
      if (typeof out !== 'string') {
        await pipeline(lines, process.stdout, { end: false, signal: run.signal });
        return exitCodes.ok;
      }
      await pipeline(lines, createWriteStream(`${out}.part`), { signal: run.signal });
      await rename(`${out}.part`, out);
      if (run.terminal.json) run.terminal.document({ exported: collection.size, file: out });
      else run.terminal.line(`${count(collection.size, 'faceprint')} exported to ${out}`);
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
  options: [{ flags: '--as <collection>', help: 'another name than that in the file' }],
  examples: ['vultus gallery import staff.ndjson', 'zcat default.ndjson.gz | vultus gallery import - --as restored'],
  run: async (run) => {
    const [file = ''] = run.args;
    const sdk = await import('vultus');
    const input = file === '-' ? process.stdin : createReadStream(file);
    return withGallery(run, sdk, { create: true }, async (gallery) => {
      const lines = createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY });
      const failed = new Promise<never>((_, reject) => {
        input.once('error', (cause: unknown) =>
          reject(new sdk.VultusError('FILE_READ', `${file}: cannot be read`, { cause })),
        );
      });
      const name = typeof run.values.as === 'string' ? { name: run.values.as } : {};
      const report = await Promise.race([sdk.importCollection(gallery, lines, name), failed]);
      if (run.terminal.json) run.terminal.document(report);
      else run.terminal.line(`${count(report.imported, 'faceprint')} imported, ${report.skipped} there already`);
      return exitCodes.ok;
    });
  },
};

async function* withEnds(lines: AsyncIterable<string>): AsyncGenerator<string> {
  for await (const line of lines) yield `${line}\n`;
}
