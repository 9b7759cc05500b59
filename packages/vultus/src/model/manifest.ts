/** The model manifest: which file, which tensors, whose licence. Plain JSON; users write the same for their own models. */

/** What a model is for; one engine slot each. */
export type ModelKind =
  | 'detector'
  | 'landmarks'
  | 'embedder'
  | 'pose'
  | 'eyes'
  | 'attributes'
  | 'liveness'
  | 'scene'
  | 'other';

/** Output layouts that the detector room decodes. */
export type DetectorFamily = 'ultraface' | 'retinaface' | 'blazeface' | 'yunet' | 'scrfd';

/** How pixels become the input tensor of a model. value = (pixel − mean[c]) / std[c], pixel 0…255. */
export interface ImageInput {
  /** Input tensor name. */
  readonly name: string;
  readonly layout: 'NCHW' | 'NHWC';
  /** Channel order the model was trained on. */
  readonly channels: 'rgb' | 'bgr' | 'gray';
  /** Nominal size in pixels. */
  readonly width: number;
  readonly height: number;
  /** When present, width and height are free in multiples of this. */
  readonly multipleOf?: number;
  /** Per channel (or one for all), in pixel units 0…255. */
  readonly mean: readonly number[];
  readonly std: readonly number[];
  /** Which part of the picture is cropped; absent for whole-picture models. */
  readonly crop?: CropSpec;
}

/**
 * The crop a face model wants.
 * - `template`: similarity transform of the five landmarks onto a named template.
 * - `box`: a square round the centre of the detection box, side = `scale` × the box's `basis`; `upright` turns it by the roll.
 */
export type CropSpec =
  | { readonly kind: 'template'; readonly template: string }
  | {
      readonly kind: 'box';
      readonly scale: number;
      readonly basis: 'height' | 'width' | 'long' | 'short';
      readonly upright?: boolean;
      /** Move the crop inside the picture where it would leave it, instead of padding. */
      readonly inside?: boolean;
    };

/** Whose word the licence rests on. */
export interface Licence {
  /** SPDX identifier. */
  readonly spdx: string;
  /** `upstream`: verified against the upstream project's own file or weights; `publisher`: the package's word; `own`: trained by us. */
  readonly vouchedBy: 'upstream' | 'publisher' | 'own' | 'user';
  /** True when the chain from the weights to a licence text is established; `licences: 'verified'` admits only these. */
  readonly verified: boolean;
  /** Upstream project and how it was established, in a sentence. */
  readonly evidence: string;
  /** What is known about the training data. */
  readonly trainingData: string;
}

/** Where the bytes came from. */
export interface ModelSource {
  readonly package: string;
  readonly version: string;
  /** Path(s) inside the package. */
  readonly files: readonly string[];
  /** Hex SHA-256 of each source file. */
  readonly sha256: readonly string[];
  /** How the source became the .onnx: `as-is`, `edited`, `tfjs`, `tflite`, `faceapi`, `trained`. */
  readonly recipe: string;
}

/** One model. */
export interface ModelEntry {
  /** kebab-case, unique with `version`. */
  readonly id: string;
  readonly version: string;
  readonly kind: ModelKind;
  /** Decoder that understands the outputs: a detector family, or the task's own word. */
  readonly family: string;
  /** File name beside the manifest. */
  readonly file: string;
  /** Hex SHA-256 of the file; checked on every read. Every shipped model has it; absent, the file is taken as it is. */
  readonly sha256?: string;
  /** Size of the file. */
  readonly bytes?: number;
  readonly licence: Licence;
  readonly source?: ModelSource;
  readonly input: ImageInput;
  /** The model's outputs by the decoder's own names: `{scores: 'output_0', …}`. */
  readonly outputs: Readonly<Record<string, string>>;
  /** Family-specific numbers (strides, anchors, default thresholds, dimension, …). */
  readonly params?: Readonly<Record<string, unknown>>;
}

/** One ingredient of an embedding preset: its vector, L2-normalised, enters the concatenation with factor √weight. */
export interface EmbeddingPart {
  readonly model: string;
  readonly weight: number;
  /** Also embed the mirrored chip and add the two vectors before normalising. */
  readonly flip?: boolean;
  /**
   * The mean unit vector of many faces, subtracted from this part's unit vector before it is normalised again: for nets
   * whose vectors share a large common part. As many numbers as the model's dimension.
   */
  readonly centre?: readonly number[];
}

/** Measured figures of an embedding contract; see `docs/accuracy.md` for the data and the command. */
export interface Calibration {
  readonly version: string;
  /** Data and date, in a sentence. */
  readonly measuredOn: string;
  /** The `sha256` of the embedding contract it belongs to; checked where it is given. */
  readonly contract?: string;
  /** similarity → probability, the logistic of the second seed: min + (max − min)·σ(steepness·(s − threshold) + bias). */
  readonly logistic: {
    readonly min: number;
    readonly max: number;
    readonly middle: number;
    readonly threshold: number;
    readonly steepness: number;
  };
  /** Thresholds by false-match rate, e.g. `{ '1e-3': {threshold: 0.33, tar: 0.99} }`; `extrapolated` where the data do not reach. */
  readonly thresholds: Readonly<
    Record<string, { readonly threshold: number; readonly tar?: number; readonly extrapolated?: boolean }>
  >;
  /** Key into `thresholds` that `match` uses by default. */
  readonly defaultFmr: string;
}

/** A named way to embed a face. */
export interface EmbeddingPreset {
  /** Contract id, e.g. `vultus-balanced`. */
  readonly id: string;
  readonly version: string;
  readonly parts: readonly EmbeddingPart[];
  /**
   * What faces are aligned by: the landmark network's five points (`network`, the default), or their mean with those of the
   * `landmarks` task (`joined`), which frames profiles better and costs a run of the mesh per face.
   */
  readonly align?: 'network' | 'joined';
  readonly calibration?: Calibration;
}

/** A set of models. `format` is 1. */
export interface Manifest {
  readonly format: 1;
  readonly models: readonly ModelEntry[];
  /** `fast`, `balanced`, `accurate`, `open`, or a user's own word. */
  readonly presets?: Readonly<Record<string, EmbeddingPreset>>;
}
