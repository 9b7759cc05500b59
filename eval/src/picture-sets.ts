/** Where labelled pictures come from: a folder with one folder per person, or the export of a gallery. */

import { createReadStream } from 'node:fs';
import { access, readdir } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { createInterface } from 'node:readline';
import { Gallery, importCollection, VultusError } from 'vultus';
import type { LabelledPicture } from './comparisons.ts';
import { type EmbeddingEngine, type EmbedFilesOptions, embedOrSkip } from './embeddings.ts';

const pictureName = /\.(jpe?g|png|webp|avif|heic|heif|tiff?|bmp|gif)$/i;

/** Labelled pictures with those in which no face was found, and those that could not be read as pictures. */
export interface PictureSet {
  readonly pictures: readonly LabelledPicture[];
  readonly unreadable: readonly string[];
}

/** Embeds a folder tree: every picture below `<folder>/<person>`. @throws VultusError `FILE_READ`, `INVALID_ARGUMENT` */
export async function embedTree(
  engine: EmbeddingEngine,
  folder: string,
  options: EmbedFilesOptions = {},
): Promise<PictureSet> {
  const files = await listTree(folder);
  const paths = files.map((file) => join(folder, file));
  const { prints, unreadable } = await embedOrSkip(engine, paths, options);
  const pictures = files.map((file, index) => ({
    file,
    person: file.slice(0, file.indexOf('/')),
    print: prints.get(paths[index] as string) ?? null,
  }));
  const broken = new Set(unreadable);
  return { pictures, unreadable: files.filter((_, index) => broken.has(paths[index] as string)) };
}

/** Every picture `<person>/…` below a folder, by path with forward slashes. @throws VultusError `FILE_READ`, `INVALID_ARGUMENT` */
export async function listTree(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch((cause: unknown) => {
    throw new VultusError('FILE_READ', `Expected a folder of people at ${folder}, it could not be read`, { cause });
  });
  const files = entries
    .filter((entry) => entry.isFile() && pictureName.test(entry.name))
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .filter((file) => file.includes('/'))
    .sort();
  if (files.length === 0) {
    throw new VultusError(
      'INVALID_ARGUMENT',
      `Expected pictures in folders named after people below ${folder}, got none`,
    );
  }
  return files;
}

/** Reads what `vultus gallery export` wrote; nothing is embedded. @throws VultusError `FILE_READ`; `INVALID_ARGUMENT` naming the line */
export async function readExport(path: string): Promise<PictureSet> {
  await access(path).catch((cause: unknown) => {
    throw new VultusError('FILE_READ', `Expected the export of a gallery at ${path}, it could not be read`, { cause });
  });
  const gallery = await Gallery.open('memory:');
  try {
    const lines = createInterface({ input: createReadStream(path), crlfDelay: Number.POSITIVE_INFINITY });
    await importCollection(gallery, lines, { name: 'export' });
    const collection = await gallery.open('export');
    const pictures = [...collection.iterate()].map(({ id, identity, faceprint }) => ({
      file: id,
      person: identity,
      print: faceprint,
    }));
    return { pictures, unreadable: [] };
  } finally {
    await gallery.close();
  }
}
