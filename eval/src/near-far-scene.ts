/** A photographed face before a camera at some distance: as the head that its mesh describes, or as a print of several shapes. */

import type { FaceMesh, Image } from 'vultus';
import { normal } from './random.ts';

/** What stands before the camera. `head`: solid, by the mesh; the others are prints: flat, turned by 20°, bent round an upright axis. */
export const nearFarShapes = ['head', 'flat', 'turned', 'bent'] as const;

/** One of {@link nearFarShapes}. */
export type NearFarShape = (typeof nearFarShapes)[number];

/** A photograph and the face on it. */
export interface NearFarSubject {
  readonly photo: Image;
  readonly mesh: FaceMesh;
  readonly faceWidth: number;
}

/** One frame: the distance in face widths, and where and how the hand holds it. */
export interface NearFarView {
  readonly shape: NearFarShape;
  readonly distance: number;
  /** Shift in parts of the frame's width, and roll in degrees. */
  readonly shiftX: number;
  readonly shiftY: number;
  readonly roll: number;
  /** Noise of the camera: standard deviation of a pixel's value, 0…255. */
  readonly noise: number;
}

/** Horizontal field of view of the camera in degrees: what `NearFarCheck` assumes. */
const fieldOfView = 65;
/** Cells of the coarse grid on which the deformation is laid out, in pixels. */
const step = 12;
const printTurn = (20 * Math.PI) / 180;
/** Radius of the bent print in face widths: as round as a head. */
const bendRadius = 0.7;

/** The frame that a camera sees. @param random for the noise */
export function renderNearFar(
  subject: NearFarSubject,
  view: NearFarView,
  { width, height }: { readonly width: number; readonly height: number },
  random: () => number,
): Image {
  const focal = width / (2 * Math.tan((fieldOfView * Math.PI) / 360));
  const centre = middle(subject.mesh.points);
  const scale = (view.distance * subject.faceWidth) / focal;
  const [cos, sin] = [Math.cos((view.roll * Math.PI) / 180) * scale, Math.sin((view.roll * Math.PI) / 180) * scale];
  const origin = { x: width * (0.5 + view.shiftX), y: height / 2 + width * view.shiftY };
  /** Where the photograph, merely held before the camera, has what the frame shows at a place. */
  const flat = (x: number, y: number) => ({
    x: centre.x + (x - origin.x) * cos + (y - origin.y) * sin,
    y: centre.y + (y - origin.y) * cos - (x - origin.x) * sin,
  });
  const lacks = subject.mesh.points.map((point) => {
    const { x, y, depth } = placeOf(subject, point, centre, view.shape);
    const grown = (focal / (view.distance - depth)) * (scale / (cos ** 2 + sin ** 2));
    const place = { x: origin.x + (x * cos - y * sin) * grown, y: origin.y + (y * cos + x * sin) * grown };
    const shown = flat(place.x, place.y);
    return { ...place, dx: point.x - shown.x, dy: point.y - shown.y };
  });
  const bend = spread(lacks, width, height);
  const data = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const [dx, dy] = bend(x, y);
      const from = flat(x, y);
      copyPixel(subject.photo, from.x + dx, from.y + dy, data, y * width + x);
    }
  }
  if (view.noise > 0)
    for (let i = 0; i < data.length; i++) data[i] = clamp((data[i] as number) + view.noise * normal(random));
  return { width, height, data };
}

/** A mesh point in space, in face widths from the middle: across, down, and towards the camera. */
function placeOf(
  { faceWidth }: NearFarSubject,
  point: { readonly x: number; readonly y: number; readonly z: number },
  centre: { readonly x: number; readonly y: number },
  shape: NearFarShape,
) {
  const [x, y] = [(point.x - centre.x) / faceWidth, (point.y - centre.y) / faceWidth];
  switch (shape) {
    case 'head':
      return { x, y, depth: -point.z / faceWidth };
    case 'turned':
      return { x: x * Math.cos(printTurn), y, depth: x * Math.sin(printTurn) };
    case 'bent':
      return { x: bendRadius * Math.sin(x / bendRadius), y, depth: bendRadius * (Math.cos(x / bendRadius) - 1) };
    default:
      return { x, y, depth: 0 };
  }
}

/** A shift for every place of the frame, from those at scattered points: weighed by nearness on a grid, bilinear between. */
function spread(
  points: readonly { readonly x: number; readonly y: number; readonly dx: number; readonly dy: number }[],
  width: number,
  height: number,
): (x: number, y: number) => readonly [number, number] {
  const columns = Math.ceil(width / step) + 2;
  const grid = Array.from({ length: columns * (Math.ceil(height / step) + 2) }, (_, i) => {
    const [gx, gy] = [(i % columns) * step, Math.floor(i / columns) * step];
    let [sum, dx, dy] = [0, 0, 0];
    for (const point of points) {
      const square = (point.x - gx) ** 2 + (point.y - gy) ** 2 + 9;
      const weight = 1 / (square * Math.sqrt(square));
      sum += weight;
      dx += weight * point.dx;
      dy += weight * point.dy;
    }
    return [dx / sum, dy / sum] as const;
  });
  return (x, y) => {
    const [u, v] = [(x % step) / step, (y % step) / step];
    const at = Math.floor(y / step) * columns + Math.floor(x / step);
    const mix = (axis: 0 | 1) => {
      const cell = (index: number) => (grid[index] as readonly [number, number])[axis];
      return lerp(lerp(cell(at), cell(at + 1), u), lerp(cell(at + columns), cell(at + columns + 1), u), v);
    };
    return [mix(0), mix(1)];
  };
}

/** Bilinear; grey outside the photograph. */
function copyPixel(photo: Image, x: number, y: number, data: Uint8Array, pixel: number): void {
  const [left, top] = [Math.floor(x), Math.floor(y)];
  const inside = left >= 0 && top >= 0 && left + 1 < photo.width && top + 1 < photo.height;
  for (let c = 0; c < 3; c++) {
    const value = (px: number, py: number) => photo.data[(py * photo.width + px) * 3 + c] as number;
    data[pixel * 3 + c] = inside
      ? lerp(
          lerp(value(left, top), value(left + 1, top), x - left),
          lerp(value(left, top + 1), value(left + 1, top + 1), x - left),
          y - top,
        )
      : 110;
  }
}

function middle(points: FaceMesh['points']): { readonly x: number; readonly y: number } {
  const sum = points.reduce((total, { x, y }) => ({ x: total.x + x, y: total.y + y }), { x: 0, y: 0 });
  return { x: sum.x / points.length, y: sum.y / points.length };
}

function lerp(a: number, b: number, share: number): number {
  return a + share * (b - a);
}

function clamp(value: number): number {
  return Math.max(0, Math.min(255, Math.round(value)));
}
