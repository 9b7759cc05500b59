/** Who a track is: decided on many frames together, and not changed by one of them. */

import { assertComparable, type Faceprint } from '../face/faceprint.ts';
import type { Box } from '../face/geometry.ts';
import type { Image } from '../image/image.ts';
import { cropImage } from '../image/resize.ts';
import type { Track } from './track.ts';
import {
  addTraits,
  averageTraits,
  type HalfLives,
  type SmoothedTrait,
  type TraitSums,
  type Traits,
  traitHalfLives,
} from './traits.ts';

/** One answer of a search for a track's faceprint. */
export interface IdentityCandidate {
  readonly identity: string;
  /** Cosine, −1…1. */
  readonly similarity: number;
  readonly probability?: number;
}

/** A look at a track that is worth keeping. */
export interface Sample {
  readonly faceprint: Faceprint;
  /** How good the look is, > 0: sharpness, size, frontal pose. Default: the height of the face in pixels. */
  readonly quality?: number;
  /** A picture of the face, for the best shot. Default: cut out of the frame. */
  readonly shot?: Image;
}

/** A look at what a face looks like. */
export interface TraitSample {
  readonly traits: Traits;
  /** As in {@link Sample}. */
  readonly quality?: number;
}

/** Options of {@link TrackIdentities}. */
export interface IdentityOptions {
  /** Searches a gallery; best first, those below the threshold too. A `Collection.identify` with `threshold: -1` fits. */
  readonly identify: (faceprint: Faceprint) => Promise<readonly IdentityCandidate[]>;
  /** Cosine from which a person is recognised. */
  readonly threshold: number;
  /** Looks that are kept per track, the best. Default 5. */
  readonly bestFrames?: number;
  /** Decisions in a row that must agree before a name is given. A name far above the threshold needs one. Default 2. */
  readonly confirmations?: number;
  /** Decisions in a row that must agree before a name is changed or withdrawn. Default 4. */
  readonly changeAfter?: number;
  /** A name is kept down to this far below the threshold. Default 0.05. */
  readonly slack?: number;
  /** How fast what a face looked like is forgotten. Default {@link traitHalfLives}. */
  readonly traitHalfLives?: HalfLives;
}

/** Traits of a track, smoothed; absent where none were read. */
interface WithTraits {
  readonly traits?: Readonly<Record<string, SmoothedTrait>>;
}

/** What happened to a track. All times in milliseconds of the stream. */
export type TrackEvent =
  | { readonly type: 'appeared'; readonly id: number; readonly timestampMs: number; readonly box: Box }
  | ({ readonly type: 'identified'; readonly id: number; readonly timestampMs: number } & IdentityCandidate &
      WithTraits)
  | ({
      readonly type: 'changed';
      readonly id: number;
      readonly timestampMs: number;
      readonly from: string;
      /** `null`: the name is withdrawn. */
      readonly to: string | null;
      readonly similarity: number;
    } & WithTraits)
  | ({
      readonly type: 'lost';
      readonly id: number;
      readonly timestampMs: number;
      readonly identity: string | null;
      readonly firstMs: number;
      readonly lastMs: number;
      /** The best look at the face, half as large again as its box; absent when no look was taken. */
      readonly bestShot?: { readonly image: Image; readonly timestampMs: number; readonly quality: number };
    } & WithTraits);

const defaults = { bestFrames: 5, confirmations: 2, changeAfter: 4, slack: 0.05, traitHalfLives } as const;

/** How far above the threshold a name needs no confirmation. */
const clearMargin = 0.15;

/** What is known of one track. */
export interface Known {
  track: Track;
  samples: { readonly faceprint: Faceprint; readonly quality: number }[];
  identity: IdentityCandidate | undefined;
  rival: string | null | undefined;
  rivalCount: number;
  best: { readonly image: Image; readonly timestampMs: number; readonly quality: number } | undefined;
  traits: TraitSums;
}

/** Saved {@link TrackIdentities}: what is known of each track, by id. */
export type IdentitiesState = readonly (readonly [id: number, known: Known])[];

/**
 * Follows the tracks of one stream and says who they are. Per track the faceprints of the best frames are averaged by
 * quality; the average is looked up, and its answer is taken over with hysteresis.
 */
