/** Things worn or held before a face, in many looks, drawn as SVG on its 68 points: masks, glasses, hands, objects. */

import type { Point } from 'vultus';

/** What is needed to draw on a face. */
export interface DrawableFace {
  /** Its height in pixels. */
  readonly height: number;
  /** The 68 points. */
  readonly points: readonly Point[];
}

/** How a pair of glasses looks; lengths in parts of the distance of the eyes. */
export interface GlassesStyle {
  /** Colour of the lenses; `none` for clear glass. */
  readonly lens: string;
  /** How much of the lens colour covers the eye, 0…1. */
  readonly tint: number;
  readonly frame: string;
  readonly thickness: number;
  readonly width: number;
  readonly height: number;
  /** Corner radius ÷ lens height: 0.1 square … 0.5 round. */
  readonly roundness: number;
  /** Opacity of a slanted bright reflection on each lens; 0: none. */
  readonly reflection: number;
  /** The frame runs round the lens, along its top only, or not at all. */
  readonly rim: 'full' | 'top' | 'none';
}

/** How a mask looks. */
export interface MaskStyle {
  readonly cloth: string;
  readonly edge: string;
  /** Where its upper edge crosses the nose: 0 between the eyes … 1 below the nose, which is then uncovered. */
  readonly top: number;
  readonly pattern: 'plain' | 'pleats' | 'seam' | 'dots';
  readonly straps: boolean;
  /** Darkness of a shadow over one half, 0…1; its sign says which half. */
  readonly shadow: number;
}

/** A part of the face that something can hide. */
export type FaceRegion = 'eyes' | 'nose' | 'mouth';

/** A mask: along the jaw, up to below the eyes' outer corners, over the nose or below it. */
export function maskShape({ points, height }: DrawableFace, style: MaskStyle): string {
  const ridge = along(points, [27, 28, 29, 30, 33], style.top * 3.6);
  const outline =
    style.top > 0.85
      ? [...points.slice(4, 13), toward(points[12], points[35], 0.6), ridge, toward(points[4], points[31], 0.6)]
      : [...points.slice(2, 15), ridge];
  const cloth = `<polygon points="${path(outline)}" fill="${style.cloth}" stroke="${style.edge}" stroke-width="${height * 0.01}" stroke-linejoin="round"/>`;
  return [style.straps ? straps(points, style, height) : '', cloth, ...marks(points, ridge, style, height)].join('');
}

/** Glasses: two lenses with their frame, a bridge and temples. */
export function glassesShape({ points }: DrawableFace, style: GlassesStyle): string {
  const eyes = [points.slice(36, 42), points.slice(42, 48)].map(middle) as [Point, Point];
  const [left, right] = eyes;
  const apart = gap(left, right);
  const angle = (Math.atan2(right.y - left.y, right.x - left.x) * 180) / Math.PI;
  const centre = middle(eyes);
  const between = apart * Math.max(0.04, (1 - style.width) / 2);
  const temple = (0.5 + style.width / 2) * apart;
  const wire = `<path d="M${-between} 0h${2 * between}M${-temple} 0h${-apart * 0.15}M${temple} 0h${apart * 0.15}"/>`;
  return `<g transform="translate(${centre.x} ${centre.y}) rotate(${angle})" stroke="${style.frame}" stroke-width="${apart * style.thickness}" fill="none">${lens(-apart / 2, apart, style)}${lens(apart / 2, apart, style)}${wire}</g>`;
}

/** A hand with four fingers laid over a region, from the side that `turn` (degrees) says. */
function handShape(
  face: DrawableFace,
  region: FaceRegion,
  look: { readonly skin: string; readonly shade: string; readonly turn: number },
): string {
  const { centre, span } = regionOf(face, region);
  const finger = span * 0.24;
  const fingers = [0.62, 0.75, 0.78, 0.66].map((reach, i) => {
    const y = (i - 1.5) * finger * 0.95;
    const stroke = (colour: string, width: number) =>
      `<path d="M${span} ${y * 1.1}L${-reach * span} ${y}" stroke="${colour}" stroke-width="${finger * width}" stroke-linecap="round"/>`;
    return stroke(look.shade, 1.06) + stroke(look.skin, 0.94);
  });
  const palm = `<ellipse cx="${span * 1.25}" cy="0" rx="${span * 0.75}" ry="${finger * 2.3}" fill="${look.skin}"/>`;
  return `<g transform="translate(${centre.x} ${centre.y}) rotate(${look.turn})" fill="none">${palm}${fingers.join('')}</g>`;
}

