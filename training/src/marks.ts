/** Labels that we put on FairFace's training crops ourselves, by eye: `labels/<name>.tsv`, one label a line. */

import { readFileSync } from 'node:fs';

/** The label of each crop that was looked at, by its file's name without the ending. */
export function readMarks(name: 'fairface-glasses' | 'fairface-mouth'): ReadonlyMap<string, string> {
  const text = readFileSync(new URL(`../labels/${name}.tsv`, import.meta.url), 'utf8');
  return new Map(
    text
      .trim()
      .split('\n')
      .flatMap((line) => {
        const [label = '', names = ''] = line.split('\t');
        return names.split(' ').map((file) => [file, label] as const);
      }),
  );
}
