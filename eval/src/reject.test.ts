/** Error versus reject on made-up faces: a quality that knows the bad pictures removes the errors, one that does not leaves them. */

import { describe, expect, it } from 'vitest';
import { type RatedPicture, rejectCurves } from './reject.ts';

/** Four pictures each of ten people at right angles to each other; the last picture of each is turned away from the person. */
const pictures: RatedPicture[] = Array.from({ length: 40 }, (_, i) => {
  const [person, bad] = [Math.floor(i / 4), i % 4 === 3];
  const vector = new Float32Array(11);
  vector[person] = bad ? 0.1 : 1;
  vector[10] = bad ? Math.sqrt(1 - 0.01) : 0;
  return { person: String(person), vector, qualities: { knowing: bad ? 0 : 1, blind: (i * 7) % 40 } };
});

describe('rejectCurves', () => {
  it('falls to no errors where the quality knows the bad pictures', () => {
    const { curves, threshold, people } = rejectCurves(pictures, 0.05);
    expect(people).toBe(10);
    expect(threshold).toBeLessThan(1);
    const [none, ...others] = curves.knowing ?? [];
    expect(none).toMatchObject({ rejected: 0, pairs: 60 });
    expect(none?.falseNonMatchRate).toBe(0.5);
    expect(others.at(-1)).toMatchObject({ rejected: 0.3, falseNonMatchRate: 0 });
    expect(curves.blind?.at(-1)?.falseNonMatchRate).toBeGreaterThan(0.2);
    // The bad pictures are alike, whoever is on them: 45 of 720 pairs of strangers.
    expect(none?.falseMatchRate).toBeCloseTo(45 / 720, 5);
    expect(others.at(-1)?.falseMatchRate).toBe(0);
  });
});
