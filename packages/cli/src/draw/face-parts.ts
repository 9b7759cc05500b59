/** What lies inside a face's box: points and outlines, the mesh, axes, a cube, rays of gaze. */

import type { Box, HeadPose, Point } from 'vultus';
import type { DrawnFace } from './drawn.ts';
import { meshLines, meshOutlines } from './mesh-lines.data.ts';
import { noseAt, outlinesOf } from './outlines.data.ts';
import { dotSvg, ink, n, pathSvg, rimmedSvg, through, within } from './svg.ts';
import { escapeXml } from './text.ts';

type Matrix3 = HeadPose['matrix'];

/** Pixels of a face's width below which a net over it would be a blot. */
const leastNet = 70;

/** The same for the outlines alone. */
const leastOutlines = 40;

const axisColours = { right: '#f87171', down: '#4ade80', nose: '#60a5fa' } as const;

/** Everything that belongs inside one face's box; `stroke` is the width of the box's own line. */
export function facePartsSvg(face: DrawnFace, colour: string, stroke: number): string {
  return [
    meshSvg(face, colour, stroke),
    pointsSvg(face, colour, stroke),
    cubeSvg(face, colour, stroke),
    axesSvg(face, stroke),
    gazeSvg(face, stroke),
  ].join('');
}

function meshSvg({ mesh, box }: DrawnFace, colour: string, stroke: number): string {
  if (mesh === undefined || box.width < leastOutlines) return '';
  const fine = within(box.width * 0.003, 0.35, stroke * 0.5);
  const net = box.width < leastNet ? '' : pathSvg(walk(meshLines, mesh), { colour, width: fine, opacity: 0.5 });
  const outlines = pathSvg(walk(meshOutlines, mesh), { colour, width: fine * 2, opacity: 0.95 });
  return net + outlines + irisSvg(mesh, fine * 2);
}

/** The irises: centre and four points round each, after the 468 of the face. */
function irisSvg(mesh: readonly Point[], width: number): string {
  return [468, 473]
    .map((at) => {
      const [centre, ...rim] = mesh.slice(at, at + 5);
      if (centre === undefined) return '';
      const radius = rim.reduce((sum, { x, y }) => sum + Math.hypot(x - centre.x, y - centre.y), 0) / rim.length;
      return `<circle cx="${n(centre.x)}" cy="${n(centre.y)}" r="${n(radius)}" fill="none" stroke="#fde047" stroke-width="${n(width)}"/>`;
    })
    .join('');
}

function walk(lines: readonly string[], points: readonly Point[]): string {
  return lines.map((line) => through(line.split(' ').flatMap((index) => points[Number(index)] ?? []))).join('');
}

function pointsSvg({ landmarks, box }: DrawnFace, colour: string, stroke: number): string {
  if (landmarks === undefined) return '';
  const points: readonly Point[] = Array.isArray(landmarks) ? landmarks : Object.values(landmarks);
  const many = points.length > 10;
  const radius = within(box.width * (many ? 0.011 : 0.018), 0.8, stroke * 1.6);
  const outlines = (outlinesOf[points.length] ?? []).map(({ from, to, closed = false }) =>
    through(points.slice(from, to + 1), closed),
  );
  const lines = pathSvg(outlines.join(''), { colour, width: Math.max(0.6, radius * 0.55), opacity: 0.8 });
  return lines + points.map((point) => dotSvg(point, radius, colour)).join('');
}

/** Where a point of the head, in head widths from its centre, lies in the picture: seen from far away. */
function inPicture(matrix: Matrix3, centre: Point, size: number): (x: number, y: number, z: number) => Point {
  return (x, y, z) => ({
    x: centre.x + size * (matrix[0] * x + matrix[1] * y + matrix[2] * z),
    y: centre.y + size * (matrix[3] * x + matrix[4] * y + matrix[5] * z),
  });
}

function axesSvg(face: DrawnFace, stroke: number): string {
  const { axes, box } = face;
  if (axes === undefined) return '';
  const { matrix } = axes;
  const centre = noseOf(face);
  const place = inPicture(matrix, centre, box.width);
  const width = within(box.width * 0.02, stroke * 0.8, stroke * 2.5);
  const ends = [
    { depth: matrix[6], to: place(0.5, 0, 0), colour: axisColours.right },
    { depth: matrix[7], to: place(0, 0.5, 0), colour: axisColours.down },
    { depth: -matrix[8], to: place(0, 0, -0.75), colour: axisColours.nose },
  ];
  // What is nearer to the camera is drawn later.
  ends.sort((a, b) => b.depth - a.depth);
  return ends.map(({ to, colour }) => rimmedSvg(through([centre, to]), { colour, width })).join('');
}

