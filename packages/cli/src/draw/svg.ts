/** The few SVG elements that drawings are made of. */

import type { Point } from 'vultus';
import { escapeXml } from './text.ts';

/** How a line looks; widths in pixels of the drawing. */
export interface LineStyle {
  readonly colour: string;
  readonly width: number;
  /** 0…1; default 1. */
  readonly opacity?: number;
  /** CSS colour inside; default none. */
  readonly fill?: string;
  readonly fillOpacity?: number;
  readonly dash?: number;
}

/** Colour of rims and letters. */
export const ink = '#0f172a';

/** A coordinate with two digits after the point at most. */
export function n(value: number): string {
  return String(Math.round(value * 100) / 100);
}

/** Path data through points; `closed` joins the last to the first. */
export function through(points: readonly Point[], closed = false): string {
  return points.map(({ x, y }, at) => `${at === 0 ? 'M' : 'L'}${n(x)} ${n(y)}`).join('') + (closed ? 'Z' : '');
}

/** Path data as one element; nothing for no data. */
export function pathSvg(
  d: string,
  { colour, width, opacity = 1, fill = 'none', fillOpacity, dash }: LineStyle,
): string {
  if (d === '') return '';
  const filling = fillOpacity === undefined ? '' : ` fill-opacity="${n(fillOpacity)}"`;
  const dashes = dash === undefined ? '' : ` stroke-dasharray="${n(dash)} ${n(dash * 0.7)}"`;
  return `<path d="${d}" fill="${escapeXml(fill)}"${filling} stroke="${escapeXml(colour)}" stroke-opacity="${n(opacity)}" stroke-width="${n(width)}" stroke-linecap="round" stroke-linejoin="round"${dashes}/>`;
}

/** The same path over a dark rim, which keeps it visible on a bright background. */
export function rimmedSvg(d: string, style: LineStyle): string {
  const { width, dash } = style;
  const rim = { colour: ink, width: width * 1.9, opacity: 0.45, ...(dash === undefined ? {} : { dash }) };
  return pathSvg(d, rim) + pathSvg(d, style);
}

/** A dot with a thin rim. */
export function dotSvg({ x, y }: Point, radius: number, colour: string): string {
  return `<circle cx="${n(x)}" cy="${n(y)}" r="${n(radius)}" fill="${escapeXml(colour)}" stroke="${ink}" stroke-opacity="0.6" stroke-width="${n(radius * 0.35)}"/>`;
}

/** `value` within `least` … `most`. */
export function within(value: number, least: number, most: number): number {
  return Math.max(least, Math.min(value, most));
}
