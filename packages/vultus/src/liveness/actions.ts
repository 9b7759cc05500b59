/** Actions a person is asked for, each recognised on a short history of readings, whatever the frame rate. */

/** What a person can be asked to do. Sides are those of the picture: `turn-left` is the nose to its left edge. */
export type LivenessAction =
  | 'blink'
  | 'mouth-open'
  | 'head-shake'
  | 'nod'
  | 'head-raise'
  | 'turn-left'
  | 'turn-right'
  | 'smile';

/** All actions. */
export const livenessActions: readonly LivenessAction[] = [
  'blink',
  'mouth-open',
  'head-shake',
  'nod',
  'head-raise',
  'turn-left',
  'turn-right',
  'smile',
];

/** What is read off a face in one frame; a value that could not be read is left out. */
export interface FaceReading {
  /** Degrees: yaw < 0 nose towards the picture's left edge, pitch > 0 face up. */
  readonly yaw?: number;
  readonly pitch?: number;
  /** How far an eye is open, in any measure that is proportional to it; `aspectRatio` of the `eyes` task is best. */
  readonly leftEye?: number;
  readonly rightEye?: number;
  /** Distance of the lips ÷ width of the mouth. */
  readonly mouth?: number;
  /** Probability of a smile, 0…1. */
  readonly smile?: number;
}

/** Thresholds of {@link ActionDetector}; angles are changes from where the head was at rest. */
export interface ActionLimits {
  /** Below this share of the person's usual opening an eye is closed, above the other it is open again. */
  readonly eyeClosed: number;
  readonly eyeOpen: number;
  /** Eyes closed for longer than this are not a blink. */
  readonly blinkMs: number;
  /**
   * With fewer than 16 frames a second, a blink may show in one frame as eyes half closed: this much below the frames
   * before and after, as a share of the usual opening, is one, too. 1: never.
   */
  readonly blinkDip: number;
  /** Eyes are judged only within these angles. */
  readonly blinkYaw: number;
  readonly blinkPitch: number;
  readonly mouthClosed: number;
  readonly mouthOpen: number;
  /** To each side. */
  readonly shakeYaw: number;
  /** A shake or nod takes no longer than this. */
  readonly swingMs: number;
  readonly nodPitch: number;
  readonly raisePitch: number;
  readonly turnYaw: number;
  readonly noSmile: number;
  readonly smile: number;
  /** A held action counts after this long; a single odd reading does not. */
  readonly holdMs: number;
  /** Rest: no more than this from straight ahead. */
  readonly restYaw: number;
  readonly restPitch: number;
}

/** The defaults; angles and ratios start from those of InspireFace (shake 6°, raise 10°, lips 0.3). */
export const actionLimits: ActionLimits = {
  eyeClosed: 0.6,
  eyeOpen: 0.65,
  blinkMs: 800,
  blinkDip: 1,
  blinkYaw: 30,
  blinkPitch: 25,
  mouthClosed: 0.15,
  mouthOpen: 0.3,
  shakeYaw: 8,
  swingMs: 2000,
  nodPitch: 8,
  raisePitch: 10,
  turnYaw: 20,
  noSmile: 0.4,
  smile: 0.7,
  holdMs: 100,
  restYaw: 15,
  restPitch: 15,
};

/** How far an action has come. `waiting`: not seen at rest yet; `ready`: at rest, may begin; `begun`; `done`. */
export type ActionState = 'waiting' | 'ready' | 'begun' | 'done';

/** What the action rested on: the reading that it watches, at rest and at its extremes. */
export interface ActionEvidence {
  readonly rest: number;
  readonly min: number;
  readonly max: number;
  readonly begunMs?: number;
  readonly doneMs?: number;
}

/**
 * Watches for one action. It must begin at rest: an action that is already under way does not count. Eyes are taken as
 * shares of the person's usual opening, as `EyeBaseline` gives them.
 */
export class ActionDetector {
  readonly action: LivenessAction;
  readonly #limits: ActionLimits;
  #state: ActionState = 'waiting';
  #rest = 0;
  #min = Number.POSITIVE_INFINITY;
  #max = Number.NEGATIVE_INFINITY;
  #begunMs: number | undefined;
  #doneMs: number | undefined;
  #held: number | undefined;
  /** The last two signals, for dips. */
  #before: readonly Sample[] = [];
  /** First and last time on either side, for what swings. */
  #low: number | undefined;
  #high: number | undefined;

  constructor(action: LivenessAction, limits: Partial<ActionLimits> = {}) {
    this.action = action;
    this.#limits = { ...actionLimits, ...limits };
  }

  /** See {@link ActionState}. */
  get state(): ActionState {
    return this.#state;
  }

