/**
 * The seam between cameras and workers: messages of many streams, each stream in order and to one consumer at a time,
 * each message at least once. Every queue passes `queue.contract.ts`.
 */

import { VultusError } from '../errors.ts';

/** A message in a consumer's hand. It stays in the queue until it is acknowledged or parked. */
export interface Delivery {
  readonly stream: string;
  readonly body: Uint8Array;
  /** It may have been in somebody's hand before, who did not acknowledge it. */
  readonly redelivered: boolean;
  /** It is dealt with for good. Harmless when the message is in this hand no more: it will be delivered again. */
  ack(): Promise<void>;
  /** Puts it aside with a reason, where {@link FrameQueue.parked} shows it; it holds up nobody. */
  park(reason: string): Promise<void>;
}

/** A message that was put aside. */
export interface ParkedMessage {
  readonly stream: string;
  readonly body: Uint8Array;
  readonly reason: string;
  /** Milliseconds since 1970. */
  readonly parkedAt: number;
}

/** Options of {@link FrameQueue.consume}. */
export interface ConsumeOptions {
  /** Messages in hand at most: of each share of the queue for a broker, altogether in one process. Default 32. */
  readonly prefetch?: number;
  readonly signal?: AbortSignal;
}

/** An open queue. Any number of cameras and workers may be at it, a broker's from any machine. */
export interface FrameQueue extends AsyncDisposable {
  /**
   * Adds a message behind all those of its stream; resolves when the queue has it safe. Calls for one stream are worked
   * off in order. While a broker is away it waits, and after that may add the message twice.
   * @param stream 1 to 100 letters, digits and `._:-`
   * @returns false when the queue is full: the message was not taken
   * @throws VultusError `INVALID_ARGUMENT`, `QUEUE_UNAVAILABLE` when it is refused for good, `ABORTED`, `CLOSED`
   */
  publish(stream: string, body: Uint8Array, signal?: AbortSignal): Promise<boolean>;
  /**
   * Takes messages until the loop is left, the signal fires (which ends it without an error) or the queue is closed.
   * What was not acknowledged then goes to another consumer, in the same order. Streams are shared out among consumers.
   */
  consume(options?: ConsumeOptions): AsyncIterable<Delivery>;
  /** The messages that were put aside, oldest first; they stay there. Default: the first 100. */
  parked(limit?: number): Promise<readonly ParkedMessage[]>;
  /**
   * Hands parked messages out again, oldest first, under the stream {@link lateStream}, since the stream that they come
   * from has gone on. Default: all. @returns how many
   */
  release(limit?: number): Promise<number>;
  /** Again is harmless. */
  close(): Promise<void>;
}

const lateEnd = '~late';

/** The stream under which a message is handed out that was parked: `door` → `door~late`. */
export function lateStream(stream: string): string {
  return stream.endsWith(lateEnd) ? stream : `${stream}${lateEnd}`;
}

/** @throws VultusError `INVALID_ARGUMENT` */
export function checkStream(stream: string): void {
  if (/^[\w.:-]{1,100}$/.test(stream)) return;
  throw new VultusError(
    'INVALID_ARGUMENT',
    `Expected a stream's name of 1 to 100 letters, digits and ._:- , got ${JSON.stringify(stream.slice(0, 120))}`,
  );
}

/** A call after `close()`. */
export function queueClosed(): VultusError {
  return new VultusError('CLOSED', 'The queue was used after close()');
}
