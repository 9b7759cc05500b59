/** What a head is: on which network, what it reads there, from which pictures it learns what. One file in `heads/` each. */

import type { Affine, Box, Detection, FivePoints, Image, ModelEntry, Picture, Point } from 'vultus';

/** A value inside the network, averaged over its map. */
export interface Tap {
  /** The value's name in the built .onnx file. */
  readonly value: string;
  /** How a map becomes numbers: `mean` of each channel, or every number of it. Default `mean`. */
  readonly pool?: 'mean' | 'all';
}

/** Where a task lets its network look: the map from the network's input to the picture. */
export type View = (
  face: { readonly detection: Detection; readonly landmarks: FivePoints; readonly picture: Picture },
  entry: ModelEntry,
) => Affine;

/** Probabilities of classes that exclude each other. */
export interface ClassOutput {
  readonly kind: 'classes';
  readonly name: string;
  readonly labels: readonly string[];
  /** Share of this output in what is minimised; default 1. */
  readonly weight?: number;
}

/** A number 0…1. */
export interface ValueOutput {
  readonly kind: 'value';
  readonly name: string;
  readonly weight?: number;
}

/** One output of a head. */
export type HeadOutput = ClassOutput | ValueOutput;

/** The face of a sample, for changes that are drawn on it. */
export interface FoundFace {
  readonly box: Box;
  /** 68 points in dlib's order. */
  readonly points: readonly Point[];
}

/** A labelled face. */
export interface Sample {
  readonly file: string;
  /** Held-out samples are measured on, never learned from. */
  readonly part: 'train' | 'held-out';
  /** Right answers by output: a label, or a number 0…1. An output without one learns nothing from this sample. */
  readonly truth: Readonly<Record<string, string | number>>;
  /** For figures by group. */
  readonly groups?: Readonly<Record<string, string>>;
  /** Where the face is; absent, the one that the engine finds round the middle, else the middle of the picture. */
  readonly box?: Box;
  /** The face fills most of the picture: to learn from it, one small look finds it well enough. Held out, it is found by default. */
  readonly fills?: boolean;
  /**
   * Something done to the picture before it is looked at: drawn on, blurred. `name` tells one change from another;
   * `apply` also gets the 68 points and the box of the face as it was found before.
   */
  readonly change?: {
    readonly name: string;
    readonly apply: (image: Image, face: FoundFace) => Image | Promise<Image>;
  };
}

/** How a head learns. */
export interface Learning {
  /** Sizes of hidden layers; none: a linear head. */
  readonly hidden: readonly number[];
  readonly epochs: number;
  /** Adam's step at the start; it falls to 0 along a half cosine. Default 1e-3. */
  readonly rate?: number;
  /** Decoupled weight decay; default 1e-4. */
  readonly decay?: number;
  /** Share of hidden values that are left out at each step; default 0. */
  readonly dropout?: number;
  /** Also learn from the mirrored crop of each training face; default false. */
  readonly mirror?: boolean;
  /** Decides the first weights, the order and what is left out; default 1. */
  readonly seed?: number;
  /** Networks that learn one after the other from seeds that count up; the head is their mean, as wide as all of them. Default 1. */
  readonly networks?: number;
}

/** One head. */
export interface Head {
  /** kebab-case; the weights are `packages/models/heads/<id>.onnx`. */
  readonly id: string;
  /** Id of the network in the manifest. */
  readonly backbone: string;
  readonly taps: readonly Tap[];
  /** The view of the task that reads the head; absent, the crop of the network's entry. */
  readonly view?: View;
  readonly outputs: readonly HeadOutput[];
  readonly learning: Learning;
  /** The data with their licence and attribution, in a sentence; it goes into the manifest and NOTICE. */
  readonly trainingData: string;
  /** What decoders must know besides the labels. */
  readonly params?: Readonly<Record<string, unknown>>;
  /** The labelled faces below the data folder. */
  samples(data: string): readonly Sample[] | Promise<readonly Sample[]>;
}
