/** Errors by group of people, where pictures or people carry labels. */

import { readFile } from 'node:fs/promises';
import { basename, dirname, extname } from 'node:path';
import { VultusError } from 'vultus';
import type { Comparisons } from './comparisons.ts';

/** Labels of one kind (gender, age, …): by file name, or by person (folder). */
export type Labels = ReadonlyMap<string, ReadonlyMap<string, string>>;

/** Errors within one group: both pictures carry the label. */
export interface GroupErrors {
  readonly group: string;
  readonly genuine: number;
  readonly impostors: number;
  /** Strangers accepted at the threshold, and their share; `null` without such pairs. */
  readonly falseMatches: number;
  readonly fmr: number | null;
  readonly falseNonMatches: number;
  readonly fnmr: number | null;
}

/** One kind of label: each group, and the largest ratio between two groups' rates; see {@link farthestApart}. */
export interface GroupReport {
  readonly label: string;
  readonly groups: readonly GroupErrors[];
  readonly fmrRatio: number | null;
  readonly fnmrRatio: number | null;
}

/**
 * Reads labels: tab- or comma-separated with a header whose first column is `file` or `person`; or two bare columns,
 * file and label, whose kind is then the file's name.
 * @throws VultusError `INVALID_ARGUMENT` naming the line of a row with too few columns; `FILE_READ`
 */
export async function readLabels(path: string): Promise<Labels> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new VultusError('FILE_READ', `Labels: expected a file at ${path}, it could not be read`, { cause });
  });
  return parseLabels(text, path);
}

/** {@link readLabels} on text. */
export function parseLabels(text: string, path: string): Labels {
  const lines = text
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .filter((line) => line.trim() !== '');
  const separator = lines[0]?.includes('\t') ? '\t' : ',';
  const head = (lines[0] ?? '').split(separator).map((cell) => cell.trim());
  const hasHead = head[0] === 'file' || head[0] === 'person';
  const kinds = hasHead ? head.slice(1) : [basename(path, extname(path))];
  const labels = new Map(kinds.map((kind) => [kind, new Map<string, string>()]));
  for (const [index, line] of lines.slice(hasHead ? 1 : 0).entries()) {
    const [name = '', ...cells] = line.split(separator).map((cell) => cell.trim());
    if (name === '' || cells.length < kinds.length) {
      const number = index + (hasHead ? 2 : 1);
      throw new VultusError(
        'INVALID_ARGUMENT',
        `${path}:${number}: expected a name and ${kinds.length} labels, got ${JSON.stringify(line.slice(0, 60))}`,
      );
    }
    for (const [column, kind] of kinds.entries()) labels.get(kind)?.set(name, cells[column] as string);
  }
  return labels;
}

/**
 * Errors at a threshold within each group of each kind.
 * @throws VultusError `INVALID_ARGUMENT` for labels of which none belongs to a picture
 */
export function groupErrors(pairs: Comparisons, labels: Labels, threshold: number): GroupReport[] {
  return [...labels].map(([label, byName]) => {
    const groups = [...new Set(byName.values())].filter((group) => group !== '').sort();
    const place = new Map(groups.map((group, index) => [group, index]));
    const ofFile = pairs.files.map((file) => place.get(byName.get(file) ?? byName.get(dirname(file)) ?? '') ?? -1);
    if (ofFile.every((group) => group < 0)) {
      const [named] = byName.keys();
      throw new VultusError(
        'INVALID_ARGUMENT',
        `Labels "${label}": expected names of pictures or people, such as ${pairs.files[0]}, got none; the first is ${named}`,
      );
    }
    const counts = groups.map(() => ({ genuine: 0, impostors: 0, falseMatches: 0, falseNonMatches: 0 }));
    for (let i = 0; i < pairs.same.length; i++) {
      const group = ofFile[pairs.fileA[i] as number] as number;
      const count = counts[group];
      if (count === undefined || group !== ofFile[pairs.fileB[i] as number]) continue;
      const isAccepted = (pairs.similarity[i] as number) >= threshold;
      if (pairs.same[i] === 1) {
        count.genuine++;
        if (!isAccepted) count.falseNonMatches++;
      } else {
        count.impostors++;
        if (isAccepted) count.falseMatches++;
      }
    }
    const errors = counts.map((count, index) => ({
      group: groups[index] as string,
      ...count,
      fmr: count.impostors > 0 ? count.falseMatches / count.impostors : null,
      fnmr: count.genuine > 0 ? count.falseNonMatches / count.genuine : null,
    }));
    return {
      label,
      groups: errors,
      fmrRatio: farthestApart(errors, 'false matches')?.ratio ?? null,
      fnmrRatio: farthestApart(errors, 'false non-matches')?.ratio ?? null,
    };
  });
}

/**
 * The groups with the highest and the lowest rate, and how many times one is the other. A group without a mistake counts
 * as if it had made one, so that small groups prove nothing and the ratio is rather too low.
 * @returns `undefined` for fewer than two groups with pairs, or no mistakes at all
 */
export function farthestApart(
  groups: readonly GroupErrors[],
  kind: 'false matches' | 'false non-matches',
): { readonly most: GroupErrors; readonly least: GroupErrors; readonly ratio: number } | undefined {
  const counts = (group: GroupErrors) =>
    kind === 'false matches' ? [group.falseMatches, group.impostors] : [group.falseNonMatches, group.genuine];
  const rated = groups.flatMap((group) => {
    const [mistakes = 0, pairs = 0] = counts(group);
    return pairs > 0 ? [{ group, mistakes, rate: Math.max(1, mistakes) / pairs }] : [];
  });
  // Where nobody was mistaken the highest rate would be that of the smallest group.
  const wrong = rated.filter(({ mistakes }) => mistakes > 0).sort((a, b) => b.rate - a.rate);
  const [most, least] = [wrong[0], rated.toSorted((a, b) => a.rate - b.rate)[0]];
  if (most === undefined || least === undefined || rated.length < 2) return undefined;
  return { most: most.group, least: least.group, ratio: Math.max(1, most.rate / least.rate) };
}
