/** Small line charts as SVG text: no chart library. */

import { colours, drawing, faint, ink, line, paper, round, soft, text } from './drawing.ts';

/** A curve. */
export interface Series {
  readonly label: string;
  readonly points: readonly { readonly x: number; readonly y: number }[];
  /** Colours the area under the curve. */
  readonly area?: boolean;
}

/** An axis; `log` axes run over powers of ten and need a positive range. */
export interface Axis {
  readonly label: string;
  readonly min: number;
  readonly max: number;
  readonly log?: boolean;
}

/** A line chart. */
export interface LineChart {
  readonly title: string;
  /** One sentence under the title: what the chart shows. */
  readonly caption?: string;
  readonly x: Axis;
  readonly y: Axis;
  readonly series: readonly Series[];
  /** Right corner that the names of the curves stand in; default `bottom`. */
  readonly legend?: 'top' | 'bottom';
  /** Points to mark, each with a label. */
  readonly marks?: readonly { readonly x: number; readonly y: number; readonly label: string }[];
  /** Values of x to mark by an upright line, each with a label. */
  readonly guides?: readonly { readonly x: number; readonly label: string }[];
}

/** Room and letters of a chart. */
interface Layout {
  readonly width: number;
  readonly height: number;
  readonly frame: { readonly left: number; readonly top: number; readonly right: number; readonly bottom: number };
  /** Letters of ticks and marks, and of axes and legend, pixels. */
  readonly small: number;
  readonly large: number;
  /** Ticks on an axis, about. */
  readonly ticks: number;
}

const layouts: Readonly<Record<'wide' | 'narrow', Layout>> = {
  wide: {
    width: 760,
    height: 500,
    frame: { left: 74, top: 74, right: 24, bottom: 62 },
    small: 12,
    large: 13,
    ticks: 5,
  },
  narrow: {
    width: 380,
    height: 330,
    frame: { left: 54, top: 14, right: 12, bottom: 48 },
    small: 11,
    large: 12,
    ticks: 4,
  },
};

/**
 * The chart as a self-contained SVG document. Points outside the axes are clipped to the plot.
 * @param room `narrow` is for phones: smaller, without title and caption
 */
export function lineChart(chart: LineChart, room: 'wide' | 'narrow' = 'wide'): string {
  const layout = layouts[room];
  const { width, height, frame } = layout;
  const plot = {
    x: scale(chart.x, frame.left, width - frame.right),
    y: scale(chart.y, height - frame.bottom, frame.top),
  };
  const titles = [
    text(frame.left, 32, chart.title, 'font-size="19" font-weight="600"'),
    text(frame.left, 54, chart.caption ?? '', `font-size="13" fill="${soft}"`),
  ];
  const clip = `plot-${room}`;
  const parts = [
    `<rect width="${width}" height="${height}" fill="${paper}"/>`,
    ...(room === 'wide' ? titles : []),
    ...grid(chart, plot, layout),
    `<clipPath id="${clip}"><rect x="${frame.left}" y="${frame.top}" width="${width - frame.left - frame.right}" height="${height - frame.top - frame.bottom}"/></clipPath>`,
    ...chart.series.map((series, index) =>
      curve(series, plot, { colour: colours[index % colours.length] as string, bottom: height - frame.bottom, clip }),
    ),
    ...(chart.guides ?? []).flatMap((guide, index) => guideLine(guide, index, plot, layout)),
    ...(chart.marks ?? []).flatMap((mark) => markPoint(mark, plot, layout)),
    ...legend(chart, layout),
  ];
  return drawing(width, height, parts);
}

type Scale = (value: number) => number;

interface Plot {
  readonly x: Scale;
  readonly y: Scale;
}

function scale({ min, max, log }: Axis, from: number, to: number): Scale {
  const place = log ? (value: number) => Math.log10(Math.max(value, Number.MIN_VALUE)) : (value: number) => value;
  const [start, end] = [place(min), place(max)];
  return (value) => from + ((place(value) - start) / (end - start)) * (to - from);
}

/** Width of a digit in parts of the font size, rounded up. */
const digitWidth = 0.65;

function grid(chart: LineChart, plot: Plot, { width, height, frame, small, large, ticks: count }: Layout): string[] {
  const [bottom, right] = [height - frame.bottom, width - frame.right];
  const vertical = ticks(chart.x, count).flatMap((value) => {
    const label = format(value, chart.x);
    // A long last number stays inside the drawing.
    const at = Math.min(plot.x(value), width - (label.length * small * digitWidth) / 2);
    return [
      line(plot.x(value), frame.top, plot.x(value), bottom, faint),
      text(at, bottom + small + 8, label, `font-size="${small}" text-anchor="middle"`),
    ];
  });
  const horizontal = ticks(chart.y, count).flatMap((value) => [
    line(frame.left, plot.y(value), right, plot.y(value), faint),
    text(frame.left - 8, plot.y(value) + 4, format(value, chart.y), `font-size="${small}" text-anchor="end"`),
  ]);
  const middle = (frame.top + bottom) / 2;
  const upright = large + 4;
  return [
    ...vertical,
    ...horizontal,
    line(frame.left, bottom, right, bottom, ink),
    line(frame.left, frame.top, frame.left, bottom, ink),
    text((frame.left + right) / 2, height - 12, chart.x.label, `font-size="${large}" text-anchor="middle"`),
    text(
      upright,
      middle,
      chart.y.label,
      `font-size="${large}" text-anchor="middle" transform="rotate(-90 ${upright} ${middle})"`,
    ),
  ];
}