  /** Extremes since the action could begin. */
  get evidence(): ActionEvidence {
    const times = {
      ...(this.#begunMs === undefined ? {} : { begunMs: this.#begunMs }),
      ...(this.#doneMs === undefined ? {} : { doneMs: this.#doneMs }),
    };
    return { rest: this.#rest, min: this.#min, max: this.#max, ...times };
  }

  /** Takes in the next frame's reading. */
  next(reading: FaceReading, timestampMs: number): ActionState {
    const signal = signalOf(this.action, reading, this.#limits);
    if (signal === undefined || this.#state === 'done') return this.#state;
    if (this.#state === 'waiting') {
      if (!isAtRest(this.action, signal, reading, this.#limits)) return 'waiting';
      this.#rest = signal;
      this.#state = 'ready';
    }
    this.#min = Math.min(this.#min, signal);
    this.#max = Math.max(this.#max, signal);
    const done = this.#watch(signal, timestampMs);
    if (done) {
      this.#state = 'done';
      this.#doneMs = timestampMs;
    }
    return this.#state;
  }

  #watch(signal: number, now: number): boolean {
    const { eyeClosed, eyeOpen, blinkMs, mouthOpen, smile, raisePitch, turnYaw, nodPitch, shakeYaw } = this.#limits;
    const change = signal - this.#rest;
    switch (this.action) {
      case 'blink':
        return this.#pulse(signal < eyeClosed, now, blinkMs, signal > eyeOpen) || this.#dip(signal, now);
      case 'mouth-open':
        return this.#hold(signal > mouthOpen, now);
      case 'smile':
        return this.#hold(signal > smile, now);
      case 'head-raise':
        return this.#hold(change > raisePitch, now);
      case 'turn-left':
        return this.#hold(change < -turnYaw, now);
      case 'turn-right':
        return this.#hold(change > turnYaw, now);
      case 'nod':
        return this.#pulse(change < -nodPitch, now, this.#limits.swingMs, Math.abs(change) < nodPitch / 2);
      default:
        return this.#swing(change < -shakeYaw, change > shakeYaw, now);
    }
  }

  /** On for `holdMs` without a break. */
  #hold(on: boolean, now: number): boolean {
    if (!on) {
      this.#held = undefined;
      this.#abandon();
      return false;
    }
    this.#begin(now);
    this.#held ??= now;
    return now - this.#held >= this.#limits.holdMs;
  }

  /** On, and back again within `mostMs`. */
  #pulse(on: boolean, now: number, mostMs: number, back: boolean): boolean {
    if (on) {
      this.#held ??= now;
      this.#begin(now);
      return false;
    }
    if (!back || this.#held === undefined) return false;
    const length = now - this.#held;
    this.#held = undefined;
    if (length <= mostMs) return true;
    this.#abandon();
    return false;
  }

  /** Low in one frame or two, between frames in which it was not; frames so far apart that the lowest point lies between them. */
  #dip(signal: number, now: number): boolean {
    const { blinkDip, eyeOpen } = this.#limits;
    const seen = [...this.#before, { signal, now }];
    this.#before = seen.slice(-3);
    const steps = seen.slice(1).map((sample, i) => sample.now - (seen[i] as Sample).now);
    for (const lows of [1, 2]) {
      const first = seen.at(-2 - lows);
      const low = seen.slice(-1 - lows, -1);
      const between = steps.slice(-1 - lows);
      if (first === undefined || Math.min(...between) < dipSteps.least || Math.max(...between) > dipSteps.most)
        continue;
      const level = Math.min(first.signal, signal);
      if (level <= eyeOpen || low.some((sample) => level - sample.signal < blinkDip)) continue;
      this.#begunMs = (low[0] as Sample).now;
      return true;
    }
    return false;
  }

  /** Once to each side within `swingMs`. */
  #swing(low: boolean, high: boolean, now: number): boolean {
    if (low) this.#low = now;
    if (high) this.#high = now;
    if (low || high) this.#begin(now);
    if (this.#low === undefined || this.#high === undefined) return false;
    return Math.abs(this.#low - this.#high) <= this.#limits.swingMs;
  }

  #begin(now: number): void {
    if (this.#state === 'begun') return;
    this.#state = 'begun';
    this.#begunMs = now;
  }

  #abandon(): void {
    this.#state = 'ready';
    this.#begunMs = undefined;
  }
}

/** A signal and its time in milliseconds. */
interface Sample {
  readonly signal: number;
  readonly now: number;
}

/** Milliseconds from one frame to the next between which dips are looked for. */
const dipSteps = { least: 63, most: 200 } as const;

/** The one reading that an action is seen on; `undefined` where it cannot be judged in this frame. */
function signalOf(action: LivenessAction, reading: FaceReading, limits: ActionLimits): number | undefined {
  const { yaw, pitch, leftEye, rightEye, mouth, smile } = reading;
  switch (action) {
    case 'blink':
      if (leftEye === undefined || rightEye === undefined) return undefined;
      if (Math.abs(yaw ?? 0) > limits.blinkYaw || Math.abs(pitch ?? 0) > limits.blinkPitch) return undefined;
      return eyesTogether(leftEye, rightEye, yaw ?? 0);
    case 'mouth-open':
      return mouth;
    case 'smile':
      return smile;
    case 'nod':
    case 'head-raise':
      return pitch;
    default:
      return yaw;
  }
}

/** Eyes that differ by more than this say different things. */
const eyesDiffer = 0.35;
/** From this many degrees on the farther eye is foreshortened and the nearer one decides. */
const aside = 12;

/**
 * Both eyes in one number: the mean, for at the edge of a blink one eye often reads open a frame longer. Where they say
 * different things it is a wink, which is no blink, or the head is turned and one eye is hardly seen.
 */
function eyesTogether(left: number, right: number, yaw: number): number {
  if (Math.abs(left - right) <= eyesDiffer) return (left + right) / 2;
  if (Math.abs(yaw) < aside) return Math.max(left, right);
  return yaw < 0 ? right : left;
}

function isAtRest(
  action: LivenessAction,
  signal: number,
  { yaw = 0, pitch = 0 }: FaceReading,
  limits: ActionLimits,
): boolean {
  switch (action) {
    case 'blink':
      return signal > limits.eyeOpen;
    case 'mouth-open':
      return signal <= limits.mouthClosed;
    case 'smile':
      return signal <= limits.noSmile;
    default:
      return Math.abs(yaw) <= limits.restYaw && Math.abs(pitch) <= limits.restPitch;
  }
}
