/** The pairs file: tab-separated, columns fold, same, fileA, fileB, one pair a line. */

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
 *   a pair that is there twice (in either order), or pairs of one kind only
 */
export function parsePairs(text: string, name = 'pairs.tsv'): Pair[] {
  const [head = '', ...lines] = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  const titles = head.split('\t');
  const places = columns.map((column) => titles.indexOf(column));
  if (places.includes(-1)) {
    throw invalid(name, 1, `the tab-separated columns ${columns.join(', ')}`, JSON.stringify(head.slice(0, 80)));
  }
  const seen = new Map<string, number>();
  const pairs: Pair[] = [];
  for (const [index, line] of lines.entries()) {
    if (line.trim() === '') continue;
    const number = index + 2;
    const pair = parseLine(line, places, name, number);
    const key = [pair.fileA, pair.fileB].sort().join('\t');
    const first = seen.get(key);
    if (first !== undefined) throw invalid(name, number, 'each pair once', `the pair of line ${first} again`);
    seen.set(key, number);
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
