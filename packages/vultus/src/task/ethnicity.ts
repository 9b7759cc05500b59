/** Apparent ethnicity: the seven groups that FairFace's annotators chose among, and the five that they are often merged into. */

import { agreed, likeliest, personParts } from './person.ts';
import type { ValueTask } from './task.ts';

/** FairFace's seven groups. */
export const ethnicityGroups = [
  'Black',
  'East Asian',
  'Indian',
  'Latino_Hispanic',
  'Middle Eastern',
  'Southeast Asian',
  'White',
] as const;

/** One of {@link ethnicityGroups}. */
export type EthnicityGroup = (typeof ethnicityGroups)[number];

/** The five classes: `asian` holds East Asian, Southeast Asian and Indian. */
export const ethnicities = ['black', 'asian', 'latino_hispanic', 'middle_eastern', 'white'] as const;

/** One of {@link ethnicities}. */
export type EthnicityLabel = (typeof ethnicities)[number];

/** How a face looks to people who had to choose among seven words: not where anyone comes from. */
export interface Ethnicity {
  /** The most probable of the five classes. */
  readonly label: EthnicityLabel;
  /** Probability of each of the five; they sum to 1. */
  readonly distribution: Readonly<Record<EthnicityLabel, number>>;
  /** The most probable of the seven groups; its class is not always `label`. */
  readonly group: EthnicityGroup;
  /** Probability of each of the seven; they sum to 1. */
  readonly groups: Readonly<Record<EthnicityGroup, number>>;
}

/** The class that each group belongs to. */
const classOf: Readonly<Record<EthnicityGroup, EthnicityLabel>> = {
  Black: 'black',
  'East Asian': 'asian',
  Indian: 'asian',
  Latino_Hispanic: 'latino_hispanic',
  'Middle Eastern': 'middle_eastern',
  'Southeast Asian': 'asian',
  White: 'white',
};

/** The `ethnicity` task. */
export const ethnicityTask: ValueTask<'ethnicity', Ethnicity> = {
  name: 'ethnicity',
  needs: personParts,
  read: ({ values }) => {
    const groups = agreed(values, 'group', ethnicityGroups);
    const distribution = { black: 0, asian: 0, latino_hispanic: 0, middle_eastern: 0, white: 0 };
    for (const group of ethnicityGroups) distribution[classOf[group]] += groups[group];
    return { label: likeliest(distribution), distribution, group: likeliest(groups), groups };
  },
};
