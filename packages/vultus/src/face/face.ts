/** What a detector and the tasks say about one face: plain, readonly, JSON-safe data. */

import type { Box, Point } from './geometry.ts';

/**
 * Five points in the order of the ArcFace template: the eye, nose and mouth corner names say the side
 * *of the picture* ("left" is nearer to the picture's left edge on an upright face), not the person's side.
 */
export interface FivePoints {
  readonly leftEye: Point;
  readonly rightEye: Point;
  readonly nose: Point;
  readonly leftMouth: Point;
  readonly rightMouth: Point;
}

/** One face as a detector reports it. */
export interface Detection {
  /** Pixels of the upright picture, clipped to it. */
  readonly box: Box;
  /** The detector's confidence, 0…1. Comparable within one detector only. */
  readonly score: number;
  /** Coarse points where the detector gives them; the refined ones come from the landmarks task. */
  readonly points?: FivePoints;
  /** In-plane rotation of the head in degrees, −180…180, > 0 clockwise, where the detector searched for it. */
  readonly roll?: number;
}

/** A detected face with the values of the tasks that were asked for, each under its task's name. */
export interface Face extends Detection {
  /** Position in the result list, from 0. */
  readonly index: number;
  /** Refined five points, when any task or alignment needed them. */
  readonly landmarks?: FivePoints;
}
