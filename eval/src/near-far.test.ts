/** Tests of near and far on rendered sessions: of a drawn face, by geometry alone, and of a photograph, through the models. */

import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type FaceMesh, Vultus } from 'vultus';
import { nearFarTable, runSession, subjectOf } from './near-far-command.ts';
import { renderNearFar } from './near-far-scene.ts';
import { seededRandom } from './random.ts';

const sample = join(
  dirname(createRequire(import.meta.url).resolve('@vladmandic/face-api/package.json')),
  'demo/sample1.jpg',
);

/** A grey picture with a white spot at each of five places of a face; the middle one, the nose, stands out. */
function drawn() {
  const [side, faceWidth] = [200, 100];
  const data = new Uint8Array(side * side * 3).fill(60);
  const points = [
    { x: 60, y: 60, z: 0 },
    { x: 140, y: 60, z: 0 },
    { x: 100, y: 100, z: -40 },
    { x: 60, y: 140, z: 0 },
    { x: 140, y: 140, z: 0 },
  ];
  for (const { x, y } of points) {
    for (let row = -6; row <= 6; row++) data.fill(255, ((y + row) * side + x - 6) * 3, ((y + row) * side + x + 7) * 3);
  }
  const mesh: FaceMesh = { points, presence: 1 };
  return { photo: { width: side, height: side, data }, mesh, faceWidth };
}

describe('a scene', () => {
  /** Distance of the outer spots from each other in a frame, in pixels. */
  const spread = (shape: 'head' | 'flat', distance: number) => {
    const steady = { shape, distance, shiftX: 0, shiftY: 0, roll: 0, noise: 0 } as const;
    const { data, width } = renderNearFar(drawn(), steady, { width: 320, height: 240 }, seededRandom(1));
    const bright = Array.from({ length: data.length / 3 }, (_, i) => i).filter((i) => (data[3 * i] ?? 0) > 150);
    const columns = bright.map((i) => i % width);
    return Math.max(...columns) - Math.min(...columns);
  };

  test('a print twice as near is twice as large', () => {
    expect(spread('flat', 2) / spread('flat', 4)).toBeCloseTo(2, 1);
  });

  test('a head is as large as the print where it has no depth', () => {
    expect(Math.abs(spread('head', 4) - spread('flat', 4))).toBeLessThanOrEqual(3);
  });
});

test('a photograph that is moved closer is flat; its head, seen from nearer by, is solid', {
  timeout: 300_000,
}, async () => {
  await using vultus = await Vultus.open({ threads: 1 });
  const subject = await subjectOf(vultus, sample, 30);
  if (subject === undefined) throw new Error('the photograph shows a face');
  const { verdict: flat } = await runSession(vultus, subject, 'flat', 1);
  const { verdict: head } = await runSession(vultus, subject, 'head', 1);
  expect(flat).toMatchObject({ live: false });
  expect(head).toMatchObject({ live: true });
  expect((head?.score ?? 0) - (flat?.score ?? 0)).toBeGreaterThan(0.1);
});

test('the table names errors as standards do', () => {
  const score = { sessions: 4, unfinished: 1, accepted: 1, scores: [0, 0.1, 0.2, 0.3, 0.4] };
  const scores = [
    { ...score, shape: 'head', errorRate: 0.75 },
    { ...score, shape: 'flat', errorRate: 0.25 },
  ] as const;
  const [, head, first, second] = nearFarTable({ people: 4, scores, sessions: [] }).split('\n');
  expect(head).toMatch(/APCER +BPCER/);
  expect(first).toMatch(/^head.* 75\.0 %/);
  expect(second).toMatch(/^flat.* 25\.0 %/);
});
