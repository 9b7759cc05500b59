/** How the looks at one candidate are weighed into one score; fitted by logistic regression, see docs/detection.md. */

/** Weights of the log-odds of each look's score; `bias` is the log-odds where every look says ½. */
export interface EvidenceWeights {
  readonly bias: number;
  /** The pass at the full input size. */
  readonly fine: number;
  /** The pass at half of it. */
  readonly coarse: number;
  /** The close look with wide surroundings: 3.2 × the face. */
  readonly wide: number;
  /** The close look with narrow surroundings: 2 × the face. */
  readonly narrow: number;
  /** The fall-back detector on the whole picture; 0 where there is none. */
  readonly second: number;
}

/** By manifest id of the main detector: with a fall-back detector, and without one. Models not listed keep their own scores. */
export const evidenceWeights: Readonly<
  Record<string, { readonly pair: EvidenceWeights; readonly alone: EvidenceWeights }>
> = {
  'ultraface-rfb': {
    pair: { bias: 0.86, fine: 0.21, coarse: 0.24, wide: 0.46, narrow: 0.25, second: 0.28 },
    alone: { bias: 0.36, fine: 0.18, coarse: 0.29, wide: 0.51, narrow: 0.29, second: 0 },
  },
};

/** The fused score that a face must reach by default. */
export const fusedThreshold = 0.85;
