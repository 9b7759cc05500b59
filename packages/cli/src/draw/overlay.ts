/** Faces as an SVG drawing of the picture's size: rounded boxes, labels, landmark points. */

import type { Box, FivePoints, Point } from 'vultus';
import { type LabelRequest, placeLabels } from './labels.ts';
import { identityColours, mutedColour, plainColour } from './palette.ts';
import { strokeText } from './strokes.ts';
import { escapeXml, fitText, fontFamily, textWidth } from './text.ts';

/** One face to draw. */
export interface DrawnFace {
  /** Pixels of the upright picture. */
  readonly box: Box;
  /** Who it is: gives the colour and the label; `null` for somebody unknown; absent when nobody was asked. */
  readonly identity?: string | null;
  /** Label; default the identity, `unknown` for `null`, nothing when absent. */
  readonly label?: string;
  /** Drawn after the label in a lighter weight, e.g. a similarity. */
  readonly note?: string;
  /** CSS colour; default by identity. */
  readonly colour?: string;
  /** Points to mark: five, or any number. */
  readonly landmarks?: FivePoints | readonly Point[];
}

/** How labels are lettered: by the fonts of whoever shows the SVG, or as paths that need none. */
export type Lettering = 'font' | 'strokes';

/** Sizes that all of a drawing's parts share, in pixels. */
interface Style {
  readonly lettering: Lettering;
  readonly font: number;
  readonly stroke: number;
  readonly padding: number;
  readonly height: number;
}

