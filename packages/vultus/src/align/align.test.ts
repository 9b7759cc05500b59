/** Fits, templates, crops and chips. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { FivePoints } from '../face/face.ts';
import type { Point } from '../face/geometry.ts';
import { type Affine, affineStretch, applyAffine, invertAffine } from '../image/affine.ts';
import { openPicture } from '../image/open-node.ts';
import { difference, smoothPicture } from '../testing/pictures.ts';
import { alignFace, cropLevel, cropPicture } from './align.ts';
import { cropTransform } from './crop.ts';
import { similarityTransform } from './similarity.ts';
import { arcfaceTemplate, pointList, templatePoints } from './template.ts';

const coordinate = fc.double({ min: -500, max: 500, noNaN: true });
const point = fc.record({ x: coordinate, y: coordinate });
const spread = fc.array(point, { minLength: 2, maxLength: 8 }).filter((points) => {
  const [first, ...rest] = points as [Point, ...Point[]];
  return rest.some((p) => Math.hypot(p.x - first.x, p.y - first.y) > 1);
});
const similarity = fc
  .tuple(fc.double({ min: 0.05, max: 20, noNaN: true }), fc.double({ min: -Math.PI, max: Math.PI, noNaN: true }), point)
  .map(([s, t, p]): Affine => [s * Math.cos(t), -s * Math.sin(t), p.x, s * Math.sin(t), s * Math.cos(t), p.y]);

/** The ArcFace points on a picture, by a map from chip to picture. */
function facePoints(map: Affine): FivePoints {
  const [leftEye, rightEye, nose, leftMouth, rightMouth] = arcfaceTemplate().map((p) => applyAffine(map, p)) as [
    Point,
    Point,
    Point,
    Point,
    Point,
  ];
  return { leftEye, rightEye, nose, leftMouth, rightMouth };
}

const error = (map: Affine, from: readonly Point[], to: readonly Point[]) =>
  from.reduce((sum, p, i) => {
    const q = applyAffine(map, p);
    return sum + (q.x - (to[i] as Point).x) ** 2 + (q.y - (to[i] as Point).y) ** 2;
  }, 0);

describe('similarityTransform', () => {
  it('recovers the similarity that made the points', () => {
    fc.assert(
      fc.property(spread, similarity, (from, map) => {
        const found = similarityTransform(
          from,
          from.map((p) => applyAffine(map, p)),
        );
        for (const p of from) {
          const [a, b] = [applyAffine(found, p), applyAffine(map, p)];
          expect(Math.hypot(a.x - b.x, a.y - b.y)).toBeLessThan(1e-6 * (1 + Math.hypot(b.x, b.y)));
        }
      }),
    );
  });

  it('never mirrors, even for mirrored points', () => {
    fc.assert(
      fc.property(spread, similarity, (from, map) => {
        const to = from.map((p) => applyAffine(map, { x: -p.x + 0.1 * p.y, y: p.y }));
        let found: Affine;
        try {
          found = similarityTransform(from, to);
        } catch {
          return; // Points whose best scale is 0 are refused.
        }
        expect(found[0] * found[4] - found[1] * found[3]).toBeGreaterThan(0);
      }),
    );
  });

  it('no nearby similarity fits noisy points better', () => {
    fc.assert(
      fc.property(spread, spread, similarity, (from, noise, map) => {
        const to = from.map((p, i) => {
          const q = applyAffine(map, p);
          const n = noise[i % noise.length] as Point;
          return { x: q.x + n.x / 50, y: q.y + n.y / 50 };
        });
        const found = similarityTransform(from, to);
        const best = error(found, from, to);
        for (const [da, db, dc, df] of [
          [1e-3, 0, 0, 0],
          [-1e-3, 0, 0, 0],
          [0, 1e-3, 0, 0],
          [0, -1e-3, 0, 0],
          [0, 0, 0.1, 0],
          [0, 0, 0, -0.1],
        ] as [number, number, number, number][]) {
          const [a, b, c, d, e, f] = found;
          const near: Affine = [a + da, b - db, c + dc, d + db, e + da, f + df];
          expect(error(near, from, to)).toBeGreaterThanOrEqual(best - 1e-6 * (1 + best));
        }
      }),
    );
  });

  it('refuses what has no answer', () => {
    const p = { x: 1, y: 2 };
    expect(() => similarityTransform([p], [p])).toThrow('same length ≥ 2');
    expect(() => similarityTransform([p, p], [p])).toThrow('same length ≥ 2');
    expect(() => similarityTransform([p, p], [p, { x: 3, y: 3 }])).toThrow('coincide');
    expect(() => similarityTransform([p, { x: Number.NaN, y: 0 }], [p, { x: 3, y: 3 }])).toThrow('finite');
  });
});

describe('templates', () => {
  it('scale with the chip', () => {
    expect(arcfaceTemplate()[0]).toEqual({ x: 38.2946, y: 51.6963 });
    expect(arcfaceTemplate(224)[2]?.x).toBeCloseTo(2 * 56.0252, 9);
    expect(templatePoints('dlib', 150)[0]?.x).toBeCloseTo(45.588, 2);
  });

  it('an unknown name is refused with the known ones', () => {
    expect(() => templatePoints('toString', 112)).toThrow('arcface, dlib');
  });
});

