/** Cooperative liveness: asks for random actions and judges whether one living person did them, one after another. */

import { VultusError } from '../errors.ts';
import type { Box } from '../face/geometry.ts';
import {
  ActionDetector,
  type ActionEvidence,
  type ActionLimits,
  type FaceReading,
  type LivenessAction,
  livenessActions,
} from './actions.ts';
import { EyeBaseline } from './eye-baseline.ts';

/** One frame of a session as measured by whoever feeds it. */
export interface ChallengeFrame {
  /** Milliseconds of the stream; grows. */
  readonly timestampMs: number;
  readonly width: number;
  readonly height: number;
  /** Faces in view. */
  readonly faces: number;
  /** The person's face: the largest. Absent where none is seen. */
  readonly face?: FaceReading & {
    readonly box: Box;
    /** A tracker's id. */
    readonly track?: number;
    /** Unit length, made now and then: at least at the start and before the end. Those of a turned head are not compared. */
    readonly embedding?: Float32Array;
    /** Score of silent liveness, 0 copy … 1 person, made now and then. */
    readonly silent?: number;
  };
}

/** Options of {@link LivenessChallenge}. */
export interface ChallengeOptions {
  /** Actions to draw from; default all but `smile`, which needs an emotion model. */
  readonly actions?: readonly LivenessAction[];
  /** How many are asked, no two the same. Default 3. */
  readonly count?: number;
  /** 0 ≤ … < 1, for the order. Default: the platform's cryptographic generator. */
  readonly random?: () => number;
  readonly actionTimeoutMs?: number;
  readonly totalTimeoutMs?: number;
  /** The face may be out of sight, or somebody else in it, for this long. Default 800. */
  readonly graceMs?: number;
  /** How long the head must be straight before the first prompt and between prompts. Default 400. */
  readonly frontalMs?: number;
  /** Width of the face ÷ width of the frame. Default 0.18. */
  readonly minShare?: number;
  /** Distance of the face's centre from the frame's ÷ the frame's width or height. Default 0.3. */
  readonly maxOffset?: number;
  /** Least cosine between two embeddings of a session. Default 0.35. */
  readonly minSimilarity?: number;
  /** Least mean of the silent scores; 0 turns it off. Default 0.5. */
  readonly minSilent?: number;
  /** Silent scores that must be there for a verdict, unless `minSilent` is 0. Default 3. */
  readonly silentSamples?: number;
  readonly limits?: Partial<ActionLimits>;
}

/** Why a session failed. */
export type ChallengeReason =
  | 'ACTION_TIMEOUT'
  | 'TOTAL_TIMEOUT'
  | 'FACE_LOST'
  | 'FACE_JUMPED'
  | 'TRACK_CHANGED'
  | 'IDENTITY_CHANGED'
  | 'SEVERAL_FACES'
  | 'SILENT_SPOOF'
  | 'SILENT_TOO_FEW';

/** What to tell the person besides the prompt. */
export type ChallengeGuidance = 'NO_FACE' | 'ONE_FACE_ONLY' | 'COME_CLOSER' | 'CENTRE_FACE' | 'LOOK_STRAIGHT';

/** One action that was asked for. */
export interface ChallengeStep extends ActionEvidence {
  readonly action: LivenessAction;
  readonly promptedMs: number;
}

/** The end of a session. */
export interface ChallengeVerdict {
  readonly live: boolean;
  /** Empty for a living person. */
  readonly reasons: readonly ChallengeReason[];
  readonly steps: readonly ChallengeStep[];
  readonly silent: { readonly mean: number; readonly samples: number };
  readonly durationMs: number;
}

/** What a session says after each frame. */
export interface ChallengeStatus {
  readonly phase: 'prepare' | 'action' | 'over';
  /** What the person is asked to do now, the which-th of how many, and how long there is. */
  readonly prompt?: {
    readonly action: LivenessAction;
    readonly index: number;
    readonly count: number;
    readonly remainingMs: number;
  };
  readonly guidance?: ChallengeGuidance;
  readonly verdict?: ChallengeVerdict;
}

type Rules = Required<Omit<ChallengeOptions, 'limits'>> & { readonly limits: Partial<ActionLimits> };

const defaults: Omit<Rules, 'random' | 'actions'> = {
  count: 3,
  actionTimeoutMs: 8000,
  totalTimeoutMs: 40_000,
  graceMs: 800,
  frontalMs: 400,
  minShare: 0.18,
  maxOffset: 0.3,
  minSimilarity: 0.35,
  minSilent: 0.5,
  silentSamples: 3,
  limits: {},
};

/** Straight enough to be asked something: the seed family's gate. */
const frontal = { yaw: 20, pitch: 15 } as const;
/** From one frame to the next, at most 250 ms later, a face moves less than its width and grows less than this. */
const jump = { withinMs: 250, shift: 0.8, growth: 1.6 } as const;

