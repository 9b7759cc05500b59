/** A camera's side of a queue: frames of a video, or only the faces in them, sent in order to whichever worker has the stream. */

import { setTimeout as pause } from 'node:timers/promises';
import { VultusError } from '../errors.ts';
import type { Detection } from '../face/face.ts';
import type { Box } from '../face/geometry.ts';
import { encodeImage } from '../image/encode-node.ts';
import type { Image } from '../image/image.ts';
import { cropImage } from '../image/resize.ts';
import { encodeMessage, type FrameMessage, type MessageHead, type SentFace } from './message.ts';
import type { FrameQueue } from './queue.ts';
import type { Frame } from './source.ts';

/** Options of {@link publishFrames}. */
export interface CameraOptions {
  /** The stream's name: 1 to 100 letters, digits and `._:-`. One camera at a time may use it. */
  readonly stream: string;
  /**
   * Finds faces here: only they are sent, with their surroundings, and the workers need no detector. Without it whole
   * frames are sent. `engineFinder(vultus).detect` fits.
   */
  readonly find?: (frame: Image, signal?: AbortSignal) => Promise<readonly Detection[]>;
  /** Quality of the pictures that are sent, 1 to 100. Default 85. */
  readonly quality?: number;
  /** What to do with a frame that the queue has no room for: `drop` it, as fits what is live, or `wait`. Default `wait`. */
  readonly whenFull?: 'drop' | 'wait';
  /** With `find`: time from one picture of the faces to the next. Default 200 ms. */
  readonly cropEveryMs?: number;
  readonly signal?: AbortSignal;
}

/** What was sent. */
export interface CameraReport {
  readonly sent: number;
  /** Frames that the queue had no room for. */
  readonly dropped: number;
  readonly bytes: number;
}

/** Pause before a message is offered again that there was no room for. */
const fullPauseMs = 100;
/** How long to try to say that the stream has ended. */
const endMs = 3000;

/**
 * Sends a video to its end, and then that it has ended. While a broker is away it waits, and what is live drops frames.
 * @throws VultusError those of the queue and of the video; `ABORTED` when the signal fires
 */
export async function publishFrames(
  queue: FrameQueue,
  frames: AsyncIterable<Frame>,
  options: CameraOptions,
): Promise<CameraReport> {
  const camera = new Camera(queue, options);
  let failure: unknown;
  try {
    for await (const frame of frames) await camera.send(frame);
  } catch (error) {
    failure = error;
  }
  await camera.end();
  if (failure !== undefined) throw failure;
  return camera.report;
}

class Camera {
  readonly #queue: FrameQueue;
  readonly #options: CameraOptions;
  readonly #session = Date.now();
  #sequence = 0;
  #dropped = 0;
  #bytes = 0;
  #lastCropsMs = Number.NEGATIVE_INFINITY;
  #last: Omit<MessageHead, 'sequence' | 'session'> | undefined;

  constructor(queue: FrameQueue, options: CameraOptions) {
    this.#queue = queue;
    this.#options = options;
  }

  get report(): CameraReport {
    return { sent: this.#sequence, dropped: this.#dropped, bytes: this.#bytes };
  }

  async send({ image, index, timestampMs }: Frame): Promise<void> {
    const { find, quality = 85, whenFull = 'wait', signal } = this.#options;
    const place = { index, timestampMs, width: image.width, height: image.height };
    this.#last = place;
    const head = { ...place, session: this.#session, sequence: this.#sequence };
    const message: FrameMessage =
      find === undefined
        ? { ...head, kind: 'jpeg', data: await encodeImage(image, 'jpeg', { quality }) }
        : { ...head, kind: 'faces', faces: await this.#faces(image, timestampMs, await find(image, signal)) };
    if (!(await this.#publish(message, whenFull === 'wait', signal))) this.#dropped++;
  }

  /** The end is sent even after an abort. Where it cannot be, the stream's next session ends this one. */
  async end(): Promise<void> {
    if (this.#last === undefined) return;
    const { index, timestampMs } = this.#last;
    const place = { ...this.#last, index: index + 1, timestampMs: timestampMs + 1 };
    const message = { ...place, session: this.#session, sequence: this.#sequence, kind: 'end' } as const;
    const sent = this.#sequence;
    await this.#publish(message, true, AbortSignal.timeout(endMs)).catch(() => undefined);
    this.#sequence = sent;
  }

  async #publish(message: FrameMessage, wait: boolean, signal: AbortSignal | undefined): Promise<boolean> {
    const bytes = encodeMessage(message);
    while (!(await this.#queue.publish(this.#options.stream, bytes, signal))) {
      if (!wait) return false;
      await pause(fullPauseMs);
      if (signal?.aborted) throw new VultusError('ABORTED', 'The work was aborted by its signal');
    }
    // The next message follows this one without a gap, however many frames lie between them.
    this.#sequence++;
    this.#bytes += bytes.length;
    return true;
  }

  async #faces(image: Image, timestampMs: number, found: readonly Detection[]): Promise<SentFace[]> {
    const { quality = 85, cropEveryMs = 200 } = this.#options;
    const withCrops = timestampMs - this.#lastCropsMs >= cropEveryMs;
    if (withCrops && found.length > 0) this.#lastCropsMs = timestampMs;
    return Promise.all(
      found.map(async ({ box, score, points }) => {
        const region = withCrops ? surroundings(image, box) : undefined;
        const face = { box, score: Math.min(1, Math.max(0, score)), ...(points && { points }) };
        if (region === undefined) return face;
        const jpeg = await encodeImage(cropImage(image, region), 'jpeg', { quality });
        return { ...face, crop: { x: region.x, y: region.y, jpeg } };
      }),
    );
  }
}

/** The face with its own size again around it, as far as the frame reaches. */
function surroundings(image: Image, { x, y, width, height }: Box): Box | undefined {
  const left = Math.max(0, Math.floor(x - width / 2));
  const top = Math.max(0, Math.floor(y - height / 2));
  const right = Math.min(image.width, Math.ceil(x + width * 1.5));
  const bottom = Math.min(image.height, Math.ceil(y + height * 1.5));
  return right > left && bottom > top ? { x: left, y: top, width: right - left, height: bottom - top } : undefined;
}
