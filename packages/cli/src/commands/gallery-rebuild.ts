/** `vultus gallery migrate|rotate-key`: a collection made anew under its name. */

import { join } from 'node:path';
import type { Enrolled, Faceprint, RebuildReport, Vultus } from 'vultus';
import { withGallery } from '../collection.ts';
import type { CommandRun, LeafCommand } from '../command.ts';
import { withEngine } from '../engine.ts';
import { type ExitCode, exitCodes, UsageError } from '../exit.ts';
import { galleryKey, readKeyFile } from '../gallery-key.ts';
import { detectOptions } from '../options.ts';
import type { Progress } from '../ui/progress.ts';
import { count } from '../ui/words.ts';
import { collectionName } from './gallery-manage.ts';

/** `gallery migrate`. */
export const migrate: LeafCommand = {
  name: 'migrate',
  summary: 'embed a collection again for another preset',
  description:
    'Makes every faceprint anew with the preset in force, from the chip that was kept or from the source picture. The old collection serves until the new one is complete; an interrupted run can be repeated. When some cannot be made the old one stays, unless --partial.',
  args: [['[collection]', 'its name (default: that of --collection)']],
  groups: ['models', 'detection', 'gallery'],
  options: [
    { flags: '--pictures <folder>', help: 'the folder that was enrolled, for faceprints without a chip' },
    { flags: '--partial', help: 'replace the collection although some could not be made anew' },
  ],
  examples: [
    'vultus gallery migrate --preset accurate',
    'vultus gallery migrate staff --preset open --pictures ./people',
  ],
  run: async (run) =>
    withEngine(run, (engine, sdk) =>
      withGallery(run, sdk, { create: false }, async (gallery) => {
        const name = run.args[0] ?? collectionName(run);
        const { faceprints } = await gallery.info(name);
        const progress = run.terminal.progress('migrate', faceprints);
        const report = await sdk.rebuildCollection(gallery, name, {
          contract: engine.contract,
          embed: (row, chip) => embedAgain(run, engine, row, chip),
          partial: run.values.partial === true,
          signal: run.signal,
          onProgress: (done) => progress.update(done),
        });
        return tell(run, name, report, progress);
      }),
    ),
};

/** `gallery rotate-key`. */
export const rotateKey: LeafCommand = {
  name: 'rotate-key',
  summary: 'seal a collection with another key',
  description:
    'Seals a collection with the key in --new-key-file; the former one is taken from VULTUS_GALLERY_KEY or VULTUS_GALLERY_KEY_FILE. A plain collection becomes an encrypted one. The former key opens nothing afterwards.',
  args: [['[collection]', 'its name (default: that of --collection)']],
  groups: ['gallery'],
  options: [
    {
      flags: '--new-key-file <file>',
      help: '32 bytes, or their text in hex or Base64: openssl rand -hex 32',
      required: true,
    },
  ],
  examples: ['VULTUS_GALLERY_KEY_FILE=old.key vultus gallery rotate-key staff --new-key-file new.key'],
  run: async (run) => {
    const sdk = await import('vultus');
    const { newKeyFile } = run.values;
    if (typeof newKeyFile !== 'string') throw new UsageError('Expected --new-key-file');
    const { key: old } = await galleryKey();
    const keys = { key: await readKeyFile(newKeyFile), oldKeys: old === undefined ? [] : [old] };
    return withGallery(run, sdk, { create: false, keys }, async (gallery) => {
      const name = run.args[0] ?? collectionName(run);
      const { faceprints } = await gallery.info(name);
      const progress = run.terminal.progress('rotate-key', faceprints);
      const onProgress = (done: number): void => progress.update(done);
      return tell(run, name, await sdk.rebuildCollection(gallery, name, { signal: run.signal, onProgress }), progress);
    });
  },
};

async function embedAgain(
  { values, signal }: CommandRun,
  engine: Vultus,
  { metadata }: Enrolled,
  chip: Uint8Array | undefined,
): Promise<Faceprint | undefined> {
  if (chip !== undefined) {
    const picture = await engine.picture(chip, signal);
    const [faceprint] = await engine.embedAligned([await picture.pixels()], { signal });
    return faceprint;
  }
  const source = metadata?.source;
  if (typeof values.pictures !== 'string' || typeof source !== 'string') return undefined;
  return (await engine.embed(join(values.pictures, source), detectOptions(values, signal))) ?? undefined;
}

function tell({ terminal }: CommandRun, name: string, report: RebuildReport, progress: Progress): ExitCode {
  progress.end();
  const { moved, failed, replaced } = report;
  if (terminal.json) terminal.document({ collection: name, ...report });
  else {
    for (const { identity, id, reason } of failed) terminal.note(`${identity} (${id}): ${reason}`);
    const end = replaced ? `${name} is new now` : `${name} stays as it was; --partial replaces it all the same`;
    terminal.line(`${count(moved, 'faceprint')} made anew, ${failed.length} not; ${end}`);
  }
  return replaced ? exitCodes.ok : exitCodes.input;
}
