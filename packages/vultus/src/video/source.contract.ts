/** What every video source promises, as a test suite: parameterised by a factory and by declared skips with their reasons. */

import { describe, expect, test } from 'vitest';
import type { Frame, Video } from './source.ts';

/** A source under test. */
export interface VideoUnderTest {
  /** Opens a video of twelve frames, 64×48, under back-pressure `queue`. */
  readonly open: (signal?: AbortSignal) => Promise<Video>;
  /** Opens a video that gives one frame at least and then waits long for the next. */
  readonly openSlow: () => Promise<Video>;
  /** Names of tests that do not apply, each with the reason. */
  readonly skips?: Readonly<Record<string, string>>;
}

/** Registers the contract's tests under `name`. */
export function testVideoContract(name: string, subject: VideoUnderTest): void {
  const check = (title: string, body: () => Promise<void>) => {
    const reason = subject.skips?.[title];
    test.skipIf(reason !== undefined)(reason === undefined ? title : `${title} (skipped: ${reason})`, body);
  };

  describe(`video contract: ${name}`, () => {
    check('gives every frame, in order, upright RGB, with growing times', async () => {
      const frames = await all(await subject.open());
      expect(frames.map(({ index }) => index)).toEqual(Array.from({ length: 12 }, (_, index) => index));
      for (const [index, { image, timestampMs }] of frames.entries()) {
        expect([image.width, image.height, image.data.length]).toEqual([64, 48, 64 * 48 * 3]);
        if (index > 0) expect(timestampMs).toBeGreaterThan(frames[index - 1]?.timestampMs ?? 0);
      }
      const pixels = frames.map(({ image }) => image.data);
      expect(new Set(pixels.map(({ buffer }) => buffer)).size).toBe(12);
    });

    check('break frees it, and close after that is harmless', async () => {
      const video = await subject.open();
      for await (const { index } of video) if (index === 2) break;
      await video.close();
      await video.close();
    });

    check('an exception in the loop frees it and comes through', async () => {
      const loop = async () => {
        for await (const _ of await subject.open()) throw new Error('mine');
      };
      await expect(loop()).rejects.toThrow('mine');
    });

    check('a slow taker loses nothing', async () => {
      const indices: number[] = [];
      for await (const { index } of await subject.open()) {
        indices.push(index);
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      expect(indices).toHaveLength(12);
    });

    check('can be read once', async () => {
      const video = await subject.open();
      await all(video);
      expect(() => video[Symbol.asyncIterator]()).toThrow(/read once/);
    });

    check('closed before it is read, it is empty', async () => {
      const video = await subject.open();
      await video.close();
      expect(await all(video)).toEqual([]);
    });

    check('close() ends a loop that waits', async () => {
      const video = await subject.openSlow();
      let seen = 0;
      for await (const _ of video) if (++seen === 1) setTimeout(() => void video.close(), 20);
      expect(seen).toBeGreaterThan(0);
    });

    check('a fired signal ends the loop with ABORTED', async () => {
      const controller = new AbortController();
      const loop = async () => {
        for await (const _ of await subject.open(controller.signal)) controller.abort();
      };
      await expect(loop()).rejects.toMatchObject({ code: 'ABORTED' });
    });
  });
}

/** All frames of a video. */
export async function all(video: Video): Promise<Frame[]> {
  const frames: Frame[] = [];
  for await (const frame of video) frames.push(frame);
  return frames;
}
