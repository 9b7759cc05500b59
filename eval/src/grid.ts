/** Similarity over two angles: what turning the head, or the light, takes from it, cell by cell. */

import { type Faceprint, similarity } from 'vultus';
import { byKey } from './by-key.ts';
import type { FactorFigure } from './factors.ts';

/** A picture of a person at two angles. */
export interface GridItem {
  readonly person: string;
  /** Degrees. */
  readonly x: number;
  readonly y: number;
  /** One faceprint per preset; `null` where no face was found. */
  readonly prints: readonly Faceprint[] | null;
}

/** An axis cut into cells at its edges. */
export interface GridAxis {
  readonly label: string;
  /** Rising, degrees; 0 lies within a cell, the centre. */
  readonly edges: readonly number[];
}

/** Which cells there are. */
export interface GridSpec {
  readonly x: GridAxis;
  readonly y: GridAxis;
}

/** One cell with pictures in it. */
export interface GridCell {
  readonly column: number;
  readonly row: number;
  readonly pictures: number;
  readonly people: number;
  /** Share in which no face was found. */
  readonly noFace: number;
  /** Against the same people's pictures in the centre; people weigh the same. */
  readonly presets: Readonly<Record<string, FactorFigure>>;
}

/** The figures of one study; JSON-safe. */
export interface GridResult extends GridSpec {
  readonly pictures: number;
  readonly people: number;
  /** Without empty cells. */
  readonly cells: readonly GridCell[];
}

/** Pictures of the centre that each picture is compared with, at most. */
const mostReferences = 12;

interface Scored {
  readonly person: string;
  readonly cell: readonly [column: number, row: number];
  /** Per preset: mean similarity to the centre, its loss against the centre's own, and the share below the threshold. */
  readonly figures: readonly FactorFigure[] | null;
}

/**
 * Compares every picture with the pictures of the same person in the centre. People with fewer than two there are left
 * out, and pictures outside the edges.
 * @returns `undefined` when nobody is left
 */
export function gridStudy(
  items: readonly GridItem[],
  presets: readonly { readonly preset: string; readonly threshold: number }[],
  spec: GridSpec,
): GridResult | undefined {
  const placed = items.flatMap((item) => {
    const [column, row] = [cellOf(spec.x.edges, item.x), cellOf(spec.y.edges, item.y)];
    return column < 0 || row < 0 ? [] : [{ item, cell: [column, row] as const }];
  });
  const centre = [cellOf(spec.x.edges, 0), cellOf(spec.y.edges, 0)];
  const people = byKey(placed, ({ item }) => item.person);
  const scored = [...people.values()].flatMap((own) => {
    const middle = own.filter(({ cell }) => cell[0] === centre[0] && cell[1] === centre[1]);
    const prints = spread(middle.flatMap(({ item }) => (item.prints ? [item.prints] : [])));
    return prints.length < 2 ? [] : own.map(({ item, cell }) => score(item, cell, prints, presets));
  });
  if (scored.length === 0) return undefined;
  const cells = [...byKey(scored, ({ cell }) => cell.join()).values()].map((own) => sumUp(own, presets));
  return {
    ...spec,
    pictures: scored.length,
    people: new Set(scored.map(({ person }) => person)).size,
    cells: cells.sort((a, b) => a.row - b.row || a.column - b.column),
  };
}

function cellOf(edges: readonly number[], value: number): number {
  const after = edges.findIndex((edge) => value < edge);
  return after - 1;
}

/** As many as count, evenly over all. */
function spread<T>(values: readonly T[]): T[] {
  const count = Math.min(mostReferences, values.length);
  return Array.from({ length: count }, (_, i) => values[Math.floor((i * values.length) / count)] as T);
}

function score(
  { person, prints }: GridItem,
  cell: Scored['cell'],
  references: readonly (readonly Faceprint[])[],
  presets: readonly { readonly threshold: number }[],
): Scored {
  if (prints === null) return { person, cell, figures: null };
  const others = references.filter((reference) => reference !== prints);
  const figures = presets.map(({ threshold }, k) => {
    const of = (print: readonly Faceprint[]) => print[k] as Faceprint;
    const scores = others.map((other) => similarity(of(prints), of(other)));
    const own = references.flatMap((a, i) => references.slice(i + 1).map((b) => similarity(of(a), of(b))));
    const missed = scores.filter((value) => value < threshold).length / scores.length;
    return { similarity: mean(scores), reduction: mean(own) - mean(scores), missed };
  });
  return { person, cell, figures };
}

function sumUp(scored: readonly Scored[], presets: readonly { readonly preset: string }[]): GridCell {
  const [column, row] = (scored[0] as Scored).cell;
  const people = [...byKey(scored, ({ person }) => person).values()];
  const figureOf = (k: number, name: keyof FactorFigure): number =>
    mean(
      people.flatMap((own) => {
        const seen = own.flatMap(({ figures }) => (figures ? [(figures[k] as FactorFigure)[name]] : []));
        // A picture without a face is a miss, and has no similarity.
        const missing = name === 'missed' ? own.filter(({ figures }) => figures === null).map(() => 1) : [];
        return seen.length + missing.length > 0 ? [mean([...seen, ...missing])] : [];
      }),
    );
  const presetFigures = presets.map(({ preset }, k) => {
    const figures = {
      similarity: figureOf(k, 'similarity'),
      reduction: figureOf(k, 'reduction'),
      missed: figureOf(k, 'missed'),
    };
    return [preset, figures] as const;
  });
  return {
    column,
    row,
    pictures: scored.length,
    people: people.length,
    noFace: scored.filter(({ figures }) => figures === null).length / scored.length,
    presets: Object.fromEntries(presetFigures),
  };
}

function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
}
