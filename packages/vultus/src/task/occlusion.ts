/** Occlusion: which parts of a face something hides, be it a mask, dark glasses, a hand or a cup. */

import type { Cover } from './cover.ts';
import type { ValueTask } from './task.ts';

/** The parts that are looked at. */
export const occlusionParts = ['eyes', 'nose', 'mouth'] as const;

/** One of {@link occlusionParts}. */
export type OcclusionPart = (typeof occlusionParts)[number];

/** How probably each part is hidden. Clear glasses hide nothing, dark ones hide the eyes. */
export interface Occlusion {
  /** 0 seen … 1 hidden. */
  readonly eyes: number;
  readonly nose: number;
  readonly mouth: number;
  /** The parts at 0.5 or more. */
  readonly hidden: readonly OcclusionPart[];
}

/** The `occlusion` task. */
export const occlusionTask: ValueTask<'occlusion', Occlusion> = {
  name: 'occlusion',
  needs: ['cover.network'],
  read: ({ values }) => {
    const { covered } = values['cover.network'] as Cover;
    return { ...covered, hidden: occlusionParts.filter((part) => covered[part] >= 0.5) };
  },
};
