/** Near–far liveness: a face that comes closer bulges, a picture of one does not. */

import { VultusError } from '../errors.ts';
import { type DeepPoint, fitPerspective } from './near-far-fit.ts';

/** One frame of the check. */
export interface NearFarFrame {
  readonly width: number;
  readonly height: number;
  /** Box width of the face in pixels. */
  readonly faceWidth: number;
  /** Always the same points in the same order, at least 20, well spread over the face: `nearFarPoints` gives the best. */
  readonly points: readonly DeepPoint[];
  /** Frames with a head turned further than the options allow are skipped. */
  readonly yaw?: number;
  readonly pitch?: number;
}

/** Options of {@link NearFarCheck}. */
export interface NearFarOptions {
  /** Face width ÷ frame width that counts as far: from … to. Default 0.15 … 0.3. */
  readonly far?: readonly [from: number, to: number];
  /** The same for near. Default 0.4 … 0.75. */
  readonly near?: readonly [from: number, to: number];
  /** Frames averaged at each stage. Default 5. */
  readonly frames?: number;
  /** Horizontal field of view of the camera in degrees. Default 65. */
  readonly fieldOfView?: number;
  /** Score from which a face is taken to be solid. Default 0.14; `docs/liveness.md` has what that refuses and accepts. */
  readonly threshold?: number;
  /** Default 15. */
  readonly maxAngle?: number;
}

/** What the check says after each frame. */
export interface NearFarStatus {
  readonly stage: 'far' | 'near' | 'over';
  /** What to tell the person. */
  readonly guidance?: 'MOVE_BACK' | 'COME_CLOSER' | 'LOOK_STRAIGHT' | 'HOLD_STILL';
  readonly verdict?: {
    readonly live: boolean;
    /**
     * Perspective found ÷ perspective expected of a head: about 0 for a flat picture, up to 1 for a head. The mesh network
     * gives less than the geometry, for it sees most faces from the same distance: 0.1 to 0.4 where exact points give 0.9.
     */
    readonly score: number;
    /** Share of the points' movement that neither scaling nor perspective explains: > 0.05 makes the score a guess. */
    readonly residual: number;
  };
}

/**
 * Two stages, FAR then NEAR. Between them the points of a flat picture only grow, move and turn; on a head those nearer to
 * the camera grow more. How much more is fitted by least squares and compared with what a head at these distances must show.
 */
export class NearFarCheck {
  readonly #options: Required<NearFarOptions>;
  readonly #stages: { far: NearFarFrame[]; near: NearFarFrame[] } = { far: [], near: [] };
  #over: NearFarStatus | undefined;

  constructor(options: NearFarOptions = {}) {
    const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
    this.#options = {
      far: [0.15, 0.3],
      near: [0.4, 0.75],
      frames: 5,
      fieldOfView: 65,
      threshold: 0.14,
      maxAngle: 15,
      ...given,
    };
  }

  /** Takes in the next frame in which the face is seen. @throws VultusError `INVALID_ARGUMENT` for points that do not match */
  next(frame: NearFarFrame): NearFarStatus {
    if (this.#over !== undefined) return this.#over;
    const { frames, maxAngle, threshold, fieldOfView } = this.#options;
    const stage = this.#stages.far.length < frames ? 'far' : 'near';
    const [from, to] = this.#options[stage];
    const share = frame.faceWidth / frame.width;
    if (share > to) return { stage, guidance: 'MOVE_BACK' };
    if (share < from) return { stage, guidance: 'COME_CLOSER' };
    if (Math.abs(frame.yaw ?? 0) > maxAngle || Math.abs(frame.pitch ?? 0) > maxAngle) {
      return { stage, guidance: 'LOOK_STRAIGHT' };
    }
    const expected = this.#stages.far[0]?.points.length ?? frame.points.length;
    if (frame.points.length < 20 || frame.points.length !== expected) {
      throw new VultusError(
        'INVALID_ARGUMENT',
        `NearFarCheck: expected ${Math.max(20, expected)} points, got ${frame.points.length}`,
      );
    }
    this.#stages[stage].push(frame);
    if (this.#stages.near.length < frames) {
      const more = this.#stages.far.length < frames;
      return { stage: more ? 'far' : 'near', guidance: more || stage === 'near' ? 'HOLD_STILL' : 'COME_CLOSER' };
    }
    const fit = fitPerspective(this.#stages.far, this.#stages.near, fieldOfView);
    this.#over = { stage: 'over', verdict: { live: fit.score >= threshold, ...fit } };
    return this.#over;
  }
}
