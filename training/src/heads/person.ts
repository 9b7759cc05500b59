/** Gender and ethnicity as seen, on the network that reads age: one run gives all three. */

import { fairface, fairfaceCredit } from '../fairface.ts';
import type { Head } from '../head.ts';

/** FairFace's seven groups, as the seed documents write them. */
const groups = ['Black', 'East Asian', 'Indian', 'Latino_Hispanic', 'Middle Eastern', 'Southeast Asian', 'White'];

/** The head behind `gender` and `ethnicity`. */
export const personHead: Head = {
  id: 'person',
  backbone: 'faceres',
  taps: [{ value: 'Clip_258' }, { value: 'embedding', pool: 'all' }],
  outputs: [
    { kind: 'classes', name: 'ethnicity', labels: groups },
    { kind: 'classes', name: 'sex', labels: ['female', 'male'] },
  ],
  learning: { hidden: [], epochs: 1, mirror: false },
  trainingData: fairfaceCredit,
  samples: (data) => fairface(data, ({ gender, race }) => ({ sex: gender, ethnicity: race })),
};
