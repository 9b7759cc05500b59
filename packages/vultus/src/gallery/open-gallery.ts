/** Opens whatever a URL names: a gallery mirrored in memory, or one whose database searches. */

import { VultusError } from '../errors.ts';
import type { Collection } from './collection.ts';
import { Gallery, type GalleryOptions } from './gallery.ts';
import type { RemoteCollection } from './remote/collection.ts';
import { isRemote, RemoteGallery } from './remote/gallery.ts';

/** A gallery of either kind. `await` every call, since a remote one has nothing at hand. */
export type AnyGallery = Gallery | RemoteGallery;

/** A collection of either kind; iterate over it with `for await`. */
export type AnyCollection = Collection | RemoteCollection;

/**
 * {@link RemoteGallery.open} for `pgvector://` and `qdrant://`, else {@link Gallery.open}.
 * @throws VultusError as those, and `INVALID_ARGUMENT` for a key with a database that would have to read what is sealed
 */
export async function openGallery(where: string | GalleryOptions): Promise<AnyGallery> {
  const options = typeof where === 'string' ? { url: where } : where;
  const { url = 'memory:', key } = options;
  if (options.store !== undefined || !isRemote(url)) return Gallery.open(options);
  if (key === undefined) return RemoteGallery.open(url);
  throw new VultusError(
    'INVALID_ARGUMENT',
    'A database cannot search what is sealed. Leave out the key, or keep the gallery in SQLite or postgres://',
  );
}
