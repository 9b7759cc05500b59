/** Opens the gallery and the collection that the options name, and closes them again. */

import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import type { AnyCollection, AnyGallery, CollectionInfo, GalleryOptions, Vultus } from 'vultus';
import type { CommandRun, Values } from './command.ts';
import { galleryKey } from './gallery-key.ts';

type Sdk = typeof import('vultus');

/** The gallery's path or URL: the option or variable, else a file in the user's data folder. */
function galleryUrl(values: Values, env: Readonly<Record<string, string | undefined>> = process.env): string {
  return values.gallery ?? join(env.XDG_DATA_HOME || join(homedir(), '.local', 'share'), 'vultus', 'gallery.db');
}

/** How a gallery is opened that may not be there. */
interface Opening {
  readonly create: boolean;
  /** What else somebody without a gallery may do, for the message. */
  readonly otherwise?: string;
}

/** Runs `work` with the open gallery. @throws VultusError `COLLECTION_NOT_FOUND` for an absent file, unless `create` */
export async function withGallery<Result>(
  { values }: Pick<CommandRun, 'values'>,
  { VultusError, openGallery }: Sdk,
  { create, otherwise = '', keys }: Opening & { readonly keys?: Pick<GalleryOptions, 'key' | 'oldKeys'> },
  work: (gallery: AnyGallery) => Promise<Result>,
): Promise<Result> {
  const url = galleryUrl(values);
  const path = sqlitePath(url);
  if (path !== undefined && create) await mkdir(dirname(path), { recursive: true });
  if (path !== undefined && !create && !existsSync(path)) {
    throw new VultusError(
      'COLLECTION_NOT_FOUND',
      `Expected a gallery at ${path}, got nothing there. Enrol somebody first: vultus enroll <name> <pictures…>${otherwise}`,
    );
  }
  const gallery = await openGallery({ url, ...(keys ?? (await galleryKey())) });
  try {
    return await work(gallery);
  } finally {
    await gallery.close();
  }
}

/** Runs `work` with the collection of the options, bound to the engine's faceprints, thresholds and probabilities. */
export async function withCollection<Result>(
  run: CommandRun,
  engine: Vultus,
  sdk: Sdk,
  { create, otherwise }: Opening,
  work: (collection: AnyCollection) => Promise<Result>,
): Promise<Result> {
  const { calibration: measured, contract } = engine;
  const calibration = measured && {
    probability: (similarity: number) => sdk.toProbability(similarity, measured),
    thresholdAt: (fmr: number) => sdk.thresholdFor(measured, { fmr }),
    threshold: engine.threshold,
  };
  const options = calibration === undefined ? {} : { calibration };
  const name = run.values.collection ?? 'default';
  const open = async (gallery: AnyGallery): Promise<AnyCollection> => {
    if (create) return gallery.ensure(name, { contract, ...options });
    const collection = await gallery.open(name, options);
    sdk.assertComparable(contract, collection.contract);
    return collection;
  };
  return withGallery(run, sdk, { create, ...(otherwise && { otherwise }) }, async (gallery) => {
    const collection = await open(gallery).catch(async (error: unknown) => {
      if (!(error instanceof sdk.VultusError) || error.code !== 'EMBEDDING_MISMATCH') throw error;
      throw otherPreset(engine, sdk, await gallery.info(name), error);
    });
    return work(collection);
  });
}

/** What to do about a collection of another preset. */
function otherPreset(engine: Vultus, { VultusError }: Sdk, { name, contract }: CollectionInfo, cause: Error): Error {
  const preset = engine.presets().find((each) => contract.id === `vultus-${each}`);
  const remedy = preset === undefined ? 'the --preset that it was made with' : `--preset ${preset}`;
  const message = `The collection "${name}" holds faceprints of ${contract.id}, not of ${engine.contract.id}. Add ${remedy}, or embed it again: vultus gallery migrate`;
  return new VultusError('EMBEDDING_MISMATCH', message, { cause });
}

/** The file of a SQLite gallery; `undefined` for the other stores. */
function sqlitePath(url: string): string | undefined {
  if (url.startsWith('sqlite:')) return url.slice('sqlite:'.length);
  return /^[a-z]+:/i.test(url) && !/^[a-z]:[\\/]/i.test(url) ? undefined : url;
}
