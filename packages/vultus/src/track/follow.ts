/** One frame of mode `light`: carry every face on by its landmarks, look for others when it is time. */

import type { Detection } from '../face/face.ts';
import type { Box } from '../face/geometry.ts';
import { iou } from '../face/geometry.ts';
import type { Image } from '../image/image.ts';
import type { Crowd } from './crowd.ts';
import { type Anchor, anchorFace, carryOn, doubled, isClaimed } from './light.ts';
import type { FaceFinder, Observation } from './track.ts';
import type { Tracklet } from './tracklet.ts';

/** While somebody is lost the detector looks at least this often, in frames. */
const searchInterval = 5;
/** A face that the detector does not confirm this many times in a row is given up. */
const mostMisses = 2;
/** Share of the way that a confirmed box goes to the detector's: enough to stop drift, too little to be seen as a jump. */
const reanchorShare = 0.3;

/** A face that changed more than this from the frame before (correlation of its pixels) is in doubt. */
const doubtfulLikeness = 0.65;
/** So is one that grew or shrank by more than this since the detector last saw it: landmarks can creep into a face. */
const doubtfulGrowth = 1.35;
/** Frames between two detections for doubt alone. */
const doubtInterval = 3;

/** What is kept of a followed face besides its track. */
export interface Followed {
  readonly anchor: Anchor;
  /** Height of the face when the detector last saw it. */
  readonly height: number;
  readonly doubtful: boolean;
  /** Detections in a row that did not show it. */
  readonly misses: number;
}

/** A saved {@link LightFollower}: what is kept of each face of the crowd, in the crowd's order. */
export interface FollowState {
  readonly followed: readonly (Followed | undefined)[];
  readonly sinceDetection: number;
}

/** Carries the tracks of a crowd from frame to frame. */
export class LightFollower {
  readonly #crowd: Crowd;
  readonly #finder: FaceFinder;
  readonly #rules: { readonly detectInterval: number; readonly recover: boolean };
  readonly #followed = new WeakMap<Tracklet, Followed>();
  #sinceDetection = Number.POSITIVE_INFINITY;

  constructor(crowd: Crowd, finder: FaceFinder, rules: { readonly detectInterval: number; readonly recover: boolean }) {
    this.#crowd = crowd;
    this.#finder = finder;
    this.#rules = rules;
  }

  /** What is kept besides the crowd, for {@link LightFollower.load}. */
  save(): FollowState {
    return {
      followed: this.#crowd.tracklets.map((tracklet) => this.#followed.get(tracklet)),
      sinceDetection: this.#sinceDetection,
    };
  }

  /** Continues from a saved state; the crowd is restored already. */
  load({ followed, sinceDetection }: FollowState): void {
    this.#sinceDetection = sinceDetection;
    for (const [index, tracklet] of this.#crowd.tracklets.entries()) {
      const each = followed[index];
      if (each !== undefined) this.#followed.set(tracklet, each);
    }
  }

  /** Takes in the next frame. */
  async next(frame: Image, timestampMs: number, cut: boolean, signal: AbortSignal | undefined): Promise<void> {
    const before = this.#inSight();
    if (cut) this.#crowd.cut();
    const refined = cut
      ? []
      : await this.#refine(
          frame,
          before.map((each) => this.#asDetection(each)),
          signal,
        );
    this.#crowd.predict(timestampMs);
    for (const [index, found] of refined.entries()) {
      const tracklet = before[index] as Tracklet;
      const { anchor, misses, height } = this.#followed.get(tracklet) as Followed;
      const next = carryOn(frame, anchor, found);
      if (next === undefined) {
        this.#crowd.lose(tracklet);
        continue;
      }
      const { box } = next.anchor;
      const growth = box.height / height;
      const doubtful = next.likeness < doubtfulLikeness || growth > doubtfulGrowth || growth < 1 / doubtfulGrowth;
      this.#followed.set(tracklet, { anchor: next.anchor, height, doubtful, misses });
      const score = found.confidence ?? Math.max(0, next.likeness);
      this.#crowd.correct(
        tracklet,
        { box, score, landmarks: found.landmarks, ...dense(found) },
        undefined,
        timestampMs,
      );
    }
    this.#dropDoubles();
    this.#sinceDetection++;
    if (cut || this.#isDue(before)) await this.#detect(frame, timestampMs, signal);
    this.#crowd.expire(timestampMs);
  }

