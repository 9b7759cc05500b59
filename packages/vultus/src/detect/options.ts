/** What a caller may ask of face detection. */

/** Options of `detect`, `detectLargest` and `analyze`. */
export interface DetectOptions {
  /** Long side of the network input: 160, 192, 256, 320, 640 or any multiple of 32; default 640. */
  readonly inputSize?: number;
  /** Lowest score to report, 0…1; default: the detector's own. */
  readonly scoreThreshold?: number;
  /** Overlap above which the weaker of two boxes is dropped, 0…1; default 0.3. */
  readonly nmsThreshold?: number;
  /** Shortest height of a face box in picture pixels; default 0 (report all). */
  readonly minFaceSize?: number;
  /** Report at most this many, best by `sortBy`; default: no limit. */
  readonly maxFaces?: number;
  /** Order of the result; default `score`. */
  readonly sortBy?: 'score' | 'size';
  /**
   * Overlapping tiles for small faces in large pictures: `auto` adds them where the reduction to `inputSize` would lose
   * a face of `smallestFace` pixels; `off`; or the number of tiles along the long side. Default `auto`.
   */
  readonly tiles?: 'auto' | 'off' | number;
  /** Height in picture pixels of the smallest face that `tiles: 'auto'` must not lose; default 120 in 4K (long side / 32). */
  readonly smallestFace?: number;
  /** Search for heads that lie on the side or upside down: `auto` when the upright search gives cause; `always`; `off`. */
  readonly rolled?: 'auto' | 'always' | 'off';
  readonly signal?: AbortSignal;
}
