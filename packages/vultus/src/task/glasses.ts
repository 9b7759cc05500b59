/** Glasses: none, clear ones, dark ones. */

import type { Cover } from './cover.ts';
import type { ValueTask } from './task.ts';

/** The three kinds. */
export const glassesLabels = ['none', 'eyeglasses', 'sunglasses'] as const;

/** One of {@link glassesLabels}. */
export type GlassesLabel = (typeof glassesLabels)[number];

/** What is worn before the eyes. */
export interface Glasses {
  /** The most probable kind. */
  readonly label: GlassesLabel;
  /** Probability of each kind; they sum to 1. */
  readonly distribution: Readonly<Record<GlassesLabel, number>>;
}

/** The `glasses` task. */
export const glassesTask: ValueTask<'glasses', Glasses> = {
  name: 'glasses',
  needs: ['cover.network'],
  read: ({ values }) => {
    const { glasses } = values['cover.network'] as Cover;
    const { none = 0, eyeglasses = 0, sunglasses = 0 } = glasses;
    const distribution = { none, eyeglasses, sunglasses };
    const label = glassesLabels.reduce((best, each) => (distribution[each] > distribution[best] ? each : best));
    return { label, distribution };
  },
};