/**
 * One session: a pure state machine, frames in, prompts and a verdict out. No clock, no models, no pictures, so that it
 * is the same in a browser and on a server, and a recorded session can be judged again.
 * @example
 * const challenge = new LivenessChallenge();
 * for await (const frame of frames) {
 *   const { prompt, verdict } = challenge.next(await measure(frame));
 *   if (verdict) break;
 * }
 */
export class LivenessChallenge {
  /** The actions of this session in the order in which they are asked for. Do not show them ahead. */
  readonly actions: readonly LivenessAction[];
  readonly #rules: Rules;
  readonly #steps: ChallengeStep[] = [];
  readonly #silent: number[] = [];
  readonly #eyes = new EyeBaseline();
  #detector: ActionDetector | undefined;
  #promptedMs = 0;
  #firstMs: number | undefined;
  #lastMs = Number.NEGATIVE_INFINITY;
  #frontalSinceMs: number | undefined;
  #goneSinceMs: number | undefined;
  #crowdedSinceMs: number | undefined;
  #lastFace: { readonly box: Box; readonly timestampMs: number } | undefined;
  #track: number | undefined;
  #embedding: Float32Array | undefined;
  #verdict: ChallengeVerdict | undefined;

  /** @throws VultusError `INVALID_ARGUMENT` for a count that the list of actions cannot give */
  constructor(options: ChallengeOptions = {}) {
    const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
    const actions = options.actions ?? livenessActions.filter((action) => action !== 'smile');
    this.#rules = { ...defaults, random: secureRandom, actions, ...given };
    const { count, random } = this.#rules;
    const pool = [...new Set(actions)];
    const unknown = pool.find((action) => !livenessActions.includes(action));
    if (unknown !== undefined || !Number.isInteger(count) || count < 1 || count > pool.length) {
      throw new VultusError(
        'INVALID_ARGUMENT',
        `LivenessChallenge: expected a count of 1 to ${pool.length} among ${livenessActions.join(', ')}; got ${unknown ?? count}`,
      );
    }
    this.actions = draw(pool, count, random);
  }

