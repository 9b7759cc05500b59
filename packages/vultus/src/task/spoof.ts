/** Liveness of one picture: how much a face and its surroundings look like a person before the camera, not a copy. */

import { cropTransform, wholeFace } from '../align/crop.ts';
import { numbers, sigmoid } from './outputs.ts';
import type { ModelTask } from './task.ts';
import { mirrored } from './views.ts';

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
 * Where the network looks, in box heights: inside the picture, and round the face with black where the picture ends, each
 * mirrored, too. Looks that are moved inside keep what lies round a face; looks that are not keep the face in the middle.
 */
const crops = [
  { kind: 'box', scale: 1.8, basis: 'height', inside: true },
  { kind: 'box', scale: 1.5, basis: 'height', inside: false },
] as const;

/** Log-odds at which copies and people part: cameras that compress hard lower those of people more than of copies. */
const parting = -2.5;

/** The `liveness` task: the network alone. `checkLiveness` adds the conditions under which its answer means something. */
export const livenessTask: ModelTask<'liveness', SilentLiveness> = {
  name: 'liveness',
  model: (entries) => entries.find(({ kind, family }) => kind === 'liveness' && family === 'minifasnet'),
  views: ({ detection, picture }, { input }) =>
    crops.flatMap((crop) => {
      const view = cropTransform(crop, { ...detection, box: wholeFace(detection.box) }, input, picture);
      return [view, mirrored(view, input.width)];
    }),
  decode: ({ logits }, { crops: looks }, { params }) => {
    const labels = (params?.labels ?? []) as readonly string[];
    const place = Math.max(0, labels.indexOf('live'));
    const data = numbers(logits);
    const classes = data.length / looks.length;
    const odds = looks.map((_, look) => logOddsOf(data.slice(look * classes, (look + 1) * classes), place));
    const score = sigmoid(odds.reduce((sum, each) => sum + each, 0) / odds.length - parting);
    return { score, live: score >= liveFrom };
  },
};

/** Log-odds of one class against all others together. */
function logOddsOf(logits: readonly number[], place: number): number {
  const others = logits.filter((_, i) => i !== place);
  const top = Math.max(...others);
  return (logits[place] as number) - top - Math.log(others.reduce((sum, other) => sum + Math.exp(other - top), 0));
}
