/** Things worn, drawn over the 68 points of a face as SVG shapes. */

import type { Point } from 'vultus';

/** What is needed to draw on a face. */
export interface FaceShape {
  /** Height of its box, pixels. */
  readonly height: number;
  /** The 68 points. */
  readonly points: readonly Point[];
}

/** A surgical mask: along the jaw, up to below the eyes' outer corners, over the nose. */
export function mask({ points, height }: FaceShape): string {
  const outline = [...points.slice(2, 15), points[29] as Point];
  const path = outline.map(({ x, y }) => `${x.toFixed(1)},${y.toFixed(1)}`).join(' ');
  return `<polygon points="${path}" fill="#a9c8dc" stroke="#8fb0c6" stroke-width="${(height * 0.01).toFixed(1)}" stroke-linejoin="round"/>`;
}

/** Glasses: a rounded frame round each eye, a bridge and temples. */
export function glasses({ points }: FaceShape, fill: string): string {
  const eyes = [points.slice(36, 42), points.slice(42, 48)].map(middle) as [Point, Point];
  const [left, right] = eyes;
  const apart = Math.hypot(right.x - left.x, right.y - left.y);
  const angle = (Math.atan2(right.y - left.y, right.x - left.x) * 180) / Math.PI;
  const [w, h, thick] = [apart * 0.74, apart * 0.5, apart * 0.06];
  const centre = middle(eyes);
  const lens = (side: number) =>
    `<rect x="${side * apart * 0.5 - w / 2}" y="${-h * 0.42}" width="${w}" height="${h}" rx="${h * 0.35}" fill="${fill}"/>`;
  return `<g transform="translate(${centre.x} ${centre.y}) rotate(${angle})" stroke="#101010" stroke-width="${thick}" fill="none">${lens(-1)}${lens(1)}<path d="M${-apart * 0.13} 0h${apart * 0.26}M${-apart * 0.87} 0h${-apart * 0.15}M${apart * 0.87} 0h${apart * 0.15}"/></g>`;
}

function middle(points: readonly Point[]): Point {
  const sum = points.reduce((a, b) => ({ x: a.x + b.x, y: a.y + b.y }), { x: 0, y: 0 });
  return { x: sum.x / points.length, y: sum.y / points.length };
}