  /** Takes in the next frame. After the verdict nothing changes any more. @throws VultusError `INVALID_ARGUMENT` for a time that does not grow */
  next(frame: ChallengeFrame): ChallengeStatus {
    if (this.#verdict !== undefined) return { phase: 'over', verdict: this.#verdict };
    const { timestampMs: now } = frame;
    if (!(now > this.#lastMs)) {
      throw new VultusError('INVALID_ARGUMENT', `LivenessChallenge: expected a time after ${this.#lastMs}, got ${now}`);
    }
    this.#lastMs = now;
    this.#firstMs ??= now;
    const broken = this.#continuity(frame);
    if (broken !== undefined) return this.#end([broken]);
    if (now - this.#firstMs > this.#rules.totalTimeoutMs) return this.#end(['TOTAL_TIMEOUT']);
    const guidance = this.#guidance(frame);
    const reading = frame.face && this.#eyes.next(frame.face, now);
    return this.#detector === undefined
      ? this.#prepare(frame, guidance)
      : this.#act(frame, reading, this.#detector, guidance);
  }

  /** Waits until the head is straight, then asks for the next action. */
  #prepare({ face, timestampMs: now }: ChallengeFrame, guidance: ChallengeGuidance | undefined): ChallengeStatus {
    const straight = face?.yaw !== undefined && face.pitch !== undefined && looksStraight(face);
    if (guidance !== undefined || !straight) {
      this.#frontalSinceMs = undefined;
      return { phase: 'prepare', guidance: guidance ?? 'LOOK_STRAIGHT' };
    }
    this.#frontalSinceMs ??= now;
    if (now - this.#frontalSinceMs < this.#rules.frontalMs) return { phase: 'prepare' };
    this.#detector = new ActionDetector(this.actions[this.#steps.length] as LivenessAction, this.#rules.limits);
    this.#promptedMs = now;
    return this.#prompt(this.#detector, now, undefined);
  }

  #act(
    { timestampMs: now }: ChallengeFrame,
    reading: FaceReading | undefined,
    detector: ActionDetector,
    guidance: ChallengeGuidance | undefined,
  ): ChallengeStatus {
    if (now - this.#promptedMs > this.#rules.actionTimeoutMs) return this.#end(['ACTION_TIMEOUT'], detector);
    const usable = reading !== undefined && guidance !== 'COME_CLOSER' && guidance !== 'ONE_FACE_ONLY';
    if (usable && detector.next(reading, now) === 'done') {
      this.#steps.push(this.#step(detector));
      this.#detector = undefined;
      this.#frontalSinceMs = undefined;
      return this.#steps.length === this.actions.length ? this.#finish() : { phase: 'prepare' };
    }
    return this.#prompt(detector, now, guidance);
  }

  #prompt(detector: ActionDetector, now: number, guidance: ChallengeGuidance | undefined): ChallengeStatus {
    const remainingMs = this.#promptedMs + this.#rules.actionTimeoutMs - now;
    const prompt = { action: detector.action, index: this.#steps.length, count: this.actions.length, remainingMs };
    return { phase: 'action', prompt, ...(guidance === undefined ? {} : { guidance }) };
  }

  /** One face, always the same one. @returns what broke it */
  #continuity({ face, faces, timestampMs: now }: ChallengeFrame): ChallengeReason | undefined {
    const { graceMs, minSimilarity } = this.#rules;
    const started = this.#steps.length > 0 || this.#detector !== undefined;
    this.#crowdedSinceMs = faces > 1 ? (this.#crowdedSinceMs ?? now) : undefined;
    if (started && this.#crowdedSinceMs !== undefined && now - this.#crowdedSinceMs > graceMs) return 'SEVERAL_FACES';
    if (face === undefined) {
      this.#goneSinceMs ??= this.#lastFace?.timestampMs ?? now;
      return started && now - this.#goneSinceMs > graceMs ? 'FACE_LOST' : undefined;
    }
    const previous = this.#lastFace;
    this.#goneSinceMs = undefined;
    this.#lastFace = { box: face.box, timestampMs: now };
    if (face.silent !== undefined) this.#silent.push(face.silent);
    const embedding = looksStraight(face) ? face.embedding : undefined;
    if (!started) {
      this.#track = face.track;
      this.#embedding = embedding ?? this.#embedding;
      return undefined;
    }
    if (previous !== undefined && now - previous.timestampMs > graceMs) return 'FACE_LOST';
    if (previous !== undefined && hasJumped(previous, face.box, now)) return 'FACE_JUMPED';
    if (this.#track !== undefined && face.track !== undefined && face.track !== this.#track) return 'TRACK_CHANGED';
    this.#track ??= face.track;
    if (embedding !== undefined) {
      if (this.#embedding !== undefined && cosine(this.#embedding, embedding) < minSimilarity) {
        return 'IDENTITY_CHANGED';
      }
      this.#embedding ??= embedding;
    }
    return undefined;
  }

  #guidance({ face, faces, width, height }: ChallengeFrame): ChallengeGuidance | undefined {
    const { minShare, maxOffset } = this.#rules;
    if (face === undefined) return 'NO_FACE';
    if (faces > 1) return 'ONE_FACE_ONLY';
    const { box } = face;
    if (box.width < minShare * width) return 'COME_CLOSER';
    const dx = Math.abs((box.x + box.width / 2) / width - 0.5);
    const dy = Math.abs((box.y + box.height / 2) / height - 0.5);
    return dx > maxOffset || dy > maxOffset ? 'CENTRE_FACE' : undefined;
  }

  #finish(): ChallengeStatus {
    const { minSilent, silentSamples } = this.#rules;
    if (minSilent === 0) return this.#end([]);
    if (this.#silent.length < silentSamples) return this.#end(['SILENT_TOO_FEW']);
    return this.#end(mean(this.#silent) < minSilent ? ['SILENT_SPOOF'] : []);
  }

  #end(reasons: readonly ChallengeReason[], open = this.#detector): ChallengeStatus {
    const steps = open === undefined ? this.#steps : [...this.#steps, this.#step(open)];
    this.#verdict = {
      live: reasons.length === 0,
      reasons,
      steps: [...steps],
      silent: { mean: mean(this.#silent), samples: this.#silent.length },
      durationMs: this.#lastMs - (this.#firstMs ?? this.#lastMs),
    };
    return { phase: 'over', verdict: this.#verdict };
  }

  #step(detector: ActionDetector): ChallengeStep {
    return { action: detector.action, promptedMs: this.#promptedMs, ...detector.evidence };
  }
}

/** Not known to be turned: a turned head's embedding says little of who it is, and who is asked to turn is turned. */
function looksStraight({ yaw = 0, pitch = 0 }: FaceReading): boolean {
  return Math.abs(yaw) <= frontal.yaw && Math.abs(pitch) <= frontal.pitch;
}

function hasJumped(before: { readonly box: Box; readonly timestampMs: number }, box: Box, now: number): boolean {
  if (now - before.timestampMs > jump.withinMs) return false;
  const size = Math.max(before.box.width, box.width);
  const dx = box.x + box.width / 2 - before.box.x - before.box.width / 2;
  const dy = box.y + box.height / 2 - before.box.y - before.box.height / 2;
  const growth = Math.max(box.width / before.box.width, before.box.width / box.width);
  return Math.hypot(dx, dy) > jump.shift * size || growth > jump.growth;
}

/** `count` of the pool in random order (Fisher and Yates). */
function draw(pool: readonly LivenessAction[], count: number, random: () => number): LivenessAction[] {
  const rest = [...pool];
  return Array.from({ length: count }, () => {
    const at = Math.min(rest.length - 1, Math.floor(random() * rest.length));
    return rest.splice(at, 1)[0] as LivenessAction;
  });
}

function secureRandom(): number {
  const [word = 0] = globalThis.crypto.getRandomValues(new Uint32Array(1));
  return word / 2 ** 32;
}

function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
}

function cosine(a: Float32Array, b: Float32Array): number {
  return a.reduce((sum, value, i) => sum + value * (b[i] ?? 0), 0);
}
