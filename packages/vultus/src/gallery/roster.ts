/** Who sits in which slot of the index: ids, identities and metadata of a loaded collection, compact in memory. */

import { LargeMap } from './large-map.ts';
import type { StoredRow } from './store.ts';
import type { Metadata } from './types.ts';
import { formatUuid, parseUuid, parseUuidInto } from './uuid.ts';

const none = -1;

/** A row without its vector, as the roster keeps it. */
export type RosterRow = Omit<StoredRow, 'vector'>;

/**
 * Columns by slot, about 60 bytes a row beside the identity names. Ids are found through an open-addressing table,
 * the rows of an identity through a linked list. A removed row can still be read until its slot is given away.
 */
export class Roster {
  #ids = new Uint8Array(16 * 1024);
  #person = new Int32Array(1024).fill(none);
  #next = new Int32Array(1024);
  #previous = new Int32Array(1024);
  #quality = new Float32Array(1024);
  #aggregate = new Uint8Array(1024);
  #createdAt = new Float64Array(1024);
  #table = new Int32Array(4096).fill(none);
  #tableUsed = 0;
  readonly #metadata = new LargeMap<number, string>();
  readonly #names: string[] = [];
  readonly #firstOf: number[] = [];
  readonly #personOf = new LargeMap<string, number>();
  /** By person: how many slots name it, removed rows that can still be read included. */
  readonly #references: number[] = [];
  readonly #unusedPersons: number[] = [];
  #faceprints = 0;
  #aggregates = 0;

  /** Rows, aggregates not counted. */
  get faceprints(): number {
    return this.#faceprints;
  }

  get aggregates(): number {
    return this.#aggregates;
  }

  /** How many identities have rows. */
  get identities(): number {
    return this.#personOf.size;
  }

  /** The names of all identities. */
  names(): IterableIterator<string> {
    return this.#personOf.keys();
  }

  /** The slot of an id, or undefined. */
  slotOf(id: string): number | undefined {
    const bytes = parseUuid(id);
    const at = this.#find(bytes, 0);
    const slot = this.#table[at] as number;
    return slot === none ? undefined : slot;
  }

  /** A small number that stands for the row's identity, for grouping. */
  personAt(slot: number): number {
    return this.#person[slot] as number;
  }

  isAggregate(slot: number): boolean {
    return this.#aggregate[slot] === 1;
  }

  identityAt(slot: number): string {
    return this.#names[this.personAt(slot)] ?? '';
  }

  metadataAt(slot: number): Metadata | undefined {
    const text = this.#metadata.get(slot);
    return text === undefined ? undefined : (JSON.parse(text) as Metadata);
  }

