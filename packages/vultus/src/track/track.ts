/** What tracking takes and what it says: observations in, tracks out. Plain, readonly data. */

import type { Detection, FivePoints } from '../face/face.ts';
import type { Box, Point } from '../face/geometry.ts';
import type { Image } from '../image/image.ts';

/** A detection with what else is known of the face in this frame. */
export interface Observation extends Detection {
  /** Refined points, where a caller has them; smoothed over time on the track. */
  readonly landmarks?: FivePoints;
  /** Dense points in a fixed order, smoothed like `landmarks`. */
  readonly dense?: readonly Point[];
  /** Unit-length embedding: helps to tell faces apart that overlap, and to know again one that left. */
  readonly embedding?: Float32Array;
}

/**
 * `tentative`: seen, not yet confirmed by a second look; or, with an id, resembling somebody who left, and looked at for
 * up to half a second to find out whether it is the same face. `tracked`: seen in this frame.
 * `lost`: not seen in this frame; the box is where motion would have carried it.
 */
export type TrackState = 'tentative' | 'tracked' | 'lost';

/** One face over time, as it stands after a frame. */
export interface Track {
  /**
   * From 1, never given to another face of the same tracker. 0 until confirmed, so that a false alarm takes no id,
   * and in mode `detect`, which follows nobody.
   */
  readonly id: number;
  readonly state: TrackState;
  /** Frames since the face was first seen, that one included. */
  readonly age: number;
  /** Frames in which it was seen. */
  readonly seen: number;
  /** Pixels of the upright frame; filtered, so it may reach past the frame's edge. */
  readonly box: Box;
  /** Motion of the box's centre in pixels per second. */
  readonly velocity: Point;
  /** Score of the last look, 0…1. */
  readonly score: number;
  /** Smoothed; of the last frame in which the face was seen. */
  readonly landmarks?: FivePoints;
  /** Smoothed dense points, where observations had them. */
  readonly dense?: readonly Point[];
  /** Time of the first and of the last look, in milliseconds of the stream. */
  readonly firstMs: number;
  readonly lastMs: number;
  /** Position of its observation in this update's list; absent when it was not seen, or not from a list. */
  readonly observation?: number;
}

/**
 * `detect`: every frame by itself, no ids. `light`: the detector now and then, landmarks in between; for few faces.
 * `by-detection`: the detector on every frame, motion and two-stage association; for crowds.
 */
export type TrackingMode = 'detect' | 'light' | 'by-detection';

/** The eyes of a tracker that is fed with frames: an engine's, or your own. */
export interface FaceFinder {
  /** All faces of the frame, best first. Low scores are welcome: they keep a track alive, they start none. */
  detect(frame: Image, signal?: AbortSignal): Promise<readonly Observation[]>;
  /**
   * Looks for the same faces near where they were: refined points in the order of `faces`, with a confidence 0…1 where
   * a network gives one. Only mode `light` needs it.
   */
  refine(frame: Image, faces: readonly Detection[], signal?: AbortSignal): Promise<readonly RefinedFace[]>;
  /**
   * A second opinion on faces that are new, once for each: the confidence that it is one, 0…1, in their order. Without it
   * every detection above the thresholds starts a track.
   */
  confirm?(frame: Image, faces: readonly Detection[], signal?: AbortSignal): Promise<readonly number[]>;
}

/** One face as {@link FaceFinder.refine} saw it. */
export interface RefinedFace {
  readonly landmarks: FivePoints;
  readonly dense?: readonly Point[];
  /** Probability that there is a face, 0…1, where a network says so. */
  readonly confidence?: number;
}

/** How landmarks are smoothed over time. */
export type Smoothing =
  | { readonly kind: 'off' }
  /** Mean over the last `frames`, the older and the faster the less: see {@link MotionMean}. Defaults 5 and 0.05. */
  | { readonly kind: 'mean'; readonly frames?: number; readonly ratio?: number }
  /** One-Euro filter, independent of frame rate. Defaults 1 Hz, 0.02, 1 Hz. */
  | {
      readonly kind: 'one-euro';
      readonly minCutoff?: number;
      readonly beta?: number;
      readonly derivativeCutoff?: number;
    };

/** Options of {@link Tracker}. */
export interface TrackerOptions {
  /** Default `by-detection`. */
  readonly mode?: TrackingMode;
  /** Needed to feed frames; without it only observations can be fed, in the modes `detect` and `by-detection`. */
  readonly finder?: FaceFinder;
  /** Most faces to follow; new ones beyond it are left alone, the best first. Default 20. */
  readonly maxFaces?: number;
  /** Mode `light`: frames from one detection to the next; 0: only when nothing is followed. Default 20. */
  readonly detectInterval?: number;
  /** Mode `light`: detect again at once in the frame in which the last followed face was lost. Default true. */
  readonly recover?: boolean;
  /** Observations from this score on are matched first. Default 0.5. */
  readonly trackThreshold?: number;
  /** A new track starts from this score on. Default 0.6. */
  readonly newTrackThreshold?: number;
  /** Observations below this score are ignored. Default 0.1. */
  readonly lowThreshold?: number;
  /** Greatest cost (1 − overlap·score) of the first association. Default 0.8. */
  readonly matchThreshold?: number;
  /** How long a lost track waits for its face before it ends, in milliseconds. Default 1,000. */
  readonly lostMs?: number;
  /** How long an ended track can be known again by its embedding, in milliseconds. Default 30,000. */
  readonly reidentifyMs?: number;
  /** Least cosine of the mean looks of one face before and after, for the above. Default 0.45. */
  readonly reidentifySimilarity?: number;
  /** Default `{ kind: 'mean' }`. */
  readonly smoothing?: Smoothing;
  /**
   * 1 − correlation of the brightness of two frames from which it is a cut: then only a face in nearly the same place is
   * taken to be the same. Frames only. Default 0.7; 2 turns it off.
   */
  readonly cutThreshold?: number;
}
