/** The followed faces of one stream and the rules by which observations become tracks. No pictures, no clock, no models. */

import { associate, dot } from './associate.ts';
import type { Observation, Smoothing, Track } from './track.ts';
import { Tracklet, type TrackletState } from './tracklet.ts';

/** The part of `TrackerOptions` that these rules read, complete. */
export interface CrowdRules {
  readonly maxFaces: number;
  readonly trackThreshold: number;
  readonly newTrackThreshold: number;
  readonly lowThreshold: number;
  readonly matchThreshold: number;
  readonly lostMs: number;
  readonly reidentifyMs: number;
  readonly reidentifySimilarity: number;
  readonly smoothing: Smoothing;
}

/** Greatest costs of the second association (weak observations) and of that for faces not yet confirmed. */
const weakCost = 0.5;
const tentativeCost = 0.7;
/** After a cut a face must lie nearly where it was: a flash or a shaken camera looks like a cut too. */
const cutCost = 0.5;

/** A new face that is less like somebody who left than it must be, but by no more than this, is looked at for longer: */
const doubtMargin = 0.2;
const doubtMs = 500;

/** A saved {@link Crowd}. */
export interface CrowdState {
  readonly tracklets: readonly TrackletState[];
  readonly ended: readonly TrackletState[];
  readonly nextId: number;
  readonly started: boolean;
}

/** An observation under its position in the list that a caller handed in. */
export interface Indexed {
  readonly observation: Observation;
  readonly index: number;
}

/**
 * Two-stage association (after ByteTrack, Zhang et al. 2022): sure observations are matched first, to tracks in sight
 * and lost ones; what is left of the tracks in sight may then take weak observations, which start no track.
 */
export class Crowd {
  readonly #rules: CrowdRules;
  #tracklets: Tracklet[] = [];
  #ended: Tracklet[] = [];
  #nextId = 1;
  #started = false;

  constructor(rules: CrowdRules) {
    this.#rules = rules;
  }

  /** All that are followed: confirmed, tentative and lost. */
  get tracklets(): readonly Tracklet[] {
    return this.#tracklets;
  }

  /** Everything known of the followed faces, for {@link Crowd.load}. */
  save(): CrowdState {
    return {
      tracklets: this.#tracklets.map((tracklet) => tracklet.save()),
      ended: this.#ended.map((tracklet) => tracklet.save()),
      nextId: this.#nextId,
      started: this.#started,
    };
  }

  /** Continues from a saved state. */
  load({ tracklets, ended, nextId, started }: CrowdState): void {
    const restore = (saved: TrackletState) => Tracklet.restore(saved, this.#rules.smoothing);
    this.#tracklets = tracklets.map(restore);
    this.#ended = ended.map(restore);
    this.#nextId = nextId;
    this.#started = started;
  }

  /** Tracks as callers see them, by id. */
  snapshot(): Track[] {
    return this.#tracklets
      .map((tracklet) => tracklet.snapshot())
      .sort((a, b) => (a.id || Number.MAX_VALUE) - (b.id || Number.MAX_VALUE));
  }

  /** Moves every track on to the time of a new frame. */
  predict(timestampMs: number): void {
    for (const tracklet of this.#tracklets) tracklet.predict(timestampMs);
  }

  /** After {@link Crowd.predict}: gives the frame's observations to the tracks. @param cut nothing is where it was */
  observe(observations: readonly Observation[], timestampMs: number, cut = false): void {
    const { trackThreshold, lowThreshold, matchThreshold } = this.#rules;
    const all = observations.map((observation, index) => ({ observation, index }));
    const sure = all.filter(({ observation }) => observation.score >= trackThreshold);
    const weak = all.filter(({ observation: { score } }) => score >= lowThreshold && score < trackThreshold);
    if (cut) {
      this.cut();
      this.adopt(sure, timestampMs);
      this.expire(timestampMs);
      return;
    }
    const confirmed = this.#tracklets.filter(({ state, beforeCut }) => state !== 'tentative' && !beforeCut);
    const first = this.#match(confirmed, sure, matchThreshold, timestampMs, true);
    const inSight = first.tracks.filter(({ state }) => state === 'tracked');
    const second = this.#match(inSight, weak, weakCost, timestampMs, false);
    const tentative = this.#tracklets.filter(({ state }) => state === 'tentative');
    const third = this.#match(tentative, first.left, tentativeCost, timestampMs, true);
    for (const tracklet of [...second.tracks, ...third.tracks]) this.lose(tracklet);
    this.#begin(this.#acrossCut(third.left, timestampMs), timestampMs);
    this.expire(timestampMs);
  }

  /** Tells how a track looks. @returns its id, which is an earlier one where the face was known */
  remember(id: number, embedding: Float32Array, timestampMs: number): number {
    const tracklet = this.#tracklets.find((each) => each.id === id);
    if (tracklet === undefined) return id;
    tracklet.remember(embedding);
    this.#recognise(tracklet, timestampMs);
    return tracklet.id;
  }

  /** A track's face is seen again. An unconfirmed one gets its id by that. */
  correct(tracklet: Tracklet, observation: Observation, index: number | undefined, timestampMs: number): void {
    tracklet.correct(observation, index, timestampMs);
    if (tracklet.id === 0) tracklet.id = this.#nextId++;
  }

  /** Loses one track; an unconfirmed one ends. */
  lose(tracklet: Tracklet): void {
    if (tracklet.state === 'tentative') this.#tracklets = this.#tracklets.filter((each) => each !== tracklet);
    else tracklet.state = 'lost';
  }

  /** Forgets a track: it was no face. */
  dismiss(tracklet: Tracklet): void {
    this.#tracklets = this.#tracklets.filter((each) => each !== tracklet);
  }

  /** Nothing is where it was: every track is lost, and only a face in nearly the same place takes it up again. */
  cut(): void {
    for (const tracklet of this.#tracklets) {
      tracklet.beforeCut = true;
      this.lose(tracklet);
    }
  }

  /** After {@link Crowd.predict}: observations that belong to no track in sight go to lost tracks, or start new ones. */
  adopt(observations: readonly Indexed[], timestampMs: number): void {
    const { lowThreshold, matchThreshold } = this.#rules;
    const found = observations.filter(({ observation }) => observation.score >= lowThreshold);
    const lost = this.#tracklets.filter(({ state, beforeCut }) => state === 'lost' && !beforeCut);
    const { left } = this.#match(lost, found, matchThreshold, timestampMs, true);
    this.#begin(this.#acrossCut(left, timestampMs), timestampMs, false);
  }

  /** At the end of a frame: ends tracks that were lost for too long, and decides on those that may be earlier ones. */
  expire(timestampMs: number): void {
    const { lostMs, reidentifyMs } = this.#rules;
    const over = this.#tracklets.filter(({ state, lastMs }) => state === 'lost' && timestampMs - lastMs > lostMs);
    if (over.length > 0) this.#tracklets = this.#tracklets.filter((each) => !over.includes(each));
    this.#ended = [...this.#ended, ...over.filter(({ embedding }) => embedding !== undefined)].filter(
      ({ lastMs }) => timestampMs - lastMs <= reidentifyMs,
    );
    for (const tracklet of this.#tracklets) this.#recognise(tracklet, timestampMs);
  }

  /** What is left after faces of the scene before a cut were taken up again. */
  #acrossCut(found: readonly Indexed[], timestampMs: number): readonly Indexed[] {
    const before = this.#tracklets.filter(({ beforeCut }) => beforeCut);
    return before.length === 0 ? found : this.#match(before, found, cutCost, timestampMs, true).left;
  }

  #match(
    tracklets: readonly Tracklet[],
    found: readonly Indexed[],
    maxCost: number,
    timestampMs: number,
    weighed: boolean,
  ): { readonly tracks: Tracklet[]; readonly left: Indexed[] } {
    const candidates = found.map(({ observation: { box, embedding, score } }) => ({
      box,
      embedding,
      weight: weighed ? score : 1,
    }));
    const { pairs, tracks, observations } = associate(tracklets, candidates, maxCost);
    for (const [track, position] of pairs) {
      const { observation, index } = found[position] as Indexed;
      this.correct(tracklets[track] as Tracklet, observation, index, timestampMs);
    }
    return {
      tracks: tracks.map((index) => tracklets[index] as Tracklet),
      left: observations.map((index) => found[index] as Indexed),
    };
  }

