/** Notices what a face does in a video, over and over: blinks, mouth openings, nods. For one question after another see the challenge. */

import {
  ActionDetector,
  type ActionEvidence,
  type ActionLimits,
  actionLimits,
  type FaceReading,
  type LivenessAction,
  livenessActions,
} from './actions.ts';
import { EyeBaseline } from './eye-baseline.ts';

/** Options of {@link FaceActions}. */
export interface FaceActionsOptions {
  /** What to look for; default everything. */
  readonly actions?: readonly LivenessAction[];
  /** Changes to {@link watchingLimits}. */
  readonly limits?: Partial<ActionLimits>;
}

/** An action that was seen to its end. */
export interface SeenAction extends ActionEvidence {
  readonly action: LivenessAction;
  readonly begunMs: number;
  readonly doneMs: number;
}

/** A challenge asks for a clear action; somebody who merely watches notices lips that part, too. */
export const watchingLimits: ActionLimits = {
  ...actionLimits,
  mouthOpen: 0.2,
  mouthClosed: 0.12,
  holdMs: 80,
  blinkDip: 0.18,
};

/**
 * One per face; holds state. An action counts once, when it is clear that it took place, and again after the face was
 * at rest: a mouth that stays open is one opening.
 * @example
 * const actions = new FaceActions({ actions: ['blink'] });
 * for (const { doneMs } of actions.next(faceReading(face), timestampMs)) console.log('blink at', doneMs);
 */
export class FaceActions {
  readonly #limits: ActionLimits;
  readonly #eyes = new EyeBaseline();
  #detectors: readonly ActionDetector[];

  constructor({ actions = livenessActions, limits = {} }: FaceActionsOptions = {}) {
    this.#limits = { ...watchingLimits, ...limits };
    this.#detectors = actions.map((action) => new ActionDetector(action, this.#limits));
  }

  /** Takes in the next frame of the face. @returns the actions that were completed by it */
  next(reading: FaceReading, timestampMs: number): SeenAction[] {
    const relative = this.#eyes.next(reading, timestampMs);
    const seen: SeenAction[] = [];
    this.#detectors = this.#detectors.map((detector) => {
      if (detector.next(relative, timestampMs) !== 'done') return detector;
      const { action, evidence } = detector;
      const { begunMs = timestampMs, doneMs = timestampMs } = evidence;
      seen.push({ ...evidence, action, begunMs, doneMs });
      const again = new ActionDetector(action, this.#limits);
      // What ends an action may be the rest before the next one.
      again.next(relative, timestampMs);
      return again;
    });
    return seen;
  }
}