/** A cup, a microphone, a telephone: a rounded block over a region with a band of another colour. */
function objectShape(
  face: DrawableFace,
  region: FaceRegion,
  look: { readonly colour: string; readonly band: string; readonly turn: number; readonly roundness: number },
): string {
  const { centre, span } = regionOf(face, region);
  const [w, h] = [span * 1.15, span * (region === 'eyes' ? 0.7 : 1)];
  return `<g transform="translate(${centre.x} ${centre.y}) rotate(${look.turn})"><rect x="${-w / 2}" y="${-h / 2}" width="${w}" height="${h}" rx="${look.roundness * h}" fill="${look.colour}"/><rect x="${-w / 2}" y="${-h * 0.1}" width="${w}" height="${h * 0.18}" fill="${look.band}" fill-opacity="0.7"/></g>`;
}

/** A mask by lot: surgical, cloth, patterned; `top` as in {@link MaskStyle}. */
export function randomMask(next: () => number, top: number): MaskStyle {
  return {
    cloth: pick(next, [...cloths, hue(next, 35, 50)]),
    edge: pick(next, ['#8fb0c6', '#c9d3da', '#00000055', '#ffffff88', '#77777799']),
    top,
    pattern: pick(next, ['plain', 'pleats', 'seam', 'dots', 'plain', 'pleats']),
    straps: next() < 0.6,
    shadow: next() < 0.5 ? 0 : (next() - 0.5) * 0.6,
  };
}

/** Clear or dark glasses by lot. */
export function randomGlasses(next: () => number, kind: 'eyeglasses' | 'sunglasses'): GlassesStyle {
  const dark = kind === 'sunglasses';
  return {
    lens: pick(next, dark ? darkLenses : ['none', '#ffffff', '#dfe8f0']),
    tint: dark ? 0.82 + 0.18 * next() : 0.12 * next(),
    frame: pick(next, frames),
    thickness: 0.02 + 0.07 * next() * next(),
    width: 0.62 + 0.24 * next(),
    height: dark ? 0.42 + 0.28 * next() : 0.32 + 0.3 * next(),
    roundness: 0.1 + 0.4 * next(),
    reflection: next() < 0.45 ? 0.15 + 0.6 * next() : 0,
    rim: pick(next, dark ? ['full', 'none', 'full'] : ['full', 'full', 'full', 'top']),
  };
}

/** A hand or an object by lot over a region; `skin` is the colour of the face. */
export function randomOccluder(next: () => number, face: DrawableFace, region: FaceRegion, skin: string): string {
  if (next() < 0.55) {
    const side = next() < 0.5 ? 0 : 180;
    const turn = (next() - 0.5) * 70 + (region === 'mouth' && next() < 0.4 ? 90 : side);
    return handShape(face, region, { skin, shade: '#00000066', turn });
  }
  return objectShape(face, region, {
    colour: pick(next, [...things, hue(next, 50, 45)]),
    band: pick(next, ['#ffffff', '#000000', '#888888', hue(next, 60, 50)]),
    turn: (next() - 0.5) * 60,
    roundness: 0.05 + 0.45 * next(),
  });
}

const cloths = '#a9c8dc #7fb3d5 #e9edf0 #ffffff #15161a #2b2d33 #5c6166 #3c7a68 #b5473c #d8b44a #e0a3b5 #31406e'.split(
  ' ',
);
const darkLenses = '#08080a #15110d #1b1410 #0c1418 #2a1c10 #101a30'.split(' ');
const frames = '#101010 #101010 #2a1a10 #4a3020 #777777 #b09050 #901818 #e8e8e8 #203058'.split(' ');
const things = '#141414 #303438 #d9d9d9 #f2f2f2 #8a5a3a #20406a #a03030'.split(' ');

/** One lens, its middle at `x`, with what it reflects. */
function lens(x: number, apart: number, style: GlassesStyle): string {
  const [w, h] = [apart * style.width, apart * style.height];
  const [left, top] = [x - w / 2, -h * 0.42];
  const stroke = style.rim === 'full' ? '' : ' stroke="none"';
  const glass = `<rect x="${left}" y="${top}" width="${w}" height="${h}" rx="${h * style.roundness}" fill="${style.lens}" fill-opacity="${style.tint}"${stroke}/>`;
  const brow = `<path d="M${left} ${top + h * 0.3}q${w * 0.1} ${-h * 0.3} ${w / 2} ${-h * 0.3}t${w / 2} ${h * 0.3}"/>`;
  const gleam = `<path d="M${left + w * 0.55} ${top + h * 0.1}l${w * 0.25} 0l${-w * 0.3} ${h * 0.75}l${-w * 0.25} 0z" fill="#fff" fill-opacity="${style.reflection}" stroke="none"/>`;
  return glass + (style.rim === 'top' ? brow : '') + (style.reflection > 0 ? gleam : '');
}