export class TrackIdentities {
  readonly #options: Required<IdentityOptions>;
  readonly #known = new Map<number, Known>();

  constructor(options: IdentityOptions) {
    this.#options = { ...defaults, ...options };
  }

  /** Continues where others of the same options stood when they were saved. */
  static restore(state: IdentitiesState, options: IdentityOptions): TrackIdentities {
    const people = new TrackIdentities(options);
    for (const [id, known] of state) people.#known.set(id, { ...known });
    return people;
  }

  /** Everything known of the tracks: plain data and typed arrays, fit for `structuredClone`. */
  save(): IdentitiesState {
    return [...this.#known].map(([id, known]) => [id, { ...known }] as const);
  }

  /** The name of a track, `null` while it has none. */
  identityOf(id: number): IdentityCandidate | null {
    return this.#known.get(id)?.identity ?? null;
  }

  /** The quality-weighted mean faceprint of a track, `undefined` before its first look. */
  faceprintOf(id: number): Faceprint | undefined {
    const known = this.#known.get(id);
    return known === undefined ? undefined : aggregate(known.samples);
  }

  /** What the face of a track looks like over time; empty before its first look at traits. */
  traitsOf(id: number): Readonly<Record<string, SmoothedTrait>> {
    return averageTraits(this.#known.get(id)?.traits ?? {});
  }

  /** Whether a look of this quality would be kept: ask before embedding. */
  wants(track: Track, quality = track.box.height): boolean {
    const samples = this.#known.get(track.id)?.samples ?? [];
    return samples.length < this.#options.bestFrames || samples.some((sample) => quality > sample.quality * 1.05);
  }

  /**
   * Takes in the tracks of a frame, and looks at some of them by track id. @returns what happened, in order
   */
  async update(
    tracks: readonly Track[],
    timestampMs: number,
    looks: ReadonlyMap<number, Sample> = new Map(),
    frame?: Image,
    traits: ReadonlyMap<number, TraitSample> = new Map(),
  ): Promise<TrackEvent[]> {
    const events: TrackEvent[] = [];
    for (const track of tracks) {
      if (track.state === 'tentative' || track.id === 0) continue;
      if (!this.#known.has(track.id)) {
        this.#known.set(track.id, emptyRecord(track));
        events.push({ type: 'appeared', id: track.id, timestampMs, box: track.box });
      }
      const known = this.#known.get(track.id) as Known;
      known.track = track;
      this.#notice(known, traits.get(track.id), timestampMs);
      const look = looks.get(track.id);
      if (look === undefined) continue;
      this.#keep(known, look, timestampMs, frame);
      const event = await this.#decide(known, timestampMs);
      if (event !== undefined) events.push(event);
    }
    const alive = new Set(tracks.map(({ id }) => id));
    for (const id of [...this.#known.keys()]) if (!alive.has(id)) events.push(this.#lose(id, timestampMs));
    return events;
  }

  /** At the end of a stream: every track that is left is lost. */
  end(timestampMs: number): TrackEvent[] {
    return [...this.#known.keys()].map((id) => this.#lose(id, timestampMs));
  }

  #lose(id: number, timestampMs: number): TrackEvent {
    const known = this.#known.get(id) as Known;
    const { track, identity, best } = known;
    this.#known.delete(id);
    const { firstMs, lastMs } = track;
    const event = { type: 'lost', id, timestampMs, identity: identity?.identity ?? null, firstMs, lastMs } as const;
    return { ...event, ...withTraits(known), ...(best === undefined ? {} : { bestShot: best }) };
  }

  #notice(known: Known, sample: TraitSample | undefined, timestampMs: number): void {
    if (sample === undefined) return;
    const { traits, quality = known.track.box.height } = sample;
    known.traits = addTraits(known.traits, traits, quality, timestampMs, this.#options.traitHalfLives);
  }

  #keep(known: Known, look: Sample, timestampMs: number, frame: Image | undefined): void {
    const { faceprint, quality = known.track.box.height, shot: given } = look;
    const first = known.samples[0];
    if (first !== undefined) assertComparable(first.faceprint.contract, faceprint.contract);
    known.samples = [...known.samples, { faceprint, quality }]
      .sort((a, b) => b.quality - a.quality)
      .slice(0, this.#options.bestFrames);
    if (known.best !== undefined && known.best.quality >= quality) return;
    const image = given ?? (frame && shot(frame, known.track.box));
    if (image !== undefined) known.best = { image, timestampMs, quality };
  }

  async #decide(known: Known, timestampMs: number): Promise<TrackEvent | undefined> {
    const { identify, threshold, slack, confirmations, changeAfter } = this.#options;
    const mean = aggregate(known.samples);
    if (mean === undefined) return undefined;
    const candidates = await identify(mean);
    const current = known.identity;
    const [best] = candidates;
    const keeps = candidates.find(({ identity }) => identity === current?.identity);
    const challenger = best !== undefined && best.similarity >= threshold ? best : undefined;
    const { id } = known.track;
    if (current === undefined) {
      if (challenger === undefined) return this.#forget(known);
      const needed = challenger.similarity >= threshold + clearMargin ? 1 : confirmations;
      if (this.#count(known, challenger.identity) < needed) return undefined;
      this.#take(known, challenger);
      return { type: 'identified', id, timestampMs, ...answer(challenger), ...withTraits(known) };
    }
    const stays = keeps !== undefined && keeps.similarity >= threshold - slack;
    if (stays && (challenger === undefined || challenger.identity === current.identity)) {
      known.identity = keeps;
      return this.#forget(known);
    }
    const to = challenger?.identity ?? null;
    if (this.#count(known, to) < changeAfter) return undefined;
    this.#take(known, challenger);
    const similarity = challenger?.similarity ?? keeps?.similarity ?? -1;
    return { type: 'changed', id, timestampMs, from: current.identity, to, similarity, ...withTraits(known) };
  }

  /** Another decision for somebody else than the present name. @returns how many in a row */
  #count(known: Known, rival: string | null): number {
    known.rivalCount = known.rival === rival ? known.rivalCount + 1 : 1;
    known.rival = rival;
    return known.rivalCount;
  }

  #take(known: Known, identity: IdentityCandidate | undefined): void {
    known.identity = identity;
    this.#forget(known);
  }

  #forget(known: Known): undefined {
    known.rival = undefined;
    known.rivalCount = 0;
  }
}

/** A candidate without what else a gallery says of it, such as the id of its row. */
function answer({ identity, similarity, probability }: IdentityCandidate): IdentityCandidate {
  return { identity, similarity, ...(probability === undefined ? {} : { probability }) };
}

function emptyRecord(track: Track): Known {
  return { track, samples: [], identity: undefined, rival: undefined, rivalCount: 0, best: undefined, traits: {} };
}

function withTraits({ traits }: Known): WithTraits {
  return Object.keys(traits).length === 0 ? {} : { traits: averageTraits(traits) };
}

function aggregate(
  samples: readonly { readonly faceprint: Faceprint; readonly quality: number }[],
): Faceprint | undefined {
  const [first] = samples;
  if (first === undefined) return undefined;
  const sum = new Float32Array(first.faceprint.vector.length);
  for (const { faceprint, quality } of samples) {
    for (let i = 0; i < sum.length; i++) sum[i] = (sum[i] as number) + quality * (faceprint.vector[i] as number);
  }
  let square = 0;
  for (const value of sum) square += value * value;
  const length = Math.sqrt(square);
  if (!(length > 0)) return undefined;
  return { contract: first.faceprint.contract, precision: 'float32', vector: sum.map((value) => value / length) };
}

/** The face with half its size around it, as far as the frame reaches. */
function shot(frame: Image, box: Box): Image | undefined {
  const left = Math.max(0, Math.floor(box.x - box.width / 4));
  const top = Math.max(0, Math.floor(box.y - box.height / 4));
  const width = Math.min(frame.width, Math.ceil(box.x + box.width * 1.25)) - left;
  const height = Math.min(frame.height, Math.ceil(box.y + box.height * 1.25)) - top;
  return width < 1 || height < 1 ? undefined : cropImage(frame, { x: left, y: top, width, height });
}
