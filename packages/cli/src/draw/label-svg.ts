/** Labels as SVG: what they say, how large that is, the pills they stand in. */

import type { Box } from 'vultus';
import { type LabelRequest, leader, placeLabels } from './labels.ts';
import { strokeText } from './strokes.ts';
import { ink, n, rimmedSvg, through } from './svg.ts';
import { escapeXml, fitText, fontFamily, textWidth } from './text.ts';

/** How labels are lettered: by the fonts of whoever shows the SVG, or as paths that need none. */
export type Lettering = 'font' | 'strokes';

/** Sizes that all of a drawing's parts share, in pixels of the drawing. */
export interface Style {
  readonly lettering: Lettering;
  readonly font: number;
  readonly stroke: number;
  readonly padding: number;
  /** Of a label's first line. */
  readonly height: number;
}

/** What a label says about which box. */
export interface Label {
  readonly box: Box;
  /** Bold; may be empty. */
  readonly title: string;
  readonly note?: string | undefined;
  readonly lines?: readonly string[] | undefined;
  readonly colour: string;
  /** Of a thing: dark with coloured letters, and other labels may lie in its box; faces have coloured pills. */
  readonly thing?: boolean;
}

/** Further lines are this much smaller. */
const lineShare = 0.84;

/** All labels, placed; those without a free place near their box are left out. */
export function labelsSvg(
  labels: readonly Label[],
  size: { readonly width: number; readonly height: number },
  style: Style,
): string[] {
  const said = labels.flatMap((label) => fitLabel(label, size, style) ?? []);
  const gap = style.stroke * 1.6;
  const rects = placeLabels(
    said.map(({ request }) => request),
    { ...size, gap },
  );
  const shown = said.flatMap((each, index) => {
    const rect = rects[index];
    return rect === undefined ? [] : [{ ...each, rect }];
  });
  const leaders = shown.map(({ rect, request, label }) => {
    const line = leader(rect, request.box, gap);
    return line === undefined ? '' : rimmedSvg(through(line), { colour: label.colour, width: style.stroke * 0.6 });
  });
  return [...leaders, ...shown.map((each) => pillSvg(each, style))];
}

interface FittedLabel {
  readonly label: Label;
  readonly title: string;
  readonly note: string | undefined;
  readonly lines: readonly string[];
  readonly request: LabelRequest;
}

function fitLabel(
  label: Label,
  size: { readonly width: number; readonly height: number },
  { font, padding, height }: Style,
): FittedLabel | undefined {
  if (label.title === '' && label.note === undefined) return undefined;
  const most = (size.width - 2 * padding) / font;
  const noteWidth = label.note === undefined ? 0 : textWidth(label.note) + (label.title === '' ? 0 : 0.45);
  const note = noteWidth + 2 < most ? label.note : undefined;
  const title = fitText(label.title.replace(/\s+/g, ' '), most - (note === undefined ? 0 : noteWidth));
  const first = textWidth(title) + (note === undefined ? 0 : noteWidth);
  const lines = (label.lines ?? []).map((line) => fitText(line.replace(/\s+/g, ' '), most / lineShare));
  const widest = Math.max(first, ...lines.map((line) => textWidth(line) * lineShare));
  const request = {
    box: label.box,
    roomy: label.thing,
    width: Math.min(widest * font + 2 * padding, size.width),
    height: Math.min(height + lines.length * lineHeight(font), size.height),
  };
  return { label, title, note, lines, request };
}

function lineHeight(font: number): number {
  return font * lineShare * 1.3;
}

function pillSvg({ label, title, note, lines, rect }: FittedLabel & { readonly rect: Box }, style: Style): string {
  const { font, height, padding } = style;
  const [fill, letters] = label.thing ? [ink, label.colour] : [label.colour, ink];
  const pill = `<rect x="${n(rect.x)}" y="${n(rect.y)}" width="${n(rect.width)}" height="${n(rect.height)}" rx="${n(height * 0.28)}" fill="${escapeXml(fill)}" fill-opacity="${label.thing ? 0.72 : 0.94}"/>`;
  const x = rect.x + rect.width / 2;
  const most = rect.width - 2 * padding;
  const texts = [
    { title, note, baseline: rect.y + height * 0.7, font },
    ...lines.map((line, at) => ({
      title: '',
      note: line,
      baseline: rect.y + height * 0.86 + (at + 0.7) * lineHeight(font),
      font: font * lineShare,
    })),
  ];
  const lettered = texts.map((text) => textSvg({ ...text, x, most, colour: letters, lettering: style.lettering }));
  return `<g class="label">${pill}${lettered.join('')}</g>`;
}

interface TextLine {
  readonly title: string;
  readonly note: string | undefined;
  /** Centre. */
  readonly x: number;
  readonly baseline: number;
  readonly font: number;
  readonly most: number;
  readonly colour: string;
  readonly lettering: Lettering;
}

function textSvg({ title, note, x, baseline, font, most, colour, lettering }: TextLine): string {
  if (lettering === 'strokes') {
    const runs = [{ text: title, bold: true }, ...(note === undefined ? [] : [{ text: note, bold: false }])];
    return strokeText(
      runs.filter(({ text }) => text !== ''),
      { x, baseline, font, most },
      escapeXml(colour),
    );
  }
  const more =
    note === undefined
      ? ''
      : `<tspan font-weight="400"${title === '' ? '' : ` dx="${n(font * 0.4)}"`}>${escapeXml(note)}</tspan>`;
  return `<text x="${n(x)}" y="${n(baseline)}" text-anchor="middle" font-family="${escapeXml(fontFamily)}" font-size="${n(font)}" font-weight="700" fill="${escapeXml(colour)}">${escapeXml(title)}${more}</text>`;
}
