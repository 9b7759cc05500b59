/** A collection as lines of JSON, to carry it elsewhere; the format is described in docs/formats.md. */

import { VultusError } from '../errors.ts';
import type { EmbeddingContract, Precision } from '../face/faceprint.ts';
import type { AnyCollection, AnyGallery } from './open-gallery.ts';
import type { Enrolment, Metadata } from './types.ts';
import { decodeVector, encodeVector } from './vector.ts';

/** The first line of an export. */
export interface ExportHeader {
  readonly format: 'vultus-gallery';
  readonly formatVersion: 1;
  readonly name: string;
  readonly contract: EmbeddingContract;
  readonly precision: Precision;
  readonly createdAt: string;
}

/** Every further line: one faceprint. */
export interface ExportRow {
  readonly id: string;
  readonly identity: string;
  readonly metadata?: Metadata;
  readonly quality: number;
  readonly createdAt: string;
  /** Base64 of the vector at the header's precision. */
  readonly vector: string;
  /** Base64 of the aligned face, where it was kept. */
  readonly chip?: string;
}

/** What {@link importCollection} did. */
export interface ImportReport {
  /** The name of the collection that took the rows. */
  readonly collection: string;
  /** Rows written; those of an id that is there already are left alone. */
  readonly imported: number;
  readonly skipped: number;
}

const rowsPerTransaction = 256;

/** The lines of a collection, without their line ends. Aggregates are left out: they follow from the rest. */
export async function* exportCollection(collection: AnyCollection): AsyncGenerator<string> {
  const { name, contract, precision } = collection;
  const header: ExportHeader = {
    format: 'vultus-gallery',
    formatVersion: 1,
    name,
    contract,
    precision,
    createdAt: new Date().toISOString(),
  };
  yield JSON.stringify(header);
  for await (const row of collection.iterate()) {
    if (row.aggregate) continue;
    const { id, identity, metadata, quality, createdAt, faceprint } = row;
    const chip = await collection.chip(id);
    const vector = toBase64(encodeVector(faceprint.vector, precision));
    const line: ExportRow = {
      id,
      identity,
      ...(metadata && { metadata }),
      quality,
      createdAt,
      vector,
      ...(chip && { chip: toBase64(chip) }),
    };
    yield JSON.stringify(line);
  }
}

/**
 * Reads lines that {@link exportCollection} made into a collection, which is made when absent. Ids are kept, so that an
 * import that was interrupted can simply be repeated.
 * @throws VultusError `INVALID_ARGUMENT` naming the line, `EMBEDDING_MISMATCH`
 */
export async function importCollection(
  gallery: AnyGallery,
  lines: Iterable<string> | AsyncIterable<string>,
  options: { readonly name?: string; readonly onProgress?: (rows: number) => void } = {},
): Promise<ImportReport> {
  let target: AnyCollection | undefined;
  let precision: Precision = 'float32';
  let batch: Enrolment[] = [];
  let [number, imported, skipped] = [0, 0, 0];
  let first = 0;
  const flush = async (): Promise<void> => {
    try {
      await target?.enrollMany(batch);
    } catch (cause) {
      throw inLines(first, number, cause);
    }
    imported += batch.length;
    batch = [];
    options.onProgress?.(imported + skipped);
  };
  for await (const line of lines) {
    number += 1;
    if (line.trim() === '') continue;
    const value = parse(line, number);
    if (target === undefined) {
      const header = asHeader(value, number);
      precision = header.precision;
      target = await gallery.ensure(options.name ?? header.name, { contract: header.contract, precision });
      continue;
    }
    const item = asEnrolment(value, target.contract, precision, number);
    if (await isThere(target, item.id, number)) skipped += 1;
    else if (batch.push(item) === 1) first = number;
    if (batch.length === rowsPerTransaction) await flush();
  }
  if (target === undefined) throw wrongLine(1, 'a header of format vultus-gallery');
  await flush();
  return { collection: target.name, imported, skipped };
}

async function isThere(target: AnyCollection, id: string, number: number): Promise<boolean> {
  try {
    return (await target.get(id)) !== undefined;
  } catch (cause) {
    throw inLines(number, number, cause);
  }
}

/** What is wrong with rows that could be read, with where they stand. */
function inLines(first: number, last: number, cause: unknown): unknown {
  if (!(cause instanceof VultusError) || cause.code !== 'INVALID_ARGUMENT') return cause;
  const lines = first === last ? `Line ${first}` : `Lines ${first} to ${last}`;
  return new VultusError('INVALID_ARGUMENT', `${lines} of the import: ${cause.message}`, { cause });
}

function parse(line: string, number: number): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch {
    // Told below.
  }
  throw wrongLine(number, 'a JSON object');
}

function asHeader(value: Record<string, unknown>, number: number): ExportHeader {
  const { format, formatVersion, name, contract, precision } = value as Partial<ExportHeader>;
  const known = precision === 'float32' || precision === 'float16' || precision === 'int8';
  if (
    format !== 'vultus-gallery' ||
    formatVersion !== 1 ||
    typeof name !== 'string' ||
    !known ||
    typeof contract !== 'object' ||
    contract === null
  ) {
    throw wrongLine(number, 'a header of format vultus-gallery, version 1');
  }
  return value as unknown as ExportHeader;
}

function asEnrolment(
  value: Record<string, unknown>,
  contract: EmbeddingContract,
  precision: Precision,
  number: number,
): Enrolment & { id: string } {
  const { id, identity, metadata, quality, createdAt, vector, chip } = value as Partial<ExportRow>;
  if (typeof id !== 'string' || typeof identity !== 'string' || typeof vector !== 'string') {
    throw wrongLine(number, 'id, identity and vector');
  }
  try {
    const faceprint = { contract, precision, vector: decodeVector(fromBase64(vector), contract.dimension, precision) };
    return {
      id,
      identity,
      faceprint,
      ...(metadata && { metadata }),
      ...(typeof quality === 'number' && { quality }),
      ...(typeof createdAt === 'string' && { createdAt }),
      ...(typeof chip === 'string' && { chip: fromBase64(chip) }),
    };
  } catch (cause) {
    throw wrongLine(number, `a vector of ${contract.dimension} × ${precision} in Base64`, cause);
  }
}

function wrongLine(number: number, expected: string, cause?: unknown): VultusError {
  return new VultusError(
    'INVALID_ARGUMENT',
    `Line ${number} of the import: expected ${expected}. Export the collection again`,
    { cause },
  );
}

function toBase64(bytes: Uint8Array): string {
  let text = '';
  for (let i = 0; i < bytes.length; i += 0x8000) text += String.fromCharCode(...bytes.subarray(i, i + 0x8000));
  return btoa(text);
}

function fromBase64(text: string): Uint8Array {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}