  /** The row of a slot as it would be stored. */
  rowAt(slot: number): RosterRow {
    return {
      id: formatUuid(this.#ids, 16 * slot),
      identity: this.identityAt(slot),
      metadata: this.#metadata.get(slot),
      role: this.isAggregate(slot) ? 'aggregate' : 'faceprint',
      quality: this.#quality[slot] as number,
      createdAt: this.#createdAt[slot] as number,
    };
  }

  /** The slots of an identity, newest first; empty when there is no such identity. */
  slotsOf(identity: string): number[] {
    const person = this.#personOf.get(identity);
    const slots: number[] = [];
    if (person === undefined) return slots;
    for (let slot = this.#firstOf[person] as number; slot !== none; slot = this.#next[slot] as number) slots.push(slot);
    return slots;
  }

  /** All slots in use, in no particular order, safe against changes while it runs. */
  *slots(): IterableIterator<number> {
    for (const name of [...this.#personOf.keys()]) yield* this.slotsOf(name);
  }

  /** Seats a row in a slot that is not in use. @returns the slot where a row of this id sat until now */
  set(slot: number, row: RosterRow): number | undefined {
    this.#reserve(slot + 1);
    parseUuidInto(row.id, this.#ids, 16 * slot);
    const former = this.#index(slot);
    if (former !== none) this.#leave(former);
    this.#quality[slot] = row.quality;
    this.#createdAt[slot] = row.createdAt;
    this.#aggregate[slot] = row.role === 'aggregate' ? 1 : 0;
    if (row.role === 'aggregate') this.#aggregates += 1;
    else this.#faceprints += 1;
    this.#describe(slot, row.metadata);
    this.#link(slot, row.identity);
    return former === none ? undefined : former;
  }

  /** Changes what is known about a seated row. */
  describe(slot: number, identity: string, metadata: string | undefined): void {
    this.#describe(slot, metadata);
    if (identity === this.identityAt(slot)) return;
    this.#unlink(slot);
    this.#link(slot, identity);
  }

  /** Takes a row out; its columns can be read until the slot is set again. */
  remove(slot: number): void {
    this.#unindex(slot);
    this.#leave(slot);
  }

  #leave(slot: number): void {
    this.#unlink(slot);
    if (this.isAggregate(slot)) this.#aggregates -= 1;
    else this.#faceprints -= 1;
  }

  #describe(slot: number, metadata: string | undefined): void {
    if (metadata === undefined) this.#metadata.delete(slot);
    else this.#metadata.set(slot, metadata);
  }

  #link(slot: number, identity: string): void {
    let person = this.#personOf.get(identity);
    if (person === undefined) {
      person = this.#unusedPersons.pop() ?? this.#names.length;
      this.#names[person] = identity;
      this.#firstOf[person] = none;
      this.#references[person] = 0;
      this.#personOf.set(identity, person);
    }
    const former = this.personAt(slot);
    const first = this.#firstOf[person] as number;
    this.#person[slot] = person;
    this.#references[person] = (this.#references[person] as number) + 1;
    if (former !== none) this.#forget(former);
    this.#next[slot] = first;
    this.#previous[slot] = none;
    if (first !== none) this.#previous[first] = slot;
    this.#firstOf[person] = slot;
  }

  #unlink(slot: number): void {
    const person = this.personAt(slot);
    const next = this.#next[slot] as number;
    const previous = this.#previous[slot] as number;
    if (next !== none) this.#previous[next] = previous;
    if (previous !== none) this.#next[previous] = next;
    else this.#firstOf[person] = next;
    if (this.#firstOf[person] === none) this.#personOf.delete(this.#names[person] as string);
  }

  #forget(person: number): void {
    const left = (this.#references[person] as number) - 1;
    this.#references[person] = left;
    if (left > 0) return;
    this.#names[person] = '';
    this.#unusedPersons.push(person);
  }

  /** The place in the table of the id at `offset`, or the empty place where it would go. */
  #find(bytes: Uint8Array, offset: number): number {
    const mask = this.#table.length - 1;
    let at = hashOf(bytes, offset) & mask;
    for (;;) {
      const slot = this.#table[at] as number;
      if (slot === none || sameId(this.#ids, 16 * slot, bytes, offset)) return at;
      at = (at + 1) & mask;
    }
  }

  /** @returns the slot that the id led to before, or none */
  #index(slot: number): number {
    if (2 * (this.#tableUsed + 1) > this.#table.length) this.#rehash(2 * this.#table.length);
    const at = this.#find(this.#ids, 16 * slot);
    const former = this.#table[at] as number;
    this.#table[at] = slot;
    if (former === none) this.#tableUsed += 1;
    return former;
  }

  /** Backward-shift deletion (Knuth, TAOCP 3, 6.4 R): no tombstones, so the table never clogs. */
  #unindex(slot: number): void {
    const mask = this.#table.length - 1;
    let hole = this.#find(this.#ids, 16 * slot);
    this.#table[hole] = none;
    this.#tableUsed -= 1;
    for (let at = (hole + 1) & mask; this.#table[at] !== none; at = (at + 1) & mask) {
      const moved = this.#table[at] as number;
      const home = hashOf(this.#ids, 16 * moved) & mask;
      if (((at - home) & mask) < ((at - hole) & mask)) continue;
      this.#table[hole] = moved;
      this.#table[at] = none;
      hole = at;
    }
  }

  #rehash(length: number): void {
    const old = this.#table;
    this.#table = new Int32Array(length).fill(none);
    for (const slot of old) if (slot !== none) this.#table[this.#find(this.#ids, 16 * slot)] = slot;
  }

  #reserve(count: number): void {
    if (count <= this.#person.length) return;
    const length = 2 ** Math.ceil(Math.log2(count));
    this.#ids = grown(this.#ids, new Uint8Array(16 * length));
    this.#person = grown(this.#person, new Int32Array(length).fill(none));
    this.#next = grown(this.#next, new Int32Array(length));
    this.#previous = grown(this.#previous, new Int32Array(length));
    this.#quality = grown(this.#quality, new Float32Array(length));
    this.#aggregate = grown(this.#aggregate, new Uint8Array(length));
    this.#createdAt = grown(this.#createdAt, new Float64Array(length));
  }
}

function grown<T extends Uint8Array | Int32Array | Float32Array | Float64Array>(old: T, larger: T): T {
  larger.set(old);
  return larger;
}

/** The last four bytes of a UUID v7 are random; mixing makes other UUIDs do as well. */
function hashOf(bytes: Uint8Array, offset: number): number {
  let hash = 0x811c9dc5;
  for (let i = offset + 4; i < offset + 16; i++) hash = Math.imul(hash ^ (bytes[i] as number), 0x01000193);
  return (hash ^ (hash >>> 15)) >>> 0;
}

function sameId(a: Uint8Array, atA: number, b: Uint8Array, atB: number): boolean {
  for (let i = 15; i >= 0; i--) if (a[atA + i] !== b[atB + i]) return false;
  return true;
}
