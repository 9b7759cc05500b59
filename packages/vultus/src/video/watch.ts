/** People in a video: every frame tracked, some looked at closely, names and events as they come about. */

import type { Detection, FivePoints } from '../face/face.ts';
import type { Faceprint } from '../face/faceprint.ts';
import { engineFinder, type FinderOptions, type TrackingEngine } from '../track/engine-finder.ts';
import { type IdentityOptions, type Sample, type TrackEvent, TrackIdentities } from '../track/identity.ts';
import type { Track, TrackerOptions } from '../track/track.ts';
import { Tracker } from '../track/tracker.ts';
import type { Frame } from './source.ts';

/** What watching needs of an engine; `Vultus.open()` gives one. */
export interface WatchEngine extends TrackingEngine {
  read: TrackingEngine['read'] &
    ((
      frame: Frame['image'],
      faces: readonly Detection[],
      options: { readonly tasks: readonly ['embed']; readonly signal?: AbortSignal },
    ) => Promise<readonly { readonly embed: Faceprint; readonly landmarks?: FivePoints }[]>);
}

/** Options of {@link watch}. */
export interface WatchOptions extends IdentityOptions {
  /** Default mode `light`. */
  readonly tracker?: Omit<TrackerOptions, 'finder'>;
  readonly finder?: FinderOptions;
  /** Faces embedded per frame at most. Default 2. */
  readonly looksPerFrame?: number;
  /** Time from one look at a track to the next. Default 250 ms. */
  readonly lookEveryMs?: number;
  readonly signal?: AbortSignal;
}

/** One frame as watched. */
export interface WatchedFrame {
  readonly frame: Frame;
  readonly tracks: readonly Track[];
  /** What happened in this frame. */
  readonly events: readonly TrackEvent[];
  /** The name of a track now, `null` while it has none. */
  readonly nameOf: (id: number) => string | null;
}

/**
 * Watches frames to their end. The last item, without a further frame, carries the `lost` events of whoever is in view.
 * @example
 * for await (const { events } of watch(vultus, await openVideo('door.mp4'), { identify, threshold: vultus.threshold })) {
 *   for (const event of events) console.log(event.type, event.id);
 * }
 */
export async function* watch(
  engine: WatchEngine,
  frames: AsyncIterable<Frame>,
  options: WatchOptions,
): AsyncGenerator<WatchedFrame, void, undefined> {
  const { tracker: rules, finder, looksPerFrame = 2, lookEveryMs = 250, signal, ...identity } = options;
  const tracker = new Tracker({ mode: 'light', ...rules, finder: engineFinder(engine, finder) });
  const people = new TrackIdentities(identity);
  const lastLook = new Map<number, number>();
  const nameOf = (id: number) => people.identityOf(id)?.identity ?? null;
  let last: Frame | undefined;
  for await (const frame of frames) {
    const { image, timestampMs } = frame;
    let tracks = await tracker.update(image, timestampMs, signal);
    const wanted = choose(tracks, people, lastLook, { timestampMs, lookEveryMs, looksPerFrame });
    const looks = new Map<number, Sample>();
    if (wanted.length > 0) {
      const faces = wanted.map(({ box, score, landmarks }) => ({
        box,
        score,
        ...(landmarks && { points: landmarks }),
      }));
      const read = await engine.read(image, faces, { tasks: ['embed'], ...(signal === undefined ? {} : { signal }) });
      for (const [index, { embed, landmarks }] of read.entries()) {
        const track = wanted[index] as Track;
        const id = tracker.remember(track.id, embed.vector);
        lastLook.set(id, timestampMs);
        looks.set(id, { faceprint: embed, quality: quality({ ...track, ...(landmarks && { landmarks }) }) });
      }
      tracks = tracker.tracks;
    }
    const events = await people.update(tracks, timestampMs, looks, image);
    for (const event of events) if (event.type === 'lost') lastLook.delete(event.id);
    last = frame;
    yield { frame, tracks, events, nameOf };
  }
  if (last !== undefined) yield { frame: last, tracks: [], events: people.end(last.timestampMs), nameOf };
}

/** Tracks to embed now: those without a name first, then the best looks. */
function choose(
  tracks: readonly Track[],
  people: TrackIdentities,
  lastLook: ReadonlyMap<number, number>,
  when: { readonly timestampMs: number; readonly lookEveryMs: number; readonly looksPerFrame: number },
): Track[] {
  const due = tracks.filter(
    (track) =>
      track.state === 'tracked' &&
      when.timestampMs - (lastLook.get(track.id) ?? Number.NEGATIVE_INFINITY) >= when.lookEveryMs &&
      people.wants(track, quality(track)),
  );
  const named = (track: Track) => (people.identityOf(track.id) === null ? 0 : 1);
  return due.sort((a, b) => named(a) - named(b) || quality(b) - quality(a)).slice(0, when.looksPerFrame);
}

/** How good a look is, or may turn out: the height of the face, less the more it is seen to be turned aside. */
function quality({ box, landmarks }: Track): number {
  return box.height * (landmarks === undefined ? 1 : frontality(landmarks));
}

/** 1: the nose is midway between the eyes; 0.1: at an eye or beyond. */
function frontality({ leftEye, rightEye, nose }: FivePoints): number {
  const across = { x: rightEye.x - leftEye.x, y: rightEye.y - leftEye.y };
  const square = across.x ** 2 + across.y ** 2;
  if (square === 0) return 0.1;
  const along = ((nose.x - leftEye.x) * across.x + (nose.y - leftEye.y) * across.y) / square;
  return Math.max(0.1, 1 - 2 * Math.abs(along - 0.5));
}
