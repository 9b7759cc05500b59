/** Liveness of one picture: how much a face and its surroundings look like a person before the camera, not a copy. */

import { cropTransform, wholeFace } from '../align/crop.ts';
import { numbers, softmax } from './outputs.ts';
import type { ModelTask } from './task.ts';

/** What the network says; see `docs/liveness.md` for what it stops and what it does not. */
export interface SilentLiveness {
  /** 0 copy … 1 person. */
  readonly score: number;
  /** `score` ≥ {@link liveFrom}. */
  readonly live: boolean;
}

/** Scores from here count as live; measured, see `docs/liveness.md`. */
export const liveFrom = 0.5;

/**
 * Where the network looks: a square of 1.5 box heights inside the picture. Of twelve crops tried this one refused no
 * photograph of LFW, where the crop of the model's entry (2.7 heights) refused a sixth.
 */
const crop = { kind: 'box', scale: 1.5, basis: 'height', inside: true } as const;

/** The `liveness` task: the network alone. `checkLiveness` adds the conditions under which its answer means something. */
export const livenessTask: ModelTask<'liveness', SilentLiveness> = {
  name: 'liveness',
  model: (entries) => entries.find(({ kind, family }) => kind === 'liveness' && family === 'minifasnet'),
  views: ({ detection, picture }, { input }) => [
    cropTransform(crop, { ...detection, box: wholeFace(detection.box) }, input, picture),
  ],
  decode: ({ logits }, _, { params }) => {
    const place = Math.max(0, (params?.labels as readonly string[] | undefined)?.indexOf('live') ?? 0);
    const score = softmax(numbers(logits))[place] ?? 0;
    return { score, live: score >= liveFrom };
  },
};
