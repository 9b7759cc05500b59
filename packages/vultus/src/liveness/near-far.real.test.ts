/** Near and far with a real photograph: moved closer as it is, and as the head on it would look from nearer by. */

import { beforeAll, describe, expect, test } from 'vitest';
import type { Image } from '../image/image.ts';
import { Vultus } from '../node.ts';
import type { FaceMesh } from '../task/mesh.ts';
import { samplePhoto } from '../testing/data.ts';
import { type DeepPoint, NearFarCheck, type NearFarStatus } from './near-far.ts';

const [width, height] = [960, 720];
/** Field of view 65°, as the check assumes. */
const focal = width / (2 * Math.tan((65 * Math.PI) / 360));

/** What a photograph shows: its pixels, its face, and that face's mesh. */
interface Subject {
  readonly photo: Image;
  readonly mesh: FaceMesh;
  readonly faceWidth: number;
}

/** Where a point of the photograph lies in the frame of a camera `distance` face widths away; `solid`: with its depth. */
function project({ mesh, faceWidth }: Subject, distance: number, solid: boolean) {
  const centre = middle(mesh.points);
  return mesh.points.map(({ x, y, z }) => {
    const scale = focal / (distance - (solid ? -z / faceWidth : 0)) / faceWidth;
    return { x: width / 2 + (x - centre.x) * scale, y: height / 2 + (y - centre.y) * scale };
  });
}

/**
 * The photograph as that camera sees it: every mesh point goes where it is projected, pixels between go along with the
 * points near them.
 */
function render(subject: Subject, distance: number, solid: boolean): Image {
  const { photo, mesh, faceWidth } = subject;
  const centre = middle(mesh.points);
  const scale = (distance * faceWidth) / focal;
  const places = project(subject, distance, solid);
  // What the flat picture, scaled, lacks at each point; interpolated on a coarse grid.
  const lacks = places.map(({ x, y }, i) => {
    const { x: toX, y: toY } = mesh.points[i] as DeepPoint;
    return { x, y, dx: toX - centre.x - (x - width / 2) * scale, dy: toY - centre.y - (y - height / 2) * scale };
  });
  const step = 12;
  const columns = Math.ceil(width / step) + 1;
  const grid = Array.from({ length: columns * (Math.ceil(height / step) + 1) }, (_, i) => {
    const [gx, gy] = [(i % columns) * step, Math.floor(i / columns) * step];
    let [sum, dx, dy] = [0, 0, 0];
    for (const lack of lacks) {
      const weight = 1 / ((lack.x - gx) ** 2 + (lack.y - gy) ** 2 + 9) ** 1.5;
      sum += weight;
      dx += weight * lack.dx;
      dy += weight * lack.dy;
    }
    return [dx / sum, dy / sum] as const;
  });
  const data = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const [u, v] = [x / step, y / step];
      const at = Math.floor(v) * columns + Math.floor(u);
      const mix = (axis: 0 | 1) => {
        const top = lerp(grid[at]?.[axis] ?? 0, grid[at + 1]?.[axis] ?? 0, u % 1);
        return lerp(top, lerp(grid[at + columns]?.[axis] ?? 0, grid[at + columns + 1]?.[axis] ?? 0, u % 1), v % 1);
      };
      copyPixel(
        photo,
        centre.x + (x - width / 2) * scale + mix(0),
        centre.y + (y - height / 2) * scale + mix(1),
        data,
        y * width + x,
      );
    }
  }
  return { width, height, data };
}

/** Bilinear; grey outside. */
function copyPixel(photo: Image, x: number, y: number, data: Uint8Array, pixel: number): void {
  const [left, top] = [Math.floor(x), Math.floor(y)];
  for (let c = 0; c < 3; c++) {
    const value = (px: number, py: number) =>
      px < 0 || py < 0 || px >= photo.width || py >= photo.height
        ? 110
        : (photo.data[(py * photo.width + px) * 3 + c] as number);
    const upper = lerp(value(left, top), value(left + 1, top), x - left);
    data[pixel * 3 + c] = lerp(upper, lerp(value(left, top + 1), value(left + 1, top + 1), x - left), y - top);
  }
}

function middle(points: readonly DeepPoint[]): { readonly x: number; readonly y: number } {
  const mean = (pick: (point: DeepPoint) => number) =>
    points.reduce((sum, point) => sum + pick(point), 0) / points.length;
  return { x: mean(({ x }) => x), y: mean(({ y }) => y) };
}

function lerp(a: number, b: number, share: number): number {
  return a + share * (b - a);
}

describe('a photograph', () => {
  let subject: Subject;
  let vultus: Vultus;
  beforeAll(async () => {
    vultus = await Vultus.open({ threads: 1 });
    const picture = await vultus.picture(samplePhoto(1));
    const face = await vultus.analyzeMain(picture, { tasks: ['mesh'] });
    if (face === null) throw new Error('the photograph shows a face');
    subject = { photo: await picture.pixels(), mesh: face.mesh, faceWidth: face.box.width };
    return () => vultus.close();
  }, 120_000);

  /** The whole check on frames that are looked at by the real mesh. */
  async function check(solid: boolean): Promise<NearFarStatus> {
    const nearFar = new NearFarCheck({ frames: 3, maxAngle: 25 });
    let status: NearFarStatus = { stage: 'far' };
    for (const distance of [3.4, 3.3, 3.2, 1.7, 1.65, 1.6]) {
      const face = await vultus.analyzeMain(render(subject, distance, solid), { tasks: ['mesh'] });
      if (face === null) throw new Error(`a face at a distance of ${distance}`);
      status = nearFar.next({ width, height, faceWidth: face.box.width, points: face.mesh.points });
    }
    return status;
  }

  test('moved closer as a picture it is flat', async () => {
    const { verdict } = await check(false);
    expect(verdict?.live).toBe(false);
    expect(verdict?.score).toBeLessThan(0.1);
  }, 120_000);

  test('its head seen from nearer by is solid', async () => {
    const { verdict } = await check(true);
    expect(verdict?.live).toBe(true);
    expect(verdict?.score).toBeGreaterThan(0.2);
  }, 120_000);
});