describe('cropTransform', () => {
  const box = { x: 100, y: 60, width: 40, height: 80 };

  it('a box crop is centred on the box, as many times its basis as asked', () => {
    for (const [basis, length] of [
      ['width', 40],
      ['height', 80],
      ['long', 80],
      ['short', 40],
    ] as const) {
      const map = cropTransform({ kind: 'box', basis, scale: 1.5 }, { box }, 96);
      expect(applyAffine(map, { x: 48, y: 48 })).toEqual({ x: 120, y: 100 });
      expect(affineStretch(map) * 96).toBeCloseTo(1.5 * length, 9);
    }
  });

  it('an upright crop turns with the head', () => {
    const spec = { kind: 'box', basis: 'height', scale: 1, upright: true } as const;
    const map = cropTransform(spec, { box, roll: 90 }, 80);
    // A head turned clockwise by 90° has its top at the right.
    const top = applyAffine(map, { x: 40, y: 0 });
    expect(top.x).toBeCloseTo(160, 9);
    expect(top.y).toBeCloseTo(100, 9);
    const points = facePoints([0, -1, 200, 1, 0, 10]);
    expect(cropTransform(spec, { box, points }, 80)[0]).toBeCloseTo(0, 1);
  });

  it('an inside crop never leaves the picture and moves no more than it must', () => {
    const picture = { width: 300, height: 200 };
    fc.assert(
      fc.property(
        fc.double({ min: -20, max: 320, noNaN: true }),
        fc.double({ min: -20, max: 220, noNaN: true }),
        fc.double({ min: 1, max: 400, noNaN: true }),
        fc.double({ min: -180, max: 180, noNaN: true }),
        (x, y, height, roll) => {
          const face = { box: { x, y, width: height, height }, roll };
          const spec = { kind: 'box', basis: 'height', scale: 2.7, inside: true, upright: true } as const;
          const map = cropTransform(spec, face, 80, picture);
          for (const corner of [
            { x: 0, y: 0 },
            { x: 80, y: 0 },
            { x: 0, y: 80 },
            { x: 80, y: 80 },
          ]) {
            const p = applyAffine(map, corner);
            expect(p.x).toBeGreaterThan(-1e-6);
            expect(p.y).toBeGreaterThan(-1e-6);
            expect(p.x).toBeLessThan(picture.width + 1e-6);
            expect(p.y).toBeLessThan(picture.height + 1e-6);
          }
        },
      ),
    );
    const spec = { kind: 'box', basis: 'height', scale: 1, inside: true } as const;
    expect(cropTransform(spec, { box }, 80, picture)).toEqual(cropTransform({ ...spec, inside: false }, { box }, 80));
    expect(() => cropTransform(spec, { box }, 80)).toThrow('size of the picture');
  });

  it('a template crop maps the template onto the points', () => {
    const map: Affine = [1.8, 0.6, 40, -0.6, 1.8, 90];
    const points = facePoints(map);
    cropTransform({ kind: 'template', template: 'arcface' }, { box, points }, 112).forEach((v, i) => {
      expect(v).toBeCloseTo(map[i] as number, 9);
    });
    expect(() => cropTransform({ kind: 'template', template: 'arcface' }, { box }, 112)).toThrow('five points');
  });

  it('refuses an empty box', () => {
    const empty = { x: 3, y: 3, width: 0, height: 0 };
    expect(() => cropTransform({ kind: 'box', basis: 'long', scale: 2 }, { box: empty }, 80)).toThrow('area');
  });
});

describe('alignFace', () => {
  it('puts the points on the template', async () => {
    // A picture whose red is its x and green its y tells where each chip pixel came from.
    const data = new Uint8Array(250 * 250 * 3);
    for (let i = 0; i < 250 * 250; i++) data.set([i % 250, Math.floor(i / 250), 0], i * 3);
    const picture = await openPicture({ width: 250, height: 250, data });
    const map: Affine = [1.2, 0.3, 30, -0.3, 1.2, 60];
    const chip = await alignFace(picture, facePoints(map));
    for (const p of pointList(facePoints(invertAffine(invertAffine([1, 0, 0, 0, 1, 0]))))) {
      const [x, y] = [Math.floor(p.x), Math.floor(p.y)];
      const source = applyAffine(map, { x: x + 0.5, y: y + 0.5 });
      expect(Math.abs((chip.data[(y * 112 + x) * 3] as number) - (source.x - 0.5))).toBeLessThan(1);
      expect(Math.abs((chip.data[(y * 112 + x) * 3 + 1] as number) - (source.y - 0.5))).toBeLessThan(1);
    }
  });

  it('the level it reads loses nothing and is the smallest power of two that does', () => {
    const big = { width: 4000, height: 3000 };
    const scaled = (s: number): Affine => [s, 0, 0, 0, s, 0];
    expect(cropLevel(big, scaled(2.7), 112, 112)).toBeUndefined();
    expect(cropLevel(big, scaled(2.81), 112, 112)).toBe(2000);
    expect(cropLevel(big, scaled(11.1), 112, 112)).toBe(1000);
    expect(cropLevel(big, scaled(11.3), 112, 112)).toBe(500);
    const small = { width: 1000, height: 800 };
    expect(cropLevel(small, scaled(4), 112, 112)).toBeUndefined();
  });

  it('a crop from a level equals the crop from the full picture', async () => {
    const image = smoothPicture(2600, 1800);
    const picture = await openPicture(image);
    const map: Affine = [5.8, 0.8, 300, -0.8, 5.8, 500];
    expect(cropLevel(picture, map, 160, 160)).toBe(650);
    const fromLevel = await cropPicture(picture, map, 160, 160);
    const small = await openPicture(image);
    const whole = { width: small.width, height: small.height, pixels: () => small.pixels() };
    const fromFull = await cropPicture(whole, map, 160, 160);
    expect(difference(fromLevel, fromFull).mean).toBeLessThan(2);
  });
});