  #inSight(): Tracklet[] {
    return this.#crowd.tracklets.filter((each) => each.state !== 'lost' && this.#followed.has(each));
  }

  #isDue(before: readonly Tracklet[]): boolean {
    const { detectInterval, recover } = this.#rules;
    const now = this.#inSight();
    if (now.length === 0) return true;
    if (recover && now.length < before.length) return true;
    const doubt = now.some((each) => this.#followed.get(each)?.doubtful === true);
    if (doubt && this.#sinceDetection >= doubtInterval) return true;
    if (detectInterval === 0) return false;
    const lost = this.#crowd.tracklets.some(({ state }) => state === 'lost');
    return this.#sinceDetection >= (lost ? Math.min(searchInterval, detectInterval) : detectInterval);
  }

  async #detect(frame: Image, timestampMs: number, signal: AbortSignal | undefined): Promise<void> {
    this.#sinceDetection = 0;
    const found = await this.#finder.detect(frame, signal);
    const followed = this.#inSight();
    const moved = followed.filter((tracklet) => this.#confirm(tracklet, found));
    const boxes = this.#inSight().map(({ box }) => box);
    const free = found.flatMap((observation, index) => (isClaimed(observation, boxes) ? [] : [{ observation, index }]));
    const known = new Set(followed);
    this.#crowd.adopt(free, timestampMs);
    const fresh = this.#crowd.tracklets.filter((each) => each.state !== 'lost' && !known.has(each)).concat(moved);
    const wanted = fresh.map(({ box }) => ({ box, score: 1 }));
    const refined = await this.#refine(frame, wanted, signal);
    for (const [index, { landmarks }] of refined.entries()) {
      const tracklet = fresh[index] as Tracklet;
      const { box } = tracklet;
      this.#followed.set(tracklet, {
        anchor: anchorFace(frame, box, landmarks),
        height: box.height,
        doubtful: false,
        misses: 0,
      });
    }
  }

  /**
   * The detector sees a followed face again: its box is pulled towards what was seen, or put there when it was in doubt.
   * Or it does not: a strike. @returns whether the face was put elsewhere, so that its landmarks are to be found anew
   */
  #confirm(tracklet: Tracklet, found: readonly Observation[]): boolean {
    const { anchor, misses, height, doubtful } = this.#followed.get(tracklet) as Followed;
    const seen = nearest(anchor.box, found, doubtful);
    if (seen !== undefined && doubtful) {
      tracklet.place(seen.box);
      return true;
    }
    if (seen !== undefined) {
      const box = between(anchor.box, seen.box);
      this.#followed.set(tracklet, { anchor: { ...anchor, box }, height: box.height, doubtful, misses: 0 });
    } else if (misses + 1 >= mostMisses) {
      this.#crowd.lose(tracklet);
    } else {
      this.#followed.set(tracklet, { anchor, height, doubtful, misses: misses + 1 });
    }
    return false;
  }

  /** Of two tracks on one face the younger goes. */
  #dropDoubles(): void {
    const inSight = this.#inSight().sort((a, b) => a.id - b.id);
    for (const index of doubled(inSight.map(({ box }) => box))) {
      const tracklet = inSight[index] as Tracklet;
      this.#crowd.lose(tracklet);
    }
  }

  #asDetection(tracklet: Tracklet): Detection {
    const { box, landmarks } = (this.#followed.get(tracklet) as Followed).anchor;
    const { leftEye, rightEye, leftMouth, rightMouth } = landmarks;
    const down = {
      x: leftMouth.x + rightMouth.x - leftEye.x - rightEye.x,
      y: leftMouth.y + rightMouth.y - leftEye.y - rightEye.y,
    };
    return { box, score: 1, points: landmarks, roll: (Math.atan2(-down.x, down.y) * 180) / Math.PI };
  }

  async #refine(frame: Image, faces: readonly Detection[], signal: AbortSignal | undefined) {
    return faces.length === 0 ? [] : this.#finder.refine(frame, faces, signal);
  }
}

function dense(found: { readonly dense?: Observation['dense'] }): Pick<Observation, 'dense'> {
  return found.dense === undefined ? {} : { dense: found.dense };
}

/** The detection that overlaps a followed face most; of a face in doubt, also one that merely lies about it. */
function nearest(box: Box, found: readonly Observation[], doubtful: boolean): Observation | undefined {
  let best: Observation | undefined;
  let most = doubtful ? 0.05 : 0.3;
  for (const observation of found) {
    const overlap = iou(observation.box, box);
    if (overlap <= most) continue;
    best = observation;
    most = overlap;
  }
  return best;
}

function between(from: Box, to: Box): Box {
  const mix = (a: number, b: number) => a + reanchorShare * (b - a);
  return {
    x: mix(from.x, to.x),
    y: mix(from.y, to.y),
    width: mix(from.width, to.width),
    height: mix(from.height, to.height),
  };
}