/** The drawing as an SVG document of `width` × `height`; `backdrop` is an href to put behind it. */
export function overlaySvg(
  size: { readonly width: number; readonly height: number },
  faces: readonly DrawnFace[],
  backdrop?: string,
  lettering: Lettering = 'font',
): string {
  const { width, height } = size;
  const style = { ...sizesFor(size, faces), lettering };
  const colours = identityColours(faces.flatMap(({ identity }) => (typeof identity === 'string' ? [identity] : [])));
  const colourOf = ({ colour, identity }: DrawnFace) =>
    colour ??
    (identity === undefined ? plainColour : identity === null ? mutedColour : colours.get(identity)) ??
    plainColour;
  const boxes = faces.map((face) => boxSvg(insideBox(face.box, size, style), colourOf(face), style));
  const points = faces.map((face) => pointsSvg(face, colourOf(face), style));
  const image =
    backdrop === undefined ? '' : `<image href="${escapeXml(backdrop)}" width="${width}" height="${height}"/>\n`;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">
${image}${[...boxes, ...points, ...labelsSvg(faces, size, colourOf, style)].filter((part) => part !== '').join('\n')}
</svg>
`;
}

/** Text follows the faces, so that labels fit them, within what can be read on the whole picture; crowds get smaller text. */
function sizesFor(size: { width: number; height: number }, faces: readonly DrawnFace[]): Omit<Style, 'lettering'> {
  const widths = faces.map(({ box }) => box.width).sort((a, b) => a - b);
  const median = widths[widths.length >> 1] ?? 0;
  const long = Math.max(size.width, size.height);
  const crowd = Math.min(1, Math.max(0, (faces.length - 6) / 24));
  const font = Math.max(9, Math.min(Math.max(median * 0.15, long / (75 + 60 * crowd)), long / 34));
  return { font, stroke: Math.max(1.25, font * 0.13), padding: font * 0.45, height: font * 1.62 };
}

/** The box drawn wholly inside the picture, its stroke included. */
function insideBox(box: Box, size: { width: number; height: number }, { stroke }: Style): Box {
  const edge = stroke * 0.75;
  const x = Math.max(edge, box.x);
  const y = Math.max(edge, box.y);
  const right = Math.min(size.width - edge, box.x + box.width);
  const bottom = Math.min(size.height - edge, box.y + box.height);
  return { x, y, width: Math.max(1, right - x), height: Math.max(1, bottom - y) };
}

function boxSvg(box: Box, colour: string, { stroke }: Style): string {
  const radius = Math.min(box.width, box.height) * 0.1;
  const shape = `x="${n(box.x)}" y="${n(box.y)}" width="${n(box.width)}" height="${n(box.height)}" rx="${n(radius)}" fill="none"`;
  // The dark rim keeps the box visible on a bright background.
  return `<rect ${shape} stroke="#0f172a" stroke-opacity="0.45" stroke-width="${n(stroke * 1.9)}"/><rect ${shape} stroke="${escapeXml(colour)}" stroke-width="${n(stroke)}"/>`;
}

function pointsSvg({ landmarks, box }: DrawnFace, colour: string, { stroke }: Style): string {
  if (landmarks === undefined) return '';
  const points: readonly Point[] = Array.isArray(landmarks) ? landmarks : Object.values(landmarks);
  const share = points.length > 10 ? 0.008 : 0.018;
  const radius = Math.max(0.8, Math.min(stroke * 1.6, box.width * share));
  return points
    .map(
      ({ x, y }) =>
        `<circle cx="${n(x)}" cy="${n(y)}" r="${n(radius)}" fill="${escapeXml(colour)}" stroke="#0f172a" stroke-opacity="0.6" stroke-width="${n(radius * 0.35)}"/>`,
    )
    .join('');
}

function labelsSvg(
  faces: readonly DrawnFace[],
  size: { width: number; height: number },
  colourOf: (face: DrawnFace) => string,
  style: Style,
): string[] {
  const { font, padding, height, stroke } = style;
  const most = size.width / font - 2 * (padding / font);
  const texts = faces.flatMap((face) => {
    const label = face.label ?? (face.identity === null ? 'unknown' : (face.identity ?? ''));
    if (label === '' && face.note === undefined) return [];
    const noteWidth = face.note === undefined ? 0 : textWidth(face.note) + (label === '' ? 0 : 0.45);
    const note = noteWidth + 2 < most ? face.note : undefined;
    const title = fitText(label.replace(/\s+/g, ' '), most - (note === undefined ? 0 : noteWidth));
    const width = (textWidth(title) + (note === undefined ? 0 : noteWidth)) * font + 2 * padding;
    const request: LabelRequest = {
      box: insideBox(face.box, size, style),
      width: Math.min(width, size.width),
      height: Math.min(height, size.height),
    };
    return [{ face, title, note, request }];
  });
  const rects = placeLabels(
    texts.map(({ request }) => request),
    { ...size, gap: stroke * 1.6 },
  );
  return texts.map(({ face, title, note }, index) => {
    const rect = rects[index] as Box;
    const pill = `<rect x="${n(rect.x)}" y="${n(rect.y)}" width="${n(rect.width)}" height="${n(rect.height)}" rx="${n(height * 0.28)}" fill="${escapeXml(colourOf(face))}" fill-opacity="0.94"/>`;
    return `<g class="label">${pill}${textSvg(title, note, rect, style)}</g>`;
  });
}

function textSvg(title: string, note: string | undefined, rect: Box, style: Style): string {
  const { font, height, padding, lettering } = style;
  const x = rect.x + rect.width / 2;
  const baseline = rect.y + height * 0.7;
  if (lettering === 'strokes') {
    const runs = [{ text: title, bold: true }, ...(note === undefined ? [] : [{ text: note, bold: false }])];
    const filled = runs.filter(({ text }) => text !== '');
    return strokeText(filled, { x, baseline, font, most: rect.width - 2 * padding }, '#0f172a');
  }
  const more =
    note === undefined
      ? ''
      : `<tspan font-weight="400"${title === '' ? '' : ` dx="${n(font * 0.4)}"`}>${escapeXml(note)}</tspan>`;
  return `<text x="${n(x)}" y="${n(baseline)}" text-anchor="middle" font-family="${escapeXml(fontFamily)}" font-size="${n(font)}" font-weight="700" fill="#0f172a">${escapeXml(title)}${more}</text>`;
}

/** A coordinate with two digits after the point at most. */
function n(value: number): string {
  return String(Math.round(value * 100) / 100);
}
