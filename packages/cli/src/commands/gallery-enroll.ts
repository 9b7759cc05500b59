/** `vultus gallery enroll`: everybody in a folder of folders. */

import { readdir } from 'node:fs/promises';
import { extname, join, relative, sep } from 'node:path';
import type { AnyCollection, Enrolment, Vultus } from 'vultus';
import { withCollection } from '../collection.ts';
import type { CommandRun, LeafCommand } from '../command.ts';
import { withEngine } from '../engine.ts';
import { type ExitCode, exitCodes, failureOf } from '../exit.ts';
import { detectOptions } from '../options.ts';
import { count } from '../ui/words.ts';

const pictureTypes = new Set([
  '.jpg',
  '.jpeg',
  '.png',
  '.webp',
  '.avif',
  '.heic',
  '.heif',
  '.gif',
  '.tif',
  '.tiff',
  '.bmp',
]);

/** Pictures whose faceprints share a transaction: what an interruption may cost. */
const picturesPerTransaction = 32;

/** `gallery enroll`. */
export const enrollFolder: LeafCommand = {
  name: 'enroll',
  summary: 'enrol a folder of folders, one folder a person',
  description:
    'Enrols the main face of every picture below a folder; the name of the first folder below it is the identity. Pictures that are enrolled already are passed over, so an interrupted run can simply be repeated. Reports what was left out and why.',
  args: [['<folder>', 'holds one folder for each person']],
  groups: ['models', 'detection', 'gallery'],
  options: [
    { flags: '--keep-chips', help: 'keep the aligned faces, so that another model can take over (gallery migrate)' },
  ],
  examples: ['vultus gallery enroll ./people', 'vultus gallery enroll ./people --keep-chips --collection staff'],
  run: (run) =>
    withEngine(run, (engine, sdk) =>
      withCollection(run, engine, sdk, { create: true }, async (collection) => {
        const encode = run.values.keepChips === true ? sdk.encodeImage : undefined;
        return enrolAll(run, engine, collection, encode);
      }),
    ),
};

interface Source {
  readonly file: string;
  readonly identity: string;
  /** Relative to the folder, with `/`: what names the picture in the metadata. */
  readonly source: string;
}

interface Rejected {
  readonly image: string;
  readonly reason: string;
}

type Encode = typeof import('vultus').encodeImage;

/** How a run went so far. */
interface Tally {
  enrolled: number;
  readonly already: number;
  readonly rejected: Rejected[];
}

async function enrolAll(
  run: CommandRun,
  engine: Vultus,
  collection: AnyCollection,
  encode: Encode | undefined,
): Promise<ExitCode> {
  const { sources, strays } = await findPictures(run.args[0] ?? '');
  const known = new Set<unknown>();
  for await (const { metadata } of collection.iterate()) known.add(metadata?.source);
  const todo = sources.filter(({ source }) => !known.has(source));
  const tally: Tally = {
    enrolled: 0,
    already: sources.length - todo.length,
    rejected: strays.map((image) => ({ image, reason: 'lies in no folder of a person' })),
  };
  const progress = run.terminal.progress('enroll', todo.length);
  try {
    for (let from = 0; from < todo.length; from += picturesPerTransaction) {
      run.signal.throwIfAborted();
      const batch = todo.slice(from, from + picturesPerTransaction);
      const items = await Promise.all(batch.map((source) => enrolment(run, engine, source, encode, tally.rejected)));
      const usable = items.filter((item) => item !== undefined);
      await collection.enrollMany(usable);
      tally.enrolled += usable.length;
      progress.update(Math.min(todo.length, from + picturesPerTransaction));
    }
  } catch (error) {
    progress.end();
    const { enrolled } = tally;
    if (enrolled > 0)
      run.terminal.note(`${count(enrolled, 'picture')} enrolled so far; the same command goes on from there`);
    throw error;
  }
  progress.end();
  await report(run, collection, tally);
  return tally.enrolled + tally.already > 0 ? exitCodes.ok : exitCodes.none;
}

async function report({ terminal }: CommandRun, collection: AnyCollection, tally: Tally): Promise<void> {
  const { enrolled, already, rejected } = tally;
  if (terminal.json) {
    terminal.document({ enrolled, already, rejected, collection: collection.name });
    return;
  }
  for (const { image, reason } of rejected) terminal.note(`${image}: ${reason}, left out`);
  const total = `${count(await collection.count(), 'faceprint')} in ${collection.name}`;
  terminal.line(
    `${count(enrolled, 'picture')} enrolled, ${already} there already, ${rejected.length} left out; ${total}`,
  );
}

async function enrolment(
  { values, signal }: CommandRun,
  engine: Vultus,
  { file, identity, source }: Source,
  encode: Encode | undefined,
  rejected: Rejected[],
): Promise<Enrolment | undefined> {
  try {
    const picture = await engine.picture(file, signal);
    const main = await engine.analyzeMain(picture, { ...detectOptions(values, signal), tasks: ['embed'] });
    if (main === null) {
      rejected.push({ image: file, reason: 'no face found' });
      return undefined;
    }
    const item = { identity, faceprint: main.embed, metadata: { source } };
    return encode === undefined ? item : { ...item, chip: await encode(await engine.align(picture, main), 'png') };
  } catch (error) {
    const { message, exit } = failureOf(error);
    if (exit !== exitCodes.input) throw error;
    rejected.push({ image: file, reason: message });
    return undefined;
  }
}

/** Pictures in folders, and those that lie beside the folders. */
async function findPictures(folder: string): Promise<{ sources: Source[]; strays: string[] }> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(async (cause: unknown) => {
    const { VultusError } = await import('vultus');
    throw new VultusError('FILE_READ', `Expected a folder at ${folder}, which cannot be read`, { cause });
  });
  const sources: Source[] = [];
  const strays: string[] = [];
  for (const entry of entries) {
    if (!entry.isFile() || !pictureTypes.has(extname(entry.name).toLowerCase())) continue;
    const file = join(entry.parentPath, entry.name);
    const parts = relative(folder, file).split(sep);
    const [identity = ''] = parts;
    if (parts.length === 1) strays.push(file);
    else sources.push({ file, identity, source: parts.join('/') });
  }
  return { sources: sources.sort((a, b) => (a.source < b.source ? -1 : 1)), strays: strays.sort() };
}
