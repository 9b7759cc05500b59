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

const width = 760;
const height = 500;
const frame = { left: 74, top: 74, right: 24, bottom: 62 };

/** The chart as a self-contained SVG document. Points outside the axes are clipped to the plot. */
export function lineChart(chart: LineChart): string {
  const plot = {
    x: scale(chart.x, frame.left, width - frame.right),
    y: scale(chart.y, height - frame.bottom, frame.top),
  };
  const parts = [
    `<rect width="${width}" height="${height}" fill="${paper}"/>`,
    text(frame.left, 32, chart.title, 'font-size="19" font-weight="600"'),
    text(frame.left, 54, chart.caption ?? '', `font-size="13" fill="${soft}"`),
    ...grid(chart, plot),
    `<clipPath id="plot"><rect x="${frame.left}" y="${frame.top}" width="${width - frame.left - frame.right}" height="${height - frame.top - frame.bottom}"/></clipPath>`,
    ...chart.series.map((series, index) => curve(series, plot, colours[index % colours.length] as string)),
    ...(chart.guides ?? []).flatMap((guide, index) => guideLine(guide, index, plot)),
    ...(chart.marks ?? []).flatMap(({ x, y, label }) => [
      `<circle cx="${round(plot.x(x))}" cy="${round(plot.y(y))}" r="4.5" fill="${paper}" stroke="${ink}" stroke-width="1.8"/>`,
      text(plot.x(x) + 9, plot.y(y) + 16, label, 'font-size="12"'),
    ]),
    ...legend(chart),
  ];
  return drawing(width, height, parts);
}

type Scale = (value: number) => number;

function scale({ min, max, log }: Axis, from: number, to: number): Scale {
  const place = log ? (value: number) => Math.log10(Math.max(value, Number.MIN_VALUE)) : (value: number) => value;
  const [start, end] = [place(min), place(max)];
  return (value) => from + ((place(value) - start) / (end - start)) * (to - from);
}

function grid(chart: LineChart, plot: { x: Scale; y: Scale }): string[] {
  const bottom = height - frame.bottom;
  const right = width - frame.right;
  const vertical = ticks(chart.x).flatMap((value) => [
    line(plot.x(value), frame.top, plot.x(value), bottom, faint),
    text(plot.x(value), bottom + 20, format(value, chart.x), 'font-size="12" text-anchor="middle"'),
  ]);
  const horizontal = ticks(chart.y).flatMap((value) => [
    line(frame.left, plot.y(value), right, plot.y(value), faint),
    text(frame.left - 9, plot.y(value) + 4, format(value, chart.y), 'font-size="12" text-anchor="end"'),
  ]);
  const middle = (frame.top + bottom) / 2;
  return [
    ...vertical,
    ...horizontal,
    line(frame.left, bottom, right, bottom, ink),
    line(frame.left, frame.top, frame.left, bottom, ink),
    text((frame.left + right) / 2, height - 18, chart.x.label, 'font-size="13" text-anchor="middle"'),
    text(20, middle, chart.y.label, `font-size="13" text-anchor="middle" transform="rotate(-90 20 ${middle})"`),
  ];
}

/** Powers of ten on a log axis, else five or so round numbers. */
function ticks({ min, max, log }: Axis): number[] {
  if (log) {
    const [first, last] = [Math.ceil(Math.log10(min) - 1e-9), Math.floor(Math.log10(max) + 1e-9)];
    return Array.from({ length: last - first + 1 }, (_, i) => 10 ** (first + i));
  }
  const rough = (max - min) / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((candidate) => candidate >= rough * 0.999) ?? power;
  const count = Math.floor((max - min) / step + 1e-9);
  return Array.from({ length: count + 1 }, (_, i) => Math.ceil(min / step - 1e-9) * step + i * step).filter(
    (value) => value <= max + step * 1e-6,
  );
}

function curve({ points, area }: Series, plot: { x: Scale; y: Scale }, colour: string): string {
  if (points.length === 0) return '';
  const path = points.map(({ x, y }, i) => `${i === 0 ? 'M' : 'L'}${round(plot.x(x))} ${round(plot.y(y))}`).join('');
  const [first, last] = [plot.x((points[0] as { x: number }).x), plot.x((points.at(-1) as { x: number }).x)];
  const bottom = height - frame.bottom;
  const filled = `<path d="${path}L${round(last)} ${bottom}L${round(first)} ${bottom}Z" fill="${colour}" fill-opacity="0.18" clip-path="url(#plot)"/>`;
  return `${area ? filled : ''}<path d="${path}" fill="none" stroke="${colour}" stroke-width="2.2" stroke-linejoin="round" clip-path="url(#plot)"/>`;
}

/** Labels of neighbouring lines stand at different heights. */
function guideLine({ x, label }: { x: number; label: string }, index: number, plot: { x: Scale }): string[] {
  const at = plot.x(x);
  const isRight = at > width * 0.62;
  return [
    `<path d="M${round(at)} ${frame.top}V${height - frame.bottom}" stroke="${ink}" stroke-width="1.4" stroke-dasharray="5 4"/>`,
    text(
      at + (isRight ? -7 : 7),
      frame.top + 16 + index * 18,
      label,
      `font-size="12"${isRight ? ' text-anchor="end"' : ''}`,
    ),
  ];
}

function legend({ series, legend: corner }: LineChart): string[] {
  const isTop = corner === 'top';
  if (series.length < 2) return [];
  return series.flatMap(({ label }, index) => {
    const y = isTop ? frame.top + 22 + index * 20 : height - frame.bottom - 20 - (series.length - 1 - index) * 20;
    const x = width - frame.right - 190;
    return [
      line(x, y - 4, x + 22, y - 4, colours[index % colours.length] as string, 2.6),
      text(x + 30, y, label, 'font-size="13"'),
    ];
  });
}

function format(value: number, { log, max, min }: Axis): string {
  if (log) return value >= 0.01 ? String(Number(value.toPrecision(2))) : `1e${Math.round(Math.log10(value))}`;
  const digits = max - min < 0.05 ? 3 : max - min < 0.6 ? 2 : 1;
  return value.toFixed(digits);
}
