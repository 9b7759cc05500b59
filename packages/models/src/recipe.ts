/** What a recipe is: from which file of which package, by which conversion, under whose licence, with which tensors. */

import type { ImageInput, Licence, ModelKind } from 'vultus';
import type { OnnxModel } from './onnx/graph.ts';
import type { PackageName } from './packages.ts';

/** A file inside a package, pinned by its bytes. */
export interface SourceFile {
  /** Path inside the tarball, without the leading `package/`. */
  readonly path: string;
  /** Hex SHA-256. */
  readonly sha256: string;
}

/** The original network, opened on its own runtime; one sample in, outputs under this project's names and layouts. */
export type Reference = (sample: Float32Array) => Promise<Readonly<Record<string, ArrayLike<number>>>>;

/** How a conversion is shown to compute what its source computes. */
export interface Proof {
  /** What runs the original, in a few words. */
  readonly runtime: string;
  /** Largest absolute difference allowed on any output element. */
  readonly bound: number;
  /** Range of the random input elements. */
  readonly range: readonly [number, number];
  /** Opens the original from its source files. */
  open(files: readonly Uint8Array[]): Promise<Reference>;
}

/** One shipped model. */
export interface Recipe {
  /** Manifest id, kebab-case; the file is `<id>.onnx`. */
  readonly id: string;
  readonly version: string;
  readonly kind: ModelKind;
  readonly family: string;
  /** Key into the table of packages. */
  readonly from: PackageName;
  readonly files: readonly SourceFile[];
  /** The word for the conversion in the manifest: `edited`, `tfjs`, `tflite`, `faceapi`, … */
  readonly recipe: string;
  readonly licence: Licence;
  readonly input: ImageInput;
  readonly outputs: Readonly<Record<string, string>>;
  readonly params?: Readonly<Record<string, unknown>>;
  /** Outputs of heads of our own, which the original does not have; see `withHeads`. */
  readonly ownOutputs?: readonly string[];
  /** Source files in the order of `files` → the model. Pure and deterministic. */
  convert(files: readonly Uint8Array[]): OnnxModel;
  readonly proof: Proof;
}
