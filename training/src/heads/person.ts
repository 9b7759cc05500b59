/** Age, gender and ethnicity as seen, learnt on two networks; their answers are multiplied where faces are read. */

import { coverView } from 'vultus';
import { fairface, fairfaceCredit } from '../fairface.ts';
import type { Head } from '../head.ts';

/** The nine brackets of age. */
const brackets = ['0-2', '3-9', '10-19', '20-29', '30-39', '40-49', '50-59', '60-69', '70+'];

/** FairFace's seven groups, as its labels write them. */
const groups = ['Black', 'East Asian', 'Indian', 'Latino_Hispanic', 'Middle Eastern', 'Southeast Asian', 'White'];

/** What both heads learn. */
const shared = {
  trainingData: fairfaceCredit,
  samples: (data: string) => fairface(data, ({ age, gender, race }) => ({ bracket: age, sex: gender, group: race })),
} as const;

/** On the network that was made to read age and gender off a face. */
export const personHead: Head = {
  ...shared,
  id: 'person',
  backbone: 'faceres',
  taps: [{ value: 'Clip_258' }, { value: 'embedding', pool: 'all' }],
  outputs: [
    { kind: 'classes', name: 'bracket', labels: brackets },
    { kind: 'classes', name: 'sex', labels: ['female', 'male'] },
    { kind: 'classes', name: 'group', labels: groups },
  ],
  learning: { hidden: [128], epochs: 10, decay: 1e-2, dropout: 0.5, networks: 2 },
};

/** On a network that tells people apart, before it forgets where things are. */
export const personSecondHead: Head = {
  ...personHead,
  id: 'person-second',
  backbone: 'face-cover',
  view: coverView,
  taps: [{ value: 'Add_379', pool: 'all' }],
  learning: { hidden: [36], epochs: 5, decay: 1e-2, dropout: 0.5, networks: 2 },
};
