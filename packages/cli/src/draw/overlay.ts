/** Faces, bodies and things as an SVG drawing of the picture's size. */

import type { Box } from 'vultus';
import type { Drawing, DrawnFace } from './drawn.ts';
import { boxSvg, faceExtent, facePartsSvg } from './face-parts.ts';
import { type Label, type Lettering, labelsSvg, type Style } from './label-svg.ts';
import { identityColours, mutedColour, plainColour } from './palette.ts';
import { bodySvg, objectSvg } from './scene-parts.ts';
import { escapeXml } from './text.ts';

/** What lies behind a drawing and how it is lettered. */
export interface OverlayOptions {
  /** Href of a picture to put behind it. */
  readonly backdrop?: string;
  /** Default `font`. */
  readonly lettering?: Lettering;
}

interface Size {
  readonly width: number;
  readonly height: number;
}

/** The drawing as an SVG document of `width` × `height`. */
export function overlaySvg(size: Size, drawing: Drawing, options: OverlayOptions = {}): string {
  const { width, height } = size;
  const { backdrop, lettering = 'font' } = options;
  const { faces = [], objects = [], bodies = [] } = drawing;
  const style = { ...sizesFor(size, drawing), lettering };
  const { stroke } = style;
  const colourOf = faceColours(faces);
  const objectColours = identityColours(objects.map(({ label }) => label));
  const things = objects.map((each) => ({
    box: insideBox(each.box, size, style),
    title: each.label,
    note: objects.length > 12 ? undefined : each.score.toFixed(2),
    colour: objectColours.get(each.label) ?? plainColour,
    thing: true,
  }));
  const framed = faces.map((face) => ({ face, box: insideBox(face.box, size, style), colour: colourOf(face) }));
  const named = framed.map(({ face, colour }) => ({
    ...faceLabel(face),
    box: insideBox(faceExtent(face), size, style),
    colour,
  }));
  const labels: Label[] = [...named, ...things];
  const parts = [
    ...things.map(({ box, colour }) => objectSvg({ box }, colour, stroke)),
    ...bodies.map((body) => bodySvg(body, stroke, faces)),
    // A cube says where the face is, too.
    ...framed.map(({ face, box, colour }) => (face.cube ? '' : boxSvg(box, { colour, stroke }))),
    ...framed.map(({ face, colour }) => facePartsSvg(face, colour, stroke)),
    ...labelsSvg(labels, size, style),
  ];
  const image =
    backdrop === undefined ? '' : `<image href="${escapeXml(backdrop)}" width="${width}" height="${height}"/>\n`;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">
${image}${parts.filter((part) => part !== '').join('\n')}
</svg>
`;
}

function faceLabel({ label, identity, note, lines }: DrawnFace): Pick<Label, 'title' | 'note' | 'lines'> {
  return { title: label ?? (identity === null ? 'unknown' : (identity ?? '')), note, lines };
}

function faceColours(faces: readonly DrawnFace[]): (face: DrawnFace) => string {
  const colours = identityColours(faces.flatMap(({ identity }) => (typeof identity === 'string' ? [identity] : [])));
  return ({ colour, identity }) =>
    colour ??
    (identity === undefined ? plainColour : identity === null ? mutedColour : colours.get(identity)) ??
    plainColour;
}

/** Text follows the faces, so that labels fit them, within what can be read on the whole picture; crowds get smaller text. */
function sizesFor(size: Size, { faces = [], objects = [] }: Drawing): Omit<Style, 'lettering'> {
  const widths = faces.map(({ box }) => box.width).sort((a, b) => a - b);
  const median = widths[widths.length >> 1] ?? 0;
  const long = Math.max(size.width, size.height);
  const crowd = Math.min(1, Math.max(0, (faces.length + objects.length - 6) / 24));
  const font = Math.max(9, Math.min(Math.max(median * 0.15, long / (75 + 60 * crowd)), long / 34));
  return { font, stroke: Math.max(1.25, font * 0.13), padding: font * 0.45, height: font * 1.62 };
}

/** The box drawn wholly inside the picture, its stroke included. */
function insideBox(box: Box, size: Size, { stroke }: Style): Box {
  const edge = stroke * 0.75;
  const x = Math.max(edge, box.x);
  const y = Math.max(edge, box.y);
  const right = Math.min(size.width - edge, box.x + box.width);
  const bottom = Math.min(size.height - edge, box.y + box.height);
  return { x, y, width: Math.max(1, right - x), height: Math.max(1, bottom - y) };
}
