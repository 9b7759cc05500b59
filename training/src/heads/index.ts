/** All heads. Adding one is a file here and a line in this list. */

import type { Head } from '../head.ts';
import { coverHead } from './cover.ts';
import { personHead, personSecondHead } from './person.ts';

/** Every head that `npm run train` knows. */
export const heads: readonly Head[] = [coverHead, personHead, personSecondHead];
