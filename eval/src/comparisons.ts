/** Compared pictures as columns: which two, how alike, the same person or not, and who. */

import { assertComparable, type Faceprint, similarity, VultusError } from 'vultus';
import type { ScoredPairs } from './metrics.ts';
import type { Pair } from './pairs.ts';

/** Faceprints by file name; `null` where no face was found. */
export type PrintsByFile = ReadonlyMap<string, Faceprint | null>;

/** A picture and whose face it shows; `print` is `null` where none was found. */
export interface LabelledPicture {
  readonly file: string;
  readonly person: string;
  readonly print: Faceprint | null;
}

/** Pairs of pictures, compared. */
export interface Comparisons extends ScoredPairs {
  readonly files: readonly string[];
  /** Places in `files`. */
  readonly fileA: Uint32Array;
  readonly fileB: Uint32Array;
  /** Who is on each file, as a number below `people`. */
  readonly person: Uint32Array;
  readonly people: number;
  /** The fold of each pair, where the pairs came with folds. */
  readonly folds?: { readonly names: readonly string[]; readonly of: Uint16Array };
}

/**
 * Compares the pairs of a list. A pair with a picture without a face gets −Infinity: rejected at every threshold.
 * @throws VultusError `INVALID_ARGUMENT` naming a picture whose faceprint holds NaN
 */
export function comparePairs(pairs: readonly Pair[], prints: PrintsByFile): Comparisons {
  const files = [...new Set(pairs.flatMap(({ fileA, fileB }) => [fileA, fileB]))];
  const place = new Map(files.map((file, index) => [file, index]));
  const names = [...new Set(pairs.map(({ fold }) => fold))];
  const foldPlace = new Map(names.map((name, index) => [name, index]));
  for (const file of files) {
    if (!prints.get(file)?.vector.some(Number.isNaN)) continue;
    throw new VultusError(
      'INVALID_ARGUMENT',
      `${file}: expected a faceprint of numbers, got NaN. Embed the picture again`,
    );
  }
  const score = ({ fileA, fileB }: Pair): number => {
    const [a, b] = [prints.get(fileA), prints.get(fileB)];
    return a && b ? similarity(a, b) : Number.NEGATIVE_INFINITY;
  };
  return {
    similarity: Float64Array.from(pairs, score),
    same: Uint8Array.from(pairs, ({ same }) => Number(same)),
    files,
    fileA: Uint32Array.from(pairs, ({ fileA }) => place.get(fileA) as number),
    fileB: Uint32Array.from(pairs, ({ fileB }) => place.get(fileB) as number),
    ...peopleOf(pairs, files, place),
    folds: { names, of: Uint16Array.from(pairs, ({ fold }) => foldPlace.get(fold) as number) },
  };
}

/** Compares every picture with every other one: n·(n − 1)/2 pairs. @throws VultusError `INVALID_ARGUMENT` for one kind only */
export function compareEvery(pictures: readonly LabelledPicture[]): Comparisons {
  const every = everyPair(pictures);
  const total = every.same.length;
  const genuine = every.same.reduce((sum, same) => sum + same, 0);
  if (genuine > 0 && genuine < total) return every;
  throw new VultusError(
    'INVALID_ARGUMENT',
    `Expected several pictures of some people and several people, got ${genuine} same-person and ${total - genuine} stranger pairs`,
  );
}

/** {@link compareEvery} without its check: also for pictures that all show different people. */
export function everyPair(pictures: readonly LabelledPicture[]): Comparisons {
  const names = [...new Set(pictures.map(({ person }) => person))];
  const place = new Map(names.map((name, index) => [name, index]));
  const person = Uint32Array.from(pictures, (picture) => place.get(picture.person) as number);
  const total = (pictures.length * (pictures.length - 1)) / 2;
  const columns = {
    similarity: new Float64Array(total),
    same: new Uint8Array(total),
    fileA: new Uint32Array(total),
    fileB: new Uint32Array(total),
  };
  const first = pictures.find(({ print }) => print !== null)?.print;
  for (const { print } of pictures) if (first && print) assertComparable(first.contract, print.contract);
  let row = 0;
  for (const [a, { print }] of pictures.entries()) {
    for (let b = a + 1; b < pictures.length; b++) {
      const other = pictures[b]?.print;
      columns.similarity[row] = print && other ? dot(print.vector, other.vector) : Number.NEGATIVE_INFINITY;
      columns.same[row] = Number(person[a] === person[b]);
      columns.fileA[row] = a;
      columns.fileB[row] = b;
      row++;
    }
  }
  return { ...columns, files: pictures.map(({ file }) => file), person, people: names.length };
}

/**
 * Who is on each file: the deepest folder (or folder of folders) that agrees with the pairs, being the same exactly for
 * pairs of one person; else files that pairs link as one person are one.
 */
function peopleOf(pairs: readonly Pair[], files: readonly string[], place: ReadonlyMap<string, number>) {
  const folder = folderOfPerson(pairs, files);
  const names = folder === undefined ? linked(pairs, files, place) : files.map(folder);
  const numbers = new Map([...new Set(names)].map((name, index) => [name, index]));
  return { person: Uint32Array.from(names, (name) => numbers.get(name) as number), people: numbers.size };
}

function folderOfPerson(pairs: readonly Pair[], files: readonly string[]): ((file: string) => string) | undefined {
  const deepest = files.reduce((depth, file) => Math.max(depth, file.split('/').length - 1), 0);
  for (let depth = deepest; depth > 0; depth--) {
    const folder = (file: string) => file.split('/').slice(0, -1).slice(0, depth).join('/');
    if (pairs.every(({ fileA, fileB, same }) => same === (folder(fileA) === folder(fileB)))) return folder;
  }
  return undefined;
}

function linked(pairs: readonly Pair[], files: readonly string[], place: ReadonlyMap<string, number>): string[] {
  const parent = files.map((_, index) => index);
  const root = (index: number): number => {
    let at = index;
    while (parent[at] !== at) {
      parent[at] = parent[parent[at] as number] as number;
      at = parent[at] as number;
    }
    return at;
  };
  for (const { fileA, fileB, same } of pairs) {
    if (same) parent[root(place.get(fileA) as number)] = root(place.get(fileB) as number);
  }
  return files.map((_, index) => String(root(index)));
}

/** Faceprints are of unit length, so their inner product is the cosine. */
function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number);
  return sum;
}
