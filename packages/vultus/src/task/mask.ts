/** Mask: whether a face wears one, and whether the nose is left out. */

import type { Cover } from './cover.ts';
import type { ValueTask } from './task.ts';

/** The three ways of a mask. `nose-uncovered`: over the mouth, but below the nose. */
export const maskLabels = ['none', 'nose-uncovered', 'worn'] as const;

/** One of {@link maskLabels}. */
export type MaskLabel = (typeof maskLabels)[number];

/** A mask, or none. A scarf or a hand before the mouth is none; see `occlusion`. */
export interface Mask {
  /** 0 no mask … 1 a mask, whether or not the nose is covered. */
  readonly score: number;
  /** The more probable of mask and no mask; with a mask, whether the nose is covered. */
  readonly label: MaskLabel;
  /** Probability of each label; they sum to 1. */
  readonly distribution: Readonly<Record<MaskLabel, number>>;
}

/** The `mask` task. */
export const maskTask: ValueTask<'mask', Mask> = {
  name: 'mask',
  needs: ['cover.network'],
  read: ({ values }) => {
    const { mask } = values['cover.network'] as Cover;
    const distribution = { none: mask.none ?? 0, 'nose-uncovered': mask['nose-uncovered'] ?? 0, worn: mask.worn ?? 0 };
    const score = distribution['nose-uncovered'] + distribution.worn;
    const below = distribution['nose-uncovered'] > distribution.worn ? 'nose-uncovered' : 'worn';
    return { score, label: score >= 0.5 ? below : 'none', distribution };
  },
};
