/** An engine that takes bright squares for faces and the colour in them for a person: fast, exact, without models. */

import type { Faceprint } from '../face/faceprint.ts';
import type { Box } from '../face/geometry.ts';
import type { Image } from '../image/image.ts';
import type { IdentityCandidate } from '../track/identity.ts';
import type { WatchEngine } from '../video/watcher.ts';

const contract = { id: 'spots', version: '1', sha256: 'aa', dimension: 3 };
const side = 24;

/** People of the scene, each by a colour. */
export const spotPeople = { anna: [255, 20, 20], ben: [20, 255, 20], carl: [20, 20, 255] } as const;

/** A grey noisy frame with a square for each person. */
export function spotFrame(
  width: number,
  height: number,
  people: readonly { readonly name: keyof typeof spotPeople; readonly x: number; readonly y: number }[],
): Image {
  const data = new Uint8Array(width * height * 3);
  for (let i = 0; i < data.length; i += 3) data.fill(40 + (((i / 3) * 7919) % 32), i, i + 3);
  for (const { name, x, y } of people) {
    for (let row = 0; row < side; row++) {
      for (let column = 0; column < side; column++) {
        const at = ((Math.round(y) + row) * width + Math.round(x) + column) * 3;
        // A pattern, so that a patch of it is like itself.
        const shade = (row >> 2) % 2 === (column >> 2) % 2 ? 1 : 0.8;
        spotPeople[name].forEach((value, channel) => {
          data[at + channel] = value * shade;
        });
      }
    }
  }
  return { width, height, data };
}

/** Reads such frames, from their pixels alone. */
export const spotEngine: WatchEngine = {
  detect: async (frame) => spots(frame).map((box) => ({ box, score: 0.95, points: pointsIn(box) })),
  read: (async (frame: Image, faces: readonly { readonly box: Box }[]) =>
    faces.map(({ box }) => {
      const spot = nearest(spots(frame), box) ?? box;
      return { landmarks: pointsIn(spot), points: [], embed: printOf(frame, spot) };
    })) as unknown as WatchEngine['read'],
};

/** Whether somebody is in the frame, by colour alone. */
export function showsSpot({ data }: Image, name: keyof typeof spotPeople): boolean {
  const colour = spotPeople[name];
  for (let at = 0; at < data.length; at += 3) {
    if (colour.every((value, channel) => Math.abs((data[at + channel] as number) - value) < 10)) return true;
  }
  return false;
}

/** Who a colour is. */
export async function identifySpot({ vector }: Faceprint): Promise<IdentityCandidate[]> {
  return Object.entries(spotPeople)
    .map(([identity, colour]) => ({ identity, similarity: cosine(vector, colour) }))
    .sort((a, b) => b.similarity - a.similarity);
}

/** Squares of saturated colour: their top left corners are found by a scan in steps, then to the pixel. */
function spots({ width, height, data }: Image): Box[] {
  const bright = (x: number, y: number) => {
    if (x < 0 || y < 0 || x >= width || y >= height) return false;
    const at = (y * width + x) * 3;
    const [r, g, b] = [data[at] ?? 0, data[at + 1] ?? 0, data[at + 2] ?? 0];
    return Math.max(r, g, b) - Math.min(r, g, b) > 90;
  };
  const found: Box[] = [];
  for (let y = 0; y < height; y += side / 3) {
    for (let x = 0; x < width; x += side / 3) {
      if (!bright(x, y)) continue;
      let [left, top] = [x, y];
      while (bright(left - 1, y)) left--;
      while (bright(x, top - 1)) top--;
      if (!found.some((box) => Math.abs(box.x - left) < side && Math.abs(box.y - top) < side))
        found.push({ x: left, y: top, width: side, height: side });
    }
  }
  return found;
}

function nearest(boxes: readonly Box[], to: Box): Box | undefined {
  const far = (box: Box) => Math.hypot(box.x - to.x, box.y - to.y);
  return [...boxes].sort((a, b) => far(a) - far(b)).find((box) => far(box) < side);
}

function pointsIn({ x, y }: Box) {
  const at = (u: number, v: number) => ({ x: x + u * side, y: y + v * side });
  return {
    leftEye: at(0.3, 0.35),
    rightEye: at(0.7, 0.35),
    nose: at(0.5, 0.55),
    leftMouth: at(0.35, 0.8),
    rightMouth: at(0.65, 0.8),
  };
}

function printOf({ width, data }: Image, { x, y }: Box): Faceprint {
  const at = (Math.round(y + side / 2) * width + Math.round(x + side / 2)) * 3;
  const colour = [data[at] ?? 0, data[at + 1] ?? 0, data[at + 2] ?? 0];
  const length = Math.hypot(...colour) || 1;
  return { contract, precision: 'float32', vector: Float32Array.from(colour, (value) => value / length) };
}

function cosine(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let [dot, aa, bb] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    dot += (a[i] ?? 0) * (b[i] ?? 0);
    aa += (a[i] ?? 0) ** 2;
    bb += (b[i] ?? 0) ** 2;
  }
  return dot / Math.sqrt(aa * bb || 1);
}
