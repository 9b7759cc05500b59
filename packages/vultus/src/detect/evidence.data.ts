/** How the views of one candidate are weighed into one score and one box; see docs/detection.md for how they were fitted. */

/** The views of a candidate: two passes of the main detector, the second detector, two looks of the refiner. */
export const views = ['fine', 'coarse', 'second', 'first', 'again'] as const;

/** One of {@link views}. */
export type View = (typeof views)[number];

/** Weights of the log-odds of each view's score; `bias` is the log-odds where every view says ½. */
export interface ScoreWeights extends Readonly<Record<Exclude<View, 'first'>, number>> {
  readonly bias: number;
}

/** Which helpers stand beside the main detector: its weights differ with them. */
export interface EvidenceWeights {
  readonly refinedPair: ScoreWeights;
  readonly refinedAlone: ScoreWeights;
  readonly pair: ScoreWeights;
  readonly alone: ScoreWeights;
}

/**
 * By manifest id of the main detector; models not listed keep their own scores. Fitted by logistic regression on every
 * second picture of the mask set; the biases place the threshold.
 */
export const evidenceWeights: Readonly<Record<string, EvidenceWeights>> = {
  'ultraface-rfb': {
    refinedPair: { bias: 1.08, fine: 0.25, coarse: 0.34, second: 0.27, again: 0.43 },
    refinedAlone: { bias: 0.4, fine: 0.22, coarse: 0.34, second: 0, again: 0.5 },
    pair: { bias: 0.5, fine: 0.34, coarse: 0.42, second: 0.42, again: 0 },
    alone: { bias: -0.59, fine: 0.34, coarse: 0.46, second: 0, again: 0 },
  },
};

/** The score that a face must reach by default. */
export const fusedThreshold = 0.52;

/** A face of this height in pixels of the picture needs no allowance; one of half of it loses this much of its log-odds. */
export const sizePrior = { height: 64, perHalving: 2 } as const;

/**
 * What a view's box counts, and how far its edges (left, top, right, bottom, in sides of the box) move to where all views
 * mean the same: from the middle of the forehead to the chin.
 */
export const boxViews: Readonly<
  Record<View, { readonly weight: number; readonly shift: readonly [number, number, number, number] }>
> = {
  fine: { weight: 0.7, shift: [0, 0.07, 0.015, 0.04] },
  coarse: { weight: 1, shift: [0, 0.08, 0.015, 0.04] },
  second: { weight: 1, shift: [0.035, -0.1, -0.015, 0.06] },
  first: { weight: 1.5, shift: [0.027, 0.085, 0.015, 0.05] },
  again: { weight: 0.5, shift: [0.025, 0.09, 0.025, 0.05] },
};