/** The eight corners of the cube: of its front, where the face is, and of its back, in the same order. */
const squareCorners = [
  [-1, -1],
  [1, -1],
  [1, 1],
  [-1, 1],
] as const;

function cubeCorners(matrix: Matrix3, box: Box): readonly [front: Point[], back: Point[]] {
  const centre = { x: box.x + box.width / 2, y: box.y + box.height / 2 };
  const place = inPicture(matrix, centre, (box.width + box.height) / 4);
  const at = (depth: number) => squareCorners.map(([x, y]) => place(x, y, depth));
  return [at(-1), at(1)];
}

/** What a face takes of the picture: its box, or its cube. */
export function faceExtent({ cube, box }: DrawnFace): Box {
  if (cube === undefined) return box;
  const corners = cubeCorners(cube.matrix, box).flat();
  const [xs, ys] = [corners.map(({ x }) => x), corners.map(({ y }) => y)];
  const [x, y] = [Math.min(...xs), Math.min(...ys)];
  return { x, y, width: Math.max(...xs) - x, height: Math.max(...ys) - y };
}

function cubeSvg({ cube, box }: DrawnFace, colour: string, stroke: number): string {
  if (cube === undefined) return '';
  const [front, back] = cubeCorners(cube.matrix, box);
  const sides = front.map((corner, at) => through([corner, back[at] as Point])).join('');
  const width = within(box.width * 0.008, stroke * 0.5, stroke);
  const far = pathSvg(through(back, true), { colour, width: width * 0.7, opacity: 0.7 });
  const between = pathSvg(sides, { colour, width: width * 0.7, opacity: 0.85 });
  return far + between + rimmedSvg(through(front, true), { colour, width, fill: colour, fillOpacity: 0.12 });
}

function gazeSvg(face: DrawnFace, stroke: number): string {
  const { gaze, box } = face;
  if (gaze === undefined) return '';
  const [dx, dy] = gaze.vector;
  const length = box.width * 0.9;
  const width = within(box.width * 0.014, stroke * 0.6, stroke * 1.8);
  return eyesOf(face)
    .map((eye) => {
      const end = { x: eye.x + dx * length, y: eye.y + dy * length };
      return rimmedSvg(through([eye, end]), { colour: '#fde047', width }) + dotSvg(end, width * 1.1, '#fde047');
    })
    .join('');
}

function eyesOf({ mesh, landmarks, box }: DrawnFace): Point[] {
  const irises = mesh && [mesh[468], mesh[473]];
  const own = landmarks !== undefined && 'leftEye' in landmarks ? [landmarks.leftEye, landmarks.rightEye] : undefined;
  const guess = [0.3, 0.7].map((share) => ({ x: box.x + share * box.width, y: box.y + 0.4 * box.height }));
  return (irises ?? own ?? guess).filter((point) => point !== undefined);
}

function noseOf({ mesh, landmarks, box }: DrawnFace): Point {
  const own = landmarks && ('nose' in landmarks ? landmarks.nose : landmarks[noseAt[landmarks.length] ?? -1]);
  return own ?? mesh?.[1] ?? { x: box.x + box.width / 2, y: box.y + box.height * 0.55 };
}

/** A rounded box, rimmed; a dashed one has square corners and a faint rim without gaps. */
export function boxSvg(
  { x, y, width, height }: Box,
  { colour, stroke, dash }: { readonly colour: string; readonly stroke: number; readonly dash?: number },
): string {
  const dashed = dash !== undefined;
  const radius = Math.min(width, height) * (dashed ? 0.02 : 0.1);
  const shape = `x="${n(x)}" y="${n(y)}" width="${n(width)}" height="${n(height)}" rx="${n(radius)}" fill="none"`;
  const dashes = dashed ? ` stroke-dasharray="${n(dash)} ${n(dash * 0.7)}"` : '';
  const rim = `<rect ${shape} stroke="${ink}" stroke-opacity="${dashed ? 0.25 : 0.45}" stroke-width="${n(stroke * (dashed ? 1.3 : 1.9))}"/>`;
  return `${rim}<rect ${shape} stroke="${escapeXml(colour)}" stroke-width="${n(stroke)}"${dashes}/>`;
}
