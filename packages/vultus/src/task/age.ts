/** Apparent age: nine brackets, and the years that they come to. */

import { agreed, likeliest, personParts } from './person.ts';
import type { ValueTask } from './task.ts';

/** Names of the nine age brackets. */
export const ageBrackets = ['0-2', '3-9', '10-19', '20-29', '30-39', '40-49', '50-59', '60-69', '70+'] as const;

/** One of {@link ageBrackets}. */
export type AgeBracket = (typeof ageBrackets)[number];

/** Apparent age. */
export interface Age {
  /** Expected years: the mean of the brackets' middles, weighed by the distribution. */
  readonly years: number;
  /** The most probable bracket. */
  readonly bracket: AgeBracket;
  /** Probability of each bracket; they sum to 1. */
  readonly distribution: Readonly<Record<AgeBracket, number>>;
}

/** The middle of each bracket in years; of the last, what those above 70 come to. */
const middles: Readonly<Record<AgeBracket, number>> = {
  '0-2': 1.5,
  '3-9': 6.5,
  '10-19': 15,
  '20-29': 25,
  '30-39': 35,
  '40-49': 45,
  '50-59': 55,
  '60-69': 65,
  '70+': 75,
};

/** The `age` task. */
export const ageTask: ValueTask<'age', Age> = {
  name: 'age',
  needs: personParts,
  read: ({ values }) => {
    const distribution = agreed(values, 'bracket', ageBrackets);
    const years = ageBrackets.reduce((sum, bracket) => sum + distribution[bracket] * middles[bracket], 0);
    return { years, bracket: likeliest(distribution), distribution };
  },
};
