/** What changes of a picture do to similarity: each person's changed picture against an untouched one of the same person. */

import type { Faceprint, Point } from 'vultus';
import { similarity, VultusError } from 'vultus';
import { type AlterableFace, factors as allFactors, type Factor } from './alter.ts';

/** What a factor study needs of its engines. */
export interface FactorEngine {
  readonly presets: readonly { readonly preset: string; readonly threshold: number }[];
  /** One faceprint per preset, `null` where no face is found. */
  embedBytes(picture: Uint8Array): Promise<readonly (Faceprint | null)[]>;
  /** The main face. */
  findFace(picture: Uint8Array): Promise<AlterableFace | null>;
}

/** Two pictures of one person: the first is changed. */
export interface FactorPair {
  readonly changed: Uint8Array;
  readonly untouched: Uint8Array;
}

/** One level of a factor under one preset. */
export interface FactorFigure {
  /** Mean similarity to the untouched picture, of those in which a face was found. */
  readonly similarity: number;
  /** Mean loss against the unchanged pair. */
  readonly reduction: number;
  /** Share below the preset's threshold, pictures without a face included. */
  readonly missed: number;
}

/** One level. */
export interface FactorRow {
  readonly factor: string;
  readonly level: string;
  readonly value?: number;
  /** Share in which no face was found. */
  readonly noFace: number;
  readonly presets: Readonly<Record<string, FactorFigure>>;
}

/** The figures of one study; JSON-safe. */
export interface FactorResult {
  readonly pairs: number;
  /** Mean face height of the unchanged pictures, pixels. */
  readonly faceHeight: number;
  readonly axes: Readonly<Record<string, string>>;
  /** The first row is the unchanged pictures. */
  readonly rows: readonly FactorRow[];
}

/** Pictures in work at the same time. */
const atOnce = 4;

/** Runs a study. @throws VultusError `INVALID_ARGUMENT` when no pair has a face on both pictures */
export async function evaluateFactors(
  engine: FactorEngine,
  pairs: readonly FactorPair[],
  options: {
    readonly factors?: readonly Factor[];
    readonly onProgress?: (done: number, total: number) => void;
    readonly signal?: AbortSignal;
  } = {},
): Promise<FactorResult> {
  const { factors = allFactors } = options;
  const subjects = (await Promise.all(pairs.map((pair) => subjectOf(engine, pair)))).filter(
    (subject) => subject !== null,
  );
  if (subjects.length === 0) {
    throw new VultusError(
      'INVALID_ARGUMENT',
      `Expected pairs with a face on both pictures, got none of ${pairs.length}`,
    );
  }
  const levels = factors.flatMap((factor) => factor.levels.map((level) => ({ factor, level })));
  const rows: FactorRow[] = [
    row(
      engine,
      subjects,
      { factor: 'Unchanged', level: '–' },
      subjects.map(({ base }) => base),
    ),
  ];
  for (const [index, { factor, level }] of levels.entries()) {
    const prints: (readonly (Faceprint | null)[])[] = [];
    for (let next = 0; next < subjects.length; next += atOnce) {
      options.signal?.throwIfAborted();
      const some = subjects.slice(next, next + atOnce);
      const made = some.map(async ({ changed, face }) => engine.embedBytes(await level.alter(changed, face)));
      prints.push(...(await Promise.all(made)));
    }
    const about = { factor: factor.name, level: level.name, ...(level.value !== undefined && { value: level.value }) };
    rows.push(row(engine, subjects, about, prints));
    options.onProgress?.(index + 1, levels.length);
  }
  return {
    pairs: subjects.length,
    faceHeight: mean(subjects.map(({ face }) => face.height)),
    axes: Object.fromEntries(factors.flatMap(({ name, axis }) => (axis ? [[name, axis]] : []))),
    rows,
  };
}

interface Subject {
  readonly changed: Uint8Array;
  readonly face: AlterableFace;
  readonly base: readonly Faceprint[];
  readonly mate: readonly Faceprint[];
}

async function subjectOf(engine: FactorEngine, { changed, untouched }: FactorPair): Promise<Subject | null> {
  const [face, base, mate] = [
    await engine.findFace(changed),
    await engine.embedBytes(changed),
    await engine.embedBytes(untouched),
  ];
  const [whole, other] = [base.filter((print) => print !== null), mate.filter((print) => print !== null)];
  if (face === null || whole.length < base.length || other.length < mate.length) return null;
  return { changed, face, base: whole, mate: other };
}

function row(
  engine: FactorEngine,
  subjects: readonly Subject[],
  about: Pick<FactorRow, 'factor' | 'level' | 'value'>,
  prints: readonly (readonly (Faceprint | null)[])[],
): FactorRow {
  const noFace = prints.filter(([first]) => !first).length / subjects.length;
  const figures = engine.presets.map(({ preset, threshold }, k) => {
    const scores = subjects.map(({ base, mate }, i) => {
      const print = prints[i]?.[k];
      const before = similarity(base[k] as Faceprint, mate[k] as Faceprint);
      return { before, after: print ? similarity(print, mate[k] as Faceprint) : undefined };
    });
    const seen = scores.flatMap(({ before, after }) => (after === undefined ? [] : [{ before, after }]));
    const missed = scores.filter(({ after }) => after === undefined || after < threshold).length / scores.length;
    const figure = {
      similarity: mean(seen.map(({ after }) => after)),
      reduction: mean(seen.map(({ before, after }) => before - after)),
      missed,
    };
    return [preset, figure] as const;
  });
  return { ...about, noFace, presets: Object.fromEntries(figures) };
}

/** 0 of nothing, so that figures stay numbers. */
function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** The 68 points and the height of the main face, from an engine. */
export async function alterableFace(
  engine: {
    analyzeMain(
      picture: Uint8Array,
      options: { tasks: readonly ['points'] },
    ): Promise<{ readonly box: { readonly height: number }; readonly points: readonly Point[] } | null>;
  },
  picture: Uint8Array,
): Promise<AlterableFace | null> {
  const face = await engine.analyzeMain(picture, { tasks: ['points'] });
  return face === null ? null : { height: face.box.height, points: face.points };
}
