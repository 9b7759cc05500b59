/** Which store a URL or path names, for those that need Node. */

import { fileURLToPath } from 'node:url';
import { VultusError } from '../../errors.ts';
import type { GalleryStore } from '../store.ts';

/** @throws VultusError `INVALID_ARGUMENT` when the URL names no store */
export async function openNodeStore(
  url: string,
  options: { readonly synchronous?: 'normal' | 'full' },
): Promise<GalleryStore> {
  const path = sqlitePath(url);
  if (path !== undefined) {
    const { openSqliteStore } = await import('./sqlite-node.ts');
    return openSqliteStore({
      path,
      ...(options.synchronous === undefined ? {} : { synchronous: options.synchronous }),
    });
  }
  if (/^postgres(ql)?:\/\//.test(url)) {
    const { openPostgresStore } = await import('./postgres-node.ts');
    return openPostgresStore({ url });
  }
  throw new VultusError(
    'INVALID_ARGUMENT',
    `Expected a gallery such as memory:, people.db, sqlite:people or postgres://host/database, got ${JSON.stringify(url.replace(/:[^:@/]*@/, ':…@'))}`,
  );
}

function sqlitePath(url: string): string | undefined {
  if (url.startsWith('sqlite:')) return url.slice('sqlite:'.length) || undefined;
  if (!/\.(db|sqlite|sqlite3)$/i.test(url)) return undefined;
  return url.startsWith('file:') ? fileURLToPath(url) : url;
}
