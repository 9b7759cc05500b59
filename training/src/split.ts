/** Which samples are held out: decided by the name alone, so that more data do not move what is there. */

import { createHash } from 'node:crypto';

/** `held-out` for a share of all names, `train` for the others; always the same for a name. */
export function partOf(name: string, share: number): 'train' | 'held-out' {
  const lot = createHash('sha256').update(`vultus ${name}`).digest().readUInt32BE() / 2 ** 32;
  return lot < share ? 'held-out' : 'train';
}
