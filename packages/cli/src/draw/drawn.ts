/** What can be drawn over a picture. */

import type { Body, Box, FivePoints, Gaze, HeadPose, Point, SceneObject } from 'vultus';

/** One face to draw; all places in pixels of the upright picture. */
export interface DrawnFace {
  readonly box: Box;
  /** Who it is: gives the colour and the label; `null` for somebody unknown; absent when nobody was asked. */
  readonly identity?: string | null;
  /** Label; default the identity, `unknown` for `null`, nothing when absent. */
  readonly label?: string;
  /** Drawn after the label in a lighter weight, e.g. a similarity. */
  readonly note?: string;
  /** Smaller lines below the label, e.g. other candidates. */
  readonly lines?: readonly string[];
  /** CSS colour; default by identity. */
  readonly colour?: string;
  /** Points to mark: five, or any number. 68, 98 and 106 points are joined to outlines in their scheme. */
  readonly landmarks?: FivePoints | readonly Point[];
  /** The 478 points of a mesh, drawn as a net. */
  readonly mesh?: readonly Point[];
  /** Drawn as three axes: the head's right in red, down in green, where the nose points in blue. */
  readonly axes?: Pick<HeadPose, 'matrix'>;
  /** Drawn as a box in space round the head. */
  readonly cube?: Pick<HeadPose, 'matrix'>;
  /** Drawn as a ray from each eye. */
  readonly gaze?: Pick<Gaze, 'vector'>;
}

/** Everything that is drawn over one picture. */
export interface Drawing {
  readonly faces?: readonly DrawnFace[];
  readonly objects?: readonly SceneObject[];
  readonly bodies?: readonly Body[];
}
