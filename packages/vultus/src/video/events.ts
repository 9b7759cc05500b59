/**
 * The seam to where workers keep events: each event once, however often the frames that led to it are delivered.
 *
 * A commit carries, in one transaction, the events of some frames, the place in the stream that they reach to, and the
 * state in which the watcher stood there. Whoever takes the stream up next continues from that state at that place, so
 * frames that were looked at but not committed are looked at again as if for the first time, and frames that were
 * committed are known to be done. Every store passes `events.contract.ts`.
 */

import type { TrackEvent } from '../track/identity.ts';

/** A place in a stream: the last message that is dealt with. */
export interface StreamPlace {
  /** When the camera began, in milliseconds since 1970. */
  readonly session: number;
  /** Position among the session's messages. */
  readonly sequence: number;
}

/** A stream as a worker left it. */
export interface StreamState extends StreamPlace {
  /** The last frame's position in the video and its time. */
  readonly index: number;
  readonly timestampMs: number;
  /** The watcher's state; `undefined`: the session has ended. */
  readonly watcher: Uint8Array | undefined;
}

/** An event to be stored; the key is stream, session, frame, track and type. */
export interface NewEvent {
  readonly session: number;
  /** Position of the frame in the video. */
  readonly frame: number;
  /** The event; the best shot without its picture. */
  readonly event: StoredTrackEvent;
  /** The picture of the best shot, a JPEG. */
  readonly shot?: Uint8Array;
}

/** A {@link TrackEvent} as plain JSON. */
export type StoredTrackEvent =
  | Exclude<TrackEvent, { readonly type: 'lost' }>
  | (Omit<Extract<TrackEvent, { readonly type: 'lost' }>, 'bestShot'> & {
      readonly bestShot?: { readonly timestampMs: number; readonly quality: number };
    });

/** An event as stored. */
export interface StoredEvent {
  /** Grows from event to event; ask for what comes after it. */
  readonly number: number;
  readonly stream: string;
  readonly session: number;
  readonly frame: number;
  /** Time of day, in milliseconds since 1970. */
  readonly at: number;
  readonly event: StoredTrackEvent;
  readonly hasShot: boolean;
}

/** Which events to list. */
export interface EventQuery {
  readonly stream?: string;
  /** Those after this number. Default 0. */
  readonly after?: number;
  /** Default 1,000. */
  readonly limit?: number;
}

/** An open store. */
export interface EventStore extends AsyncDisposable {
  /** Where a stream stands, `undefined` before its first commit. */
  load(stream: string): Promise<StreamState | undefined>;
  /**
   * Stores events and the state after them, or nothing at all. When the stream is at `next` already, as after a commit
   * whose answer was lost, that is fine too.
   * @param after the place at which the caller took up the stream, `undefined` for its first commit
   * @returns false when the stream is at another place: somebody else has it, load it again
   */
  commit(
    stream: string,
    after: StreamPlace | undefined,
    next: StreamState,
    events: readonly NewEvent[],
  ): Promise<boolean>;
  /** Notes another attempt at a message. @returns how many there have been, this one included */
  attempt(stream: string, place: StreamPlace): Promise<number>;
  /** Events in the order in which they were stored. */
  list(query?: EventQuery): Promise<readonly StoredEvent[]>;
  /** The picture that came with an event. */
  shot(number: number): Promise<Uint8Array | undefined>;
  /** Again is harmless. */
  close(): Promise<void>;
}

/** Whether two places are one. */
export function samePlace(a: StreamPlace | undefined, b: StreamPlace | undefined): boolean {
  return a?.session === b?.session && a?.sequence === b?.sequence;
}