/** What lies on the cloth: pleats, a seam, dots; a shadow over one half. */
function marks(points: readonly Point[], ridge: Point, style: MaskStyle, height: number): string[] {
  const drawn = patterns[style.pattern](points, ridge, height).map(
    (shape) =>
      `<path d="${shape}" fill="none" stroke="${style.edge}" stroke-width="${height * 0.012}" stroke-linecap="round"/>`,
  );
  if (style.shadow === 0) return drawn;
  const half = style.shadow < 0 ? points.slice(4, 9) : points.slice(8, 13);
  return [
    ...drawn,
    `<polygon points="${path([...half, ridge])}" fill="#000" fill-opacity="${Math.abs(style.shadow)}"/>`,
  ];
}

type Pattern = (points: readonly Point[], ridge: Point, height: number) => string[];

const patterns: Readonly<Record<MaskStyle['pattern'], Pattern>> = {
  plain: () => [],
  pleats: (points, _, height) =>
    [-0.08, 0, 0.08].map((shift) => {
      const [left, right] = [points[4], points[12]] as [Point, Point];
      const y = shift * height;
      return `M${left.x} ${left.y + y}Q${(left.x + right.x) / 2} ${(left.y + right.y) / 2 + y + height * 0.06} ${right.x} ${right.y + y}`;
    }),
  seam: (points, ridge) => {
    const chin = points[8] as Point;
    return [`M${ridge.x} ${ridge.y}L${chin.x} ${chin.y}`];
  },
  dots: (points, ridge, height) => {
    const [left, right, chin] = [points[4], points[12], points[8]] as [Point, Point, Point];
    return Array.from({ length: 9 }, (_, i) => {
      const x = left.x + (0.15 + 0.35 * (i % 3)) * (right.x - left.x);
      const y = ridge.y + (0.25 + 0.25 * Math.floor(i / 3)) * (chin.y - ridge.y);
      return `M${x} ${y}h${height * 0.02}v${height * 0.02}h${-height * 0.02}z`;
    });
  },
};

function straps(points: readonly Point[], { edge }: MaskStyle, height: number): string {
  const [a, b, c, d] = [points[0], points[3], points[16], points[13]] as [Point, Point, Point, Point];
  return `<path d="M${a.x} ${a.y}L${b.x} ${b.y}M${c.x} ${c.y}L${d.x} ${d.y}" stroke="${edge}" stroke-width="${height * 0.012}" fill="none"/>`;
}

/** The middle of a region and the width that must be hidden. */
function regionOf({ points }: DrawableFace, region: FaceRegion): { readonly centre: Point; readonly span: number } {
  const chosen = { eyes: points.slice(36, 48), nose: points.slice(29, 36), mouth: points.slice(48, 60) }[region];
  const apart = gap(middle(points.slice(36, 42)), middle(points.slice(42, 48)));
  return { centre: middle(chosen), span: apart * { eyes: 1.8, nose: 0.8, mouth: 1.1 }[region] };
}

function pick<T>(next: () => number, choices: readonly T[]): T {
  return choices[Math.floor(next() * choices.length)] as T;
}

function hue(next: () => number, saturation: number, lightness: number): string {
  return `hsl(${Math.floor(next() * 360)},${saturation}%,${Math.floor(lightness * (0.5 + next()))}%)`;
}

/** A place on a chain of points, in steps. */
function along(points: readonly Point[], chain: readonly number[], steps: number): Point {
  const at = Math.min(chain.length - 1, Math.max(0, steps));
  const low = Math.min(chain.length - 2, Math.floor(at));
  return toward(points[chain[low] as number], points[chain[low + 1] as number], at - low);
}

function toward(from: Point | undefined, to: Point | undefined, share: number): Point {
  const [a, b] = [from ?? { x: 0, y: 0 }, to ?? { x: 0, y: 0 }];
  return { x: a.x + share * (b.x - a.x), y: a.y + share * (b.y - a.y) };
}

function path(points: readonly Point[]): string {
  return points.map(({ x, y }) => `${x.toFixed(1)},${y.toFixed(1)}`).join(' ');
}

function gap(a: Point, b: Point): number {
  return Math.hypot(b.x - a.x, b.y - a.y);
}

function middle(points: readonly Point[]): Point {
  const sum = points.reduce((a, b) => ({ x: a.x + b.x, y: a.y + b.y }), { x: 0, y: 0 });
  return { x: sum.x / points.length, y: sum.y / points.length };
}
