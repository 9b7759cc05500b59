/** One stream in a worker's hand: where it stands, what is looked at but not stored yet. */

import { deserialize, serialize } from 'node:v8';
import { VultusError } from '../errors.ts';
import { encodeImage } from '../image/encode-node.ts';
import type { Image } from '../image/image.ts';
import { openPicture } from '../image/open-node.ts';
import type { TrackEvent } from '../track/identity.ts';
import type { NewEvent, StreamPlace, StreamState } from './events.ts';
import type { FrameMessage, SentFace } from './message.ts';
import type { Delivery } from './queue.ts';
import { type SeenFace, type WatchEngine, Watcher, type WatcherState, type WatchOptions } from './watcher.ts';

/** Whole frames are followed by their landmarks; the faces that a camera found, by detection. */
type Mode = 'light' | 'by-detection';

interface Saved {
  readonly mode: Mode;
  readonly watcher: WatcherState;
}

/** What a message shows, decoded. */
export type View =
  | { readonly kind: 'frame'; readonly image: Image }
  | { readonly kind: 'faces'; readonly faces: readonly SeenFace[] }
  | { readonly kind: 'end' };

/** A stream as far as this worker has looked, and as far as that is stored. */
export class StreamWork {
  /** What is stored. */
  committed: StreamState | undefined;
  /** Messages that are looked at but not acknowledged. */
  held: Delivery[] = [];
  /** What happened in them. */
  events: NewEvent[] = [];
  /** How far was looked. */
  at: Omit<StreamState, 'watcher'> | undefined;
  lastUsed = Date.now();
  readonly #engine: WatchEngine;
  readonly #options: WatchOptions;
  #mode: Mode = 'light';
  #watcher: Watcher | undefined;

  constructor(engine: WatchEngine, options: WatchOptions, committed: StreamState | undefined) {
    this.#engine = engine;
    this.#options = options;
    this.committed = committed;
    this.at = committed;
    if (committed?.watcher === undefined) return;
    const { mode, watcher } = deserialize(committed.watcher) as Saved;
    this.#open(mode, watcher);
  }

  /** Whether a place is at or before what was looked at. */
  isPast(place: StreamPlace): boolean {
    return this.at !== undefined && !isAfter(place, this.at);
  }

  /** Whether a place is stored. */
  isStored(place: StreamPlace): boolean {
    return this.committed !== undefined && !isAfter(place, this.committed);
  }

  /** Looks at the next message. A new session of the camera ends the one before. */
  async look(message: FrameMessage, view: View): Promise<void> {
    const { session, sequence, index, timestampMs } = message;
    if (this.at !== undefined && session > this.at.session) await this.#end(this.at);
    const at = { session, sequence, index, timestampMs };
    if (view.kind === 'end') {
      await this.#end(at);
    } else {
      const mode = view.kind === 'frame' ? 'light' : 'by-detection';
      const watcher = this.#watcher ?? this.#open(mode);
      if (mode !== this.#mode) throw new VultusError('MESSAGE_INVALID', 'Expected frames or faces all along, got both');
      const { events } =
        view.kind === 'frame'
          ? await watcher.frame(view.image, timestampMs)
          : await watcher.faces(view.faces, timestampMs);
      await this.#note(events, at);
    }
    this.at = at;
  }

  /** Goes past a message without a look at it. */
  skip({ session, sequence, index, timestampMs }: FrameMessage): void {
    if (this.at === undefined || session === this.at.session) this.at = { session, sequence, index, timestampMs };
  }

  /** The state to store with the events so far. */
  state(): StreamState | undefined {
    if (this.at === undefined) return undefined;
    const watcher = this.#watcher && serialize({ mode: this.#mode, watcher: this.#watcher.save() } satisfies Saved);
    return { ...this.at, watcher };
  }

  #open(mode: Mode, saved?: WatcherState): Watcher {
    const tracker = { ...this.#options.tracker, mode };
    this.#mode = mode;
    this.#watcher = new Watcher(this.#engine, { ...this.#options, tracker }, saved);
    return this.#watcher;
  }

  async #end(at: Omit<StreamState, 'watcher'>): Promise<void> {
    const events = this.#watcher?.end(at.timestampMs) ?? [];
    this.#watcher = undefined;
    await this.#note(events, at);
  }

  async #note(events: readonly TrackEvent[], { session, index }: Omit<StreamState, 'watcher'>): Promise<void> {
    for (const event of events) {
      if (event.type !== 'lost' || event.bestShot === undefined) {
        this.events.push({ session, frame: index, event: event as NewEvent['event'] });
        continue;
      }
      const { image, ...bestShot } = event.bestShot;
      const shot = await encodeImage(image, 'jpeg');
      this.events.push({ session, frame: index, event: { ...event, bestShot }, shot });
    }
  }
}

/** Decodes what a message shows. @throws VultusError `IMAGE_DECODE`, `MESSAGE_INVALID`, … for a damaged picture */
export async function viewOf(message: FrameMessage): Promise<View> {
  const { width, height } = message;
  switch (message.kind) {
    case 'end':
      return { kind: 'end' };
    case 'rgb':
      return { kind: 'frame', image: { width, height, data: message.data } };
    case 'faces':
      return { kind: 'faces', faces: await Promise.all(message.faces.map((face) => seen(face, width * height))) };
    case 'jpeg': {
      const image = await decoded(message.data, width * height);
      if (image.width === width && image.height === height) return { kind: 'frame', image };
      const size = `${image.width}×${image.height}`;
      throw new VultusError('MESSAGE_INVALID', `Expected a picture of ${width}×${height}, got ${size}`);
    }
  }
}

async function seen({ crop, ...face }: SentFace, maxPixels: number): Promise<SeenFace> {
  if (crop === undefined) return face;
  return { ...face, crop: { x: crop.x, y: crop.y, image: await decoded(crop.jpeg, maxPixels) } };
}

async function decoded(jpeg: Uint8Array, maxPixels: number): Promise<Image> {
  return (await openPicture(jpeg, { limits: { maxPixels } })).pixels();
}

/** Sessions follow one another by the time at which they began. */
function isAfter(a: StreamPlace, b: StreamPlace): boolean {
  return a.session > b.session || (a.session === b.session && a.sequence > b.sequence);
}