/** Powers of ten on a log axis, at most nine of them; else a few round numbers. */
function ticks({ min, max, log }: Axis, count: number): number[] {
  if (log) {
    const [first, last] = [Math.ceil(Math.log10(min) - 1e-9), Math.floor(Math.log10(max) + 1e-9)];
    const step = Math.ceil((last - first + 1) / (count * 2 - 1));
    return Array.from({ length: Math.floor((last - first) / step) + 1 }, (_, i) => 10 ** (last - i * step)).reverse();
  }
  const rough = (max - min) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step =
    [1, 2, 2.5, 5, 10].map((factor) => factor * power).find((candidate) => candidate >= rough * 0.999) ?? power;
  const steps = Math.floor((max - min) / step + 1e-9);
  return Array.from({ length: steps + 1 }, (_, i) => Math.ceil(min / step - 1e-9) * step + i * step).filter(
    (value) => value <= max + step * 1e-6,
  );
}

function curve(
  { points, area }: Series,
  plot: Plot,
  { colour, bottom, clip }: { readonly colour: string; readonly bottom: number; readonly clip: string },
): string {
  if (points.length === 0) return '';
  const path = points.map(({ x, y }, i) => `${i === 0 ? 'M' : 'L'}${round(plot.x(x))} ${round(plot.y(y))}`).join('');
  const [first, last] = [plot.x((points[0] as { x: number }).x), plot.x((points.at(-1) as { x: number }).x)];
  const filled = `<path d="${path}L${round(last)} ${bottom}L${round(first)} ${bottom}Z" fill="${colour}" fill-opacity="0.18" clip-path="url(#${clip})"/>`;
  return `${area ? filled : ''}<path d="${path}" fill="none" stroke="${colour}" stroke-width="2.2" stroke-linejoin="round" clip-path="url(#${clip})"/>`;
}

/** Labels of neighbouring lines stand at different heights. */
function guideLine(
  { x, label }: NonNullable<LineChart['guides']>[number],
  index: number,
  plot: Pick<Plot, 'x'>,
  { width, height, frame, small }: Layout,
): string[] {
  const at = plot.x(x);
  const isRight = at > (frame.left + width - frame.right) / 2;
  const anchor = isRight ? ' text-anchor="end"' : '';
  const y = frame.top + small + 3 + index * (small + 6);
  return [
    `<path d="M${round(at)} ${frame.top}V${height - frame.bottom}" stroke="${ink}" stroke-width="1.4" stroke-dasharray="5 4"/>`,
    text(at + (isRight ? -7 : 7), y, label, `font-size="${small}"${anchor}`),
  ];
}

function markPoint(
  { x, y, label }: NonNullable<LineChart['marks']>[number],
  plot: Plot,
  { width, frame, small }: Layout,
): string[] {
  const [left, top] = [plot.x(x), plot.y(y)];
  const isRight = left > (frame.left + width - frame.right) / 2;
  const anchor = isRight ? ' text-anchor="end"' : '';
  return [
    `<circle cx="${round(left)}" cy="${round(top)}" r="4.5" fill="${paper}" stroke="${ink}" stroke-width="1.8"/>`,
    text(left + (isRight ? -9 : 9), top + 17, label, `font-size="${small}"${anchor}`),
  ];
}

function legend({ series, legend: corner }: LineChart, { width, height, frame, large }: Layout): string[] {
  if (series.length < 2) return [];
  const longest = Math.max(...series.map(({ label }) => label.length));
  const x = width - frame.right - 42 - longest * large * 0.56;
  const start = corner === 'top' ? frame.top + 6 : height - frame.bottom - 18 - series.length * 20;
  const ground = `<rect x="${round(x - 8)}" y="${start}" width="${round(width - frame.right - x + 6)}" height="${series.length * 20 + 6}" rx="4" fill="${paper}" fill-opacity="0.85"/>`;
  const names = series.flatMap(({ label }, index) => {
    const below = series.length - 1 - index;
    const y = corner === 'top' ? frame.top + 22 + index * 20 : height - frame.bottom - 20 - below * 20;
    return [
      line(x, y - 4, x + 22, y - 4, colours[index % colours.length] as string, 2.6),
      text(x + 30, y, label, `font-size="${large}"`),
    ];
  });
  return [ground, ...names];
}

function format(value: number, { log, max, min }: Axis): string {
  if (log) return value >= 0.01 ? String(Number(value.toPrecision(2))) : `1e${Math.round(Math.log10(value))}`;
  const digits = max - min < 0.05 ? 3 : max - min < 0.6 ? 2 : max - min < 10 ? 1 : 0;
  return value.toFixed(digits);
}
