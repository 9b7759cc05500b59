/** Encryption at rest, in front of any store: what reaches the store is AES-256-GCM, keyed for each collection. */

import { createCipheriv, createDecipheriv, createHash, createHmac, hkdfSync, randomBytes } from 'node:crypto';
import { VultusError } from '../../errors.ts';
import { stretch } from '../index/turn.ts';
import type {
  Change,
  ChangePage,
  CollectionHeader,
  CollectionStats,
  GalleryStore,
  StoredRow,
  Write,
} from '../store.ts';

const nonceBytes = 12;
const tagBytes = 16;

/** A 256-bit key. */
export interface GalleryKey {
  readonly bytes: Uint8Array;
  /** Names the key without telling it: the first 16 hex digits of a SHA-256 over it. */
  readonly id: string;
}

/**
 * Takes 32 bytes, or their text in hex (64 digits) or Base64.
 * @throws VultusError `INVALID_ARGUMENT` when it is neither; the message does not repeat it
 */
export function readKey(key: Uint8Array | string): GalleryKey {
  const bytes = typeof key === 'string' ? parseKey(key.trim()) : key;
  if (bytes.length !== 32) {
    throw new VultusError(
      'INVALID_ARGUMENT',
      `Expected a key of 32 bytes, as bytes, hex or Base64, got ${bytes.length}. Make one with: openssl rand -hex 32`,
    );
  }
  const id = createHash('sha256').update('vultus key id').update(bytes).digest('hex').slice(0, 16);
  return { bytes, id };
}

/**
 * Seals what is written and unseals what is read. Collections made before without a key stay plain.
 * @param keys the first seals new collections; the others open older ones
 */
export function sealStore(store: GalleryStore, keys: readonly GalleryKey[]): GalleryStore {
  return new SealedStore(store, keys);
}

function parseKey(text: string): Uint8Array {
  return /^[0-9a-f]{64}$/i.test(text) ? Buffer.from(text, 'hex') : Buffer.from(text, 'base64');
}

class SealedStore implements GalleryStore {
  readonly kind: string;
  readonly #store: GalleryStore;
  readonly #keys: readonly GalleryKey[];
  /** By collection id; undefined for plain collections. */
  readonly #seals = new Map<string, Seal | undefined>();

  constructor(store: GalleryStore, keys: readonly GalleryKey[]) {
    this.kind = store.kind;
    this.#store = store;
    this.#keys = keys;
  }

  async create(header: CollectionHeader): Promise<void> {
    const [key] = this.#keys;
    await this.#store.create(key === undefined ? header : { ...header, keyId: header.keyId ?? key.id });
  }

  find(name: string): Promise<CollectionHeader | undefined> {
    return this.#store.find(name);
  }

  list(): Promise<CollectionHeader[]> {
    return this.#store.list();
  }

  stats(id: string): Promise<CollectionStats> {
    return this.#store.stats(id);
  }

  rename(id: string, name: string, replace?: boolean): Promise<void> {
    return this.#store.rename(id, name, replace);
  }

  drop(id: string): Promise<boolean> {
    return this.#store.drop(id);
  }

  async write(id: string, writes: readonly Write[]): Promise<number> {
    const seal = await this.#seal(id);
    return this.#store.write(id, seal === undefined ? writes : writes.map((write) => sealWrite(seal, write)));
  }

  async changes(id: string, since: number, limit: number): Promise<ChangePage> {
    const seal = await this.#seal(id);
    const page = await this.#store.changes(id, since, limit);
    if (seal === undefined) return page;
    const changes: Change[] = [];
    const pause = stretch();
    for (const change of page.changes) {
      if (pause.due()) await pause.turn();
      changes.push(unsealChange(seal, change));
    }
    return { ...page, changes };
  }

  async chip(id: string, faceprintId: string): Promise<Uint8Array | undefined> {
    const seal = await this.#seal(id);
    const chip = await this.#store.chip(id, faceprintId);
    return chip === undefined || seal === undefined ? chip : seal.open(chip, `chip ${faceprintId}`);
  }

  watch(id: string, wake: () => void): () => void {
    return this.#store.watch(id, wake);
  }

  close(): Promise<void> {
    return this.#store.close();
  }

