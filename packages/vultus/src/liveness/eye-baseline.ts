/** What an open eye of this person looks like to this camera: eyes are judged against it, not against all people's. */

import type { FaceReading } from './actions.ts';

/** Seconds in which the level follows an eye that is wider open than before, and one that is less so. */
const follow = { up: 0.5, down: 6 } as const;
/** The level before anything is known: no less than this, so that eyes that are closed at first do not pass for open. */
const leastLevel = 0.2;
/** A gap in the readings counts as no more than this many seconds. */
const longestStep = 0.5;

/**
 * Learns how far the eyes of one person are usually open: the level rises fast and sinks slowly, so a blink hardly moves
 * it, whatever the frame rate. Give it every frame of the face.
 */
export class EyeBaseline {
  #left = 0;
  #right = 0;
  #lastMs: number | undefined;

  /** The reading with each eye as a share of its usual opening: 1 open, about 0.2 closed. */
  next(reading: FaceReading, timestampMs: number): FaceReading {
    const { leftEye, rightEye } = reading;
    if (leftEye === undefined || rightEye === undefined) return reading;
    if (this.#lastMs === undefined) {
      this.#left = Math.max(leastLevel, leftEye);
      this.#right = Math.max(leastLevel, rightEye);
    }
    const seconds = Math.min(longestStep, (timestampMs - (this.#lastMs ?? timestampMs)) / 1000);
    this.#lastMs = timestampMs;
    this.#left = towards(this.#left, leftEye, seconds);
    this.#right = towards(this.#right, rightEye, seconds);
    return { ...reading, leftEye: leftEye / this.#left, rightEye: rightEye / this.#right };
  }
}

/** Exponential approach, independent of how often it is called. */
function towards(level: number, value: number, seconds: number): number {
  const time = value > level ? follow.up : follow.down;
  return level + (value - level) * (1 - Math.exp(-seconds / time));
}