  #begin(found: readonly Indexed[], timestampMs: number, confirmed = !this.#started): void {
    const { newTrackThreshold, maxFaces, smoothing } = this.#rules;
    const best = [...found].sort((a, b) => b.observation.score - a.observation.score);
    for (const { observation, index } of best) {
      if (observation.score < newTrackThreshold) continue;
      const { embedding } = observation;
      const earlier = embedding && this.#known(embedding, timestampMs, timestampMs);
      if (earlier !== undefined && this.#tracklets.includes(earlier)) {
        earlier.relocate(observation, index, timestampMs);
        continue;
      }
      if (this.#tracklets.filter(({ state }) => state !== 'lost').length >= maxFaces) break;
      const state = confirmed ? 'tracked' : 'tentative';
      const id = earlier?.id ?? (confirmed ? this.#nextId++ : 0);
      const tracklet = new Tracklet(id, state, observation, timestampMs, smoothing).bornFrom(index);
      if (earlier !== undefined) {
        this.#forget(earlier);
        tracklet.continue(earlier);
        tracklet.state = 'tracked';
      }
      this.#tracklets.push(tracklet);
    }
    if (found.length > 0) this.#started = true;
  }

  /**
   * Whether a new track is the face of an earlier one, by the mean of its looks so far. One that may be is looked at for
   * half a second before callers are told of it, so that no id is shown and then taken back.
   */
  #recognise(tracklet: Tracklet, timestampMs: number): void {
    const { id, embedding, firstMs, recognition } = tracklet;
    if (recognition === 'done' || id === 0 || embedding === undefined) return;
    const earlier = this.#known(embedding, firstMs, timestampMs);
    if (earlier !== undefined) {
      this.#forget(earlier);
      tracklet.continue(earlier);
      return;
    }
    const { reidentifySimilarity } = this.#rules;
    const inDoubt =
      timestampMs - firstMs < doubtMs &&
      this.#known(embedding, firstMs, timestampMs, reidentifySimilarity - doubtMargin) !== undefined;
    tracklet.recognition = inDoubt ? 'doubtful' : 'done';
  }

  /** The lost or ended track whose looks are nearest, where they are near enough. @param before it was last seen before this */
  #known(
    embedding: Float32Array,
    before: number,
    timestampMs: number,
    least = this.#rules.reidentifySimilarity,
  ): Tracklet | undefined {
    let best: Tracklet | undefined;
    let most = least;
    for (const tracklet of [...this.#tracklets, ...this.#ended]) {
      if (tracklet.embedding === undefined || tracklet.lastMs >= before) continue;
      if (timestampMs - tracklet.lastMs > this.#rules.reidentifyMs) continue;
      const cosine = dot(tracklet.embedding, embedding);
      if (cosine < most) continue;
      best = tracklet;
      most = cosine;
    }
    return best;
  }

  #forget(tracklet: Tracklet): void {
    this.#ended = this.#ended.filter((each) => each !== tracklet);
    this.#tracklets = this.#tracklets.filter((each) => each !== tracklet);
  }
}
