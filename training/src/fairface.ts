/** FairFace (Kärkkäinen and Joo, 2021): faces of balanced groups, labelled by people with age, gender and race as seen. */

import { join } from 'node:path';
import { readTable } from '@vultus/eval';
import type { Sample } from './head.ts';
import { partOf } from './split.ts';

/** What must be said wherever the data are used. */
export const fairfaceCredit =
  'FairFace (Kimmo Kärkkäinen and Jungseock Joo, WACV 2021; CC BY 4.0), 12,000 crops of its training part, a tenth held out';

/** The training crops, a tenth of them held out; `truth` reads the right answers off a row's columns. */
export function fairface(data: string, truth: (row: FairfaceRow) => Sample['truth']): Sample[] {
  const folder = join(data, 'attributes', 'fairface-train');
  return readTable(join(folder, 'labels.csv')).map((cells) => {
    const { file = '', age = '', gender = '', race = '' } = cells;
    const row = { age: age === 'more than 70' ? '70+' : age, gender: gender.toLowerCase(), race };
    const groups = { race, gender: row.gender, age: row.age };
    return { file: join(folder, 'images', file), part: partOf(file, 0.1), truth: truth(row), groups, fills: true };
  });
}

/** The labels of a face. */
export interface FairfaceRow {
  /** One of the nine brackets: `0-2`, …, `70+`. */
  readonly age: string;
  readonly gender: string;
  /** One of seven, as FairFace writes them. */
  readonly race: string;
}
