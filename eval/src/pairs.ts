/** The pairs file: tab-separated, columns fold, same, fileA, fileB, one pair a line. */

import { readFile } from 'node:fs/promises';
import { VultusError } from 'vultus';

/** One line of a pairs file. */
export interface Pair {
  /** Cross-validation fold, any word. */
  readonly fold: string;
  readonly same: boolean;
  readonly fileA: string;
  readonly fileB: string;
}

const columns = ['fold', 'same', 'fileA', 'fileB'] as const;

/**
 * Reads a pairs file. Further columns are left alone.
 * @param name of the file, for errors
 * @throws VultusError `INVALID_ARGUMENT` naming the line: missing columns, `same` other than 0 or 1, an empty file name,
 *   a pair that is there twice (in either order) with different labels or in different folds, or pairs of one kind only.
 *   A line repeated within its fold is kept, as published lists have such; see {@link countRepeated}
 */
export function parsePairs(text: string, name = 'pairs.tsv'): Pair[] {
  const [head = '', ...lines] = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  const titles = head.split('\t');
  const places = columns.map((column) => titles.indexOf(column));
  if (places.includes(-1)) {
    throw invalid(name, 1, `the tab-separated columns ${columns.join(', ')}`, JSON.stringify(head.slice(0, 80)));
  }
  const seen = new Map<string, { readonly pair: Pair; readonly line: number }>();
  const pairs: Pair[] = [];
  for (const [index, line] of lines.entries()) {
    if (line.trim() === '') continue;
    const number = index + 2;
    const pair = parseLine(line, places, name, number);
    const first = seen.get(pairKey(pair));
    if (first !== undefined && (first.pair.same !== pair.same || first.pair.fold !== pair.fold)) {
      const difference = first.pair.same === pair.same ? 'in another fold' : 'with the other label';
      throw invalid(name, number, 'each pair once', `the pair of line ${first.line} again, ${difference}`);
    }
    seen.set(pairKey(pair), { pair, line: number });
    pairs.push(pair);
  }
  const same = pairs.filter((pair) => pair.same).length;
  if (same === 0 || same === pairs.length) {
    throw new VultusError(
      'INVALID_ARGUMENT',
      `${name}: expected pairs with same = 1 and pairs with same = 0, got ${same} and ${pairs.length - same}`,
    );
  }
  return pairs;
}

/** {@link parsePairs} on a file. @throws VultusError `FILE_READ`, `INVALID_ARGUMENT` */
export async function readPairsFile(path: string): Promise<Pair[]> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new VultusError('FILE_READ', `Pairs: expected a file at ${path}, it could not be read`, { cause });
  });
  return parsePairs(text, path);
}

/** How many pairs are there again, in either order. */
export function countRepeated(pairs: readonly Pair[]): number {
  return pairs.length - new Set(pairs.map(pairKey)).size;
}

function pairKey({ fileA, fileB }: Pair): string {
  return [fileA, fileB].sort().join('\t');
}

function parseLine(line: string, places: readonly number[], name: string, number: number): Pair {
  const cells = line.split('\t');
  const [fold = '', same = '', fileA = '', fileB = ''] = places.map((place) => cells[place]?.trim() ?? '');
  if (same !== '0' && same !== '1') throw invalid(name, number, 'same to be 0 or 1', JSON.stringify(same));
  if (fold === '' || fileA === '' || fileB === '') {
    throw invalid(
      name,
      number,
      'a fold and two file names',
      `${cells.length} cells: ${JSON.stringify(line.slice(0, 80))}`,
    );
  }
  return { fold, same: same === '1', fileA, fileB };
}

function invalid(name: string, line: number, expected: string, got: string): VultusError {
  return new VultusError('INVALID_ARGUMENT', `${name}:${line}: expected ${expected}, got ${got}`, {
    details: { line },
  });
}
