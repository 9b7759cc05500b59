/** Which observation belongs to which track: overlap, helped by looks. */

import { assign } from '../assignment.ts';
import { type Box, iou } from '../face/geometry.ts';

/** One side of an association. */
export interface Candidate {
  readonly box: Box;
  /** Unit length. */
  readonly embedding?: Float32Array | undefined;
}

/** What comes out: positions in the two lists. */
export interface Association {
  readonly pairs: readonly (readonly [track: number, observation: number])[];
  readonly tracks: readonly number[];
  readonly observations: readonly number[];
}

/** Two embeddings less alike than this are not one face, however their boxes lie. */
const strangerSimilarity = 0.15;

/**
 * The assignment with the smallest total cost, where a pair costs 1 − overlap·weight and is allowed up to `maxCost`.
 * Where both sides have an embedding, its cosine counts with the overlap and a clear stranger is refused.
 * @param weight per observation, 0…1: its score, or 1
 */
export function associate(
  tracks: readonly Candidate[],
  observations: readonly (Candidate & { readonly weight: number })[],
  maxCost: number,
): Association {
  const gain = tracks.map((track) => {
    const row = new Float64Array(observations.length);
    for (const [j, observation] of observations.entries()) {
      row[j] = Math.max(0, maxCost - 1 + likeness(track, observation) * observation.weight);
    }
    return row;
  });
  const assigned = assign(gain);
  const pairs: (readonly [number, number])[] = [];
  const taken = new Set<number>();
  for (const [track, observation] of assigned.entries()) {
    if (observation < 0) continue;
    pairs.push([track, observation]);
    taken.add(observation);
  }
  return {
    pairs,
    tracks: tracks.flatMap((_, index) => ((assigned[index] ?? -1) < 0 ? [index] : [])),
    observations: observations.flatMap((_, index) => (taken.has(index) ? [] : [index])),
  };
}

/** Cosine of two unit vectors. */
export function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number);
  return sum;
}

function likeness(track: Candidate, observation: Candidate): number {
  const overlap = iou(track.box, observation.box);
  if (overlap === 0 || track.embedding === undefined || observation.embedding === undefined) return overlap;
  const cosine = dot(track.embedding, observation.embedding);
  // Half of what the overlap leaves open can be won by looks.
  return cosine < strangerSimilarity ? 0 : overlap + 0.5 * (1 - overlap) * cosine;
}