  async #seal(id: string): Promise<Seal | undefined> {
    if (this.#seals.has(id)) return this.#seals.get(id);
    const header = (await this.#store.list()).find((each) => each.id === id);
    // The store itself says that the collection is gone.
    if (header === undefined) return undefined;
    const seal = header.keyId === undefined ? undefined : new Seal(this.#key(header.keyId, header.name), id);
    this.#seals.set(id, seal);
    return seal;
  }

  #key(keyId: string, name: string): GalleryKey {
    const key = this.#keys.find((each) => each.id === keyId);
    if (key !== undefined) return key;
    const had = `got ${this.#keys.map((each) => each.id).join(', ')}`;
    throw new VultusError(
      'DECRYPT_FAILED',
      `Collection ${JSON.stringify(name)} is sealed with key ${keyId}; ${had}. Open the gallery with that key`,
      {
        details: { keyId },
      },
    );
  }
}

/** The keys of one collection, derived from the gallery's (HKDF-SHA-256, RFC 5869), so that no nonce serves two. */
class Seal {
  readonly #rows: Uint8Array;
  readonly #names: Uint8Array;

  constructor(key: GalleryKey, collection: string) {
    this.#rows = new Uint8Array(hkdfSync('sha256', key.bytes, collection, 'vultus rows', 32));
    this.#names = new Uint8Array(hkdfSync('sha256', key.bytes, collection, 'vultus identities', 32));
  }

  /** The same for the same identity, so that a store can still count them. */
  pseudonym(identity: string): string {
    return createHmac('sha256', this.#names).update(identity).digest('base64url');
  }

  /** Nonce, ciphertext, tag. `purpose` must be given again to open it: nothing can be moved to another row. */
  close(plain: Uint8Array, purpose: string): Uint8Array {
    const nonce = randomBytes(nonceBytes);
    const cipher = createCipheriv('aes-256-gcm', this.#rows, nonce).setAAD(Buffer.from(purpose));
    return new Uint8Array(Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]));
  }

  open(sealed: Uint8Array, purpose: string): Uint8Array {
    try {
      const end = sealed.length - tagBytes;
      const decipher = createDecipheriv('aes-256-gcm', this.#rows, sealed.subarray(0, nonceBytes))
        .setAAD(Buffer.from(purpose))
        .setAuthTag(sealed.subarray(end));
      const plain = Buffer.concat([decipher.update(sealed.subarray(nonceBytes, end)), decipher.final()]);
      return new Uint8Array(plain);
    } catch (cause) {
      throw new VultusError(
        'DECRYPT_FAILED',
        `Sealed data (${purpose}) was altered or damaged. Restore the gallery from a backup`,
        { cause },
      );
    }
  }
}

function sealWrite(seal: Seal, write: Write): Write {
  if (write.kind === 'remove') return write;
  if (write.kind === 'describe') {
    const { id, identity, metadata } = write;
    return {
      kind: 'describe',
      id,
      identity: seal.pseudonym(identity),
      metadata: sealText(seal, id, identity, metadata),
    };
  }
  const { row, chip } = write;
  const sealed: StoredRow = {
    ...row,
    identity: seal.pseudonym(row.identity),
    metadata: sealText(seal, row.id, row.identity, row.metadata),
    vector: seal.close(row.vector, `vector ${row.id} ${row.role}`),
  };
  return chip === undefined
    ? { kind: 'put', row: sealed }
    : { kind: 'put', row: sealed, chip: seal.close(chip, `chip ${row.id}`) };
}

function unsealChange(seal: Seal, change: Change): Change {
  if (change.kind === 'remove') return change;
  const { row } = change;
  const vector = seal.open(row.vector, `vector ${row.id} ${row.role}`);
  return { ...change, row: { ...row, ...openText(seal, row), vector } };
}

/** Identity and metadata travel sealed where the store keeps metadata. */
function sealText(seal: Seal, id: string, identity: string, metadata: string | undefined): string {
  const text = JSON.stringify(metadata === undefined ? [identity] : [identity, metadata]);
  return Buffer.from(seal.close(Buffer.from(text), `text ${id}`)).toString('base64');
}

function openText(seal: Seal, row: StoredRow): { identity: string; metadata: string | undefined } {
  const bytes = seal.open(Buffer.from(row.metadata ?? '', 'base64'), `text ${row.id}`);
  const [identity, metadata] = JSON.parse(Buffer.from(bytes).toString()) as [string, string?];
  return { identity, metadata };
}
