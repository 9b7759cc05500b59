/** Tests of frame-fed tracking, on drawn faces and a finder that sees them perfectly. */

import { expect, test } from 'vitest';
import type { Detection, FivePoints } from '../face/face.ts';
import type { Image } from '../image/image.ts';
import type { FaceFinder, TrackerOptions } from './track.ts';
import { Tracker } from './tracker.ts';

const [width, height, size] = [320, 240, 64] as const;

/** A grey picture with patterned squares for faces. */
function draw(faces: readonly { x: number; y: number; seed: number }[], background = 90): Image {
  const data = new Uint8Array(width * height * 3).fill(background);
  for (const { x, y, seed } of faces) {
    for (let v = 0; v < size; v++) {
      for (let u = 0; u < size; u++) {
        const [px, py] = [Math.round(x) + u, Math.round(y) + v];
        if (px < 0 || py < 0 || px >= width || py >= height) continue;
        data.fill(
          128 + 100 * Math.sin(u / (4 + seed)) * Math.cos(v / (5 + seed)),
          (py * width + px) * 3,
          (py * width + px) * 3 + 3,
        );
      }
    }
  }
  return { width, height, data };
}

function pointsOf(x: number, y: number): FivePoints {
  const at = (u: number, v: number) => ({ x: x + u * size, y: y + v * size });
  return {
    leftEye: at(0.3, 0.35),
    rightEye: at(0.7, 0.35),
    nose: at(0.5, 0.55),
    leftMouth: at(0.35, 0.8),
    rightMouth: at(0.65, 0.8),
  };
}

/** Sees what a test says is there; `refine` answers with the nearest face, or with where it was when there is none. */
function stage() {
  let faces: readonly { x: number; y: number; seed: number }[] = [];
  const calls = { detect: 0, refine: 0 };
  const finder: FaceFinder = {
    async detect() {
      calls.detect++;
      return faces.map(({ x, y }) => ({ box: { x, y, width: size, height: size }, score: 0.9 }));
    },
    async refine(_, wanted: readonly Detection[]) {
      calls.refine++;
      return wanted.map(({ box }) => {
        const near = faces.find(({ x, y }) => Math.abs(x - box.x) < size / 2 && Math.abs(y - box.y) < size / 2);
        return { landmarks: pointsOf(near?.x ?? box.x, near?.y ?? box.y) };
      });
    },
  };
  return {
    finder,
    calls,
    show(next: typeof faces, background?: number): Image {
      faces = next;
      return draw(next, background);
    },
  };
}

const light = (finder: FaceFinder, options: TrackerOptions = {}) => new Tracker({ mode: 'light', finder, ...options });

test('one id with the detector on every twentieth frame only', async () => {
  const { finder, calls, show } = stage();
  const tracker = light(finder);
  for (let frame = 0; frame < 61; frame++) {
    const tracks = await tracker.update(show([{ x: 20 + 2 * frame, y: 60, seed: 1 }]), frame * 33);
    expect(tracks.map(({ id }) => id)).toEqual([frame === 0 ? 0 : 1]);
    expect(Math.abs((tracks[0]?.box.x ?? 0) - (20 + 2 * frame))).toBeLessThan(8);
  }
  expect(calls.detect).toBe(4);
});

test('a face that goes is lost at once and found again, and others go on', async () => {
  const { finder, show } = stage();
  const tracker = light(finder);
  const [a, b] = [
    { x: 20, y: 60, seed: 1 },
    { x: 200, y: 60, seed: 3 },
  ];
  let t = 0;
  const next = () => {
    t += 33;
    return t;
  };
  for (let frame = 0; frame < 10; frame++) await tracker.update(show([a, b]), next());
  const gone = await tracker.update(show([a]), next());
  expect(gone.map(({ id, state }) => [id, state])).toEqual([
    [1, 'tracked'],
    [2, 'lost'],
  ]);
  for (let frame = 0; frame < 12; frame++) await tracker.update(show([a, b]), next());
  expect(tracker.tracks.map(({ id, state }) => [id, state])).toEqual([
    [1, 'tracked'],
    [2, 'tracked'],
  ]);
});

test('new faces come in at the interval; with interval 0 only when nobody is there', async () => {
  for (const [detectInterval, expected] of [
    [5, 2],
    [0, 1],
  ] as const) {
    const { finder, show } = stage();
    const tracker = light(finder, { detectInterval });
    for (let frame = 0; frame < 20; frame++) {
      const faces = [{ x: 20, y: 60, seed: 1 }, ...(frame > 5 ? [{ x: 200, y: 60, seed: 2 }] : [])];
      await tracker.update(show(faces), frame * 33);
    }
    expect(tracker.tracks).toHaveLength(expected);
  }
});

test('after a cut nobody is who merely overlaps', async () => {
  for (const mode of ['light', 'by-detection'] as const) {
    const { finder, show } = stage();
    const tracker = new Tracker({ mode, finder });
    for (let frame = 0; frame < 5; frame++) await tracker.update(show([{ x: 20, y: 60, seed: 1 }]), frame * 33);
    const tracks = await tracker.update(show([{ x: 50, y: 60, seed: 5 }], 230), 200);
    expect(tracks.map(({ id, state }) => [id, state])).toEqual([
      [1, 'lost'],
      [0, 'tentative'],
    ]);
  }
});

test('a network that sees no face ends the track', async () => {
  const { finder, show } = stage();
  let confidence = 0.9;
  const tracker = light({
    ...finder,
    refine: async (frame, faces) => (await finder.refine(frame, faces)).map((found) => ({ ...found, confidence })),
  });
  const one = [{ x: 20, y: 60, seed: 1 }];
  await tracker.update(show(one), 0);
  await tracker.update(show(one), 33);
  expect(tracker.tracks[0]?.state).toBe('tracked');
  confidence = 0.05;
  show([]);
  await tracker.update(draw(one), 66);
  expect(tracker.tracks[0]?.state).toBe('lost');
});

test('frames are worked off in order; a failed one does not stop the next', async () => {
  const { finder, show } = stage();
  let fail = true;
  const tracker = new Tracker({
    finder: {
      ...finder,
      detect: async (frame) => {
        if (fail) throw new Error('once');
        return finder.detect(frame);
      },
    },
  });
  const one = [{ x: 20, y: 60, seed: 1 }];
  await expect(tracker.update(show(one), 0)).rejects.toThrow('once');
  fail = false;
  const both = await Promise.all([tracker.update(show(one), 33), tracker.update(show(one), 66)]);
  expect(both.map((tracks) => tracks[0]?.seen)).toEqual([1, 2]);
});

test('a frame without a finder is a clear mistake', async () => {
  await expect(new Tracker().update(draw([]), 0)).rejects.toThrow(/vultus.tracker/);
});

test('a new face that the finder does not confirm starts no track and takes no id', async () => {
  for (const mode of ['light', 'by-detection'] as const) {
    const { finder, show } = stage();
    const tracker = new Tracker({
      mode,
      finder: { ...finder, confirm: async (_, faces) => faces.map(({ box }) => (box.x > 150 ? 0.05 : 0.9)) },
    });
    const scene = [
      { x: 30, y: 60, seed: 1 },
      { x: 200, y: 60, seed: 3 },
    ];
    let tracks = await tracker.update(show(scene), 0);
    for (let t = 40; t <= 400; t += 40) tracks = await tracker.update(show(scene), t);
    expect([mode, tracks.map(({ id, box }) => [id, Math.round(box.x / 10)])]).toEqual([mode, [[1, 3]]]);
  }
});
