/** Apparent gender, a guess between the two labels that the training data have. */

import { agreed, likeliest, personParts } from './person.ts';
import type { ValueTask } from './task.ts';

/** Apparent gender, as a face looks to networks trained on two labels. */
export interface Gender {
  readonly label: 'female' | 'male';
  /** Probability of each label; they sum to 1. */
  readonly distribution: { readonly female: number; readonly male: number };
}

/** The `gender` task. */
export const genderTask: ValueTask<'gender', Gender> = {
  name: 'gender',
  needs: personParts,
  read: ({ values }) => {
    const distribution = agreed(values, 'sex', ['female', 'male'] as const);
    return { label: likeliest(distribution), distribution };
  },
};
