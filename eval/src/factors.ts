/** What changes of a picture do to similarity: each person's changed picture against an untouched one of the same person. */

import type { Faceprint, Point, Quality } from 'vultus';
import { similarity, VultusError } from 'vultus';
import { type AlterableFace, factors as allFactors, type Factor, type FactorCheck } from './alter.ts';
import { middleOf, trippingPoint } from './trip.ts';

/** What a factor study needs of its engines. */
export interface FactorEngine {
  readonly presets: readonly { readonly preset: string; readonly threshold: number }[];
  /** One faceprint per preset; `null` where no face is found. */
  embedBytes(picture: Uint8Array): Promise<readonly Faceprint[] | null>;
  /** The main face. */
  findFace(picture: Uint8Array): Promise<AlterableFace | null>;
  /** Light and sharpness of a face whose place is known. */
  quality(picture: Uint8Array, face: AlterableFace): Promise<Pick<Quality, 'blur' | 'exposure'>>;
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
  /** Place on the axis; of a check the median of the pictures' own points. */
  readonly value?: number;
  /** The check of the engine that trips here: each picture is changed until it does. */
  readonly check?: string;
  /** Pictures that count. */
  readonly pictures: number;
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

/** Options of {@link evaluateFactors}. */
export interface FactorOptions {
  readonly factors?: readonly Factor[];
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

/** Pictures in work at the same time. */
const atOnce = 4;

/** Runs a study. @throws VultusError `INVALID_ARGUMENT` when no pair has a face on both pictures */
export async function evaluateFactors(
  engine: FactorEngine,
  pairs: readonly FactorPair[],
  { factors = allFactors, onProgress, signal }: FactorOptions = {},
): Promise<FactorResult> {
  const found = await inTurn(pairs, (pair) => subjectOf(engine, pair), signal);
  const subjects = found.filter((subject) => subject !== null);
  if (subjects.length === 0) {
    throw new VultusError(
      'INVALID_ARGUMENT',
      `Expected pairs with a face on both pictures, got none of ${pairs.length}`,
    );
  }
  const unchanged = subjects.map((subject) => ({ subject, prints: subject.base }));
  const rows = [row(engine, { factor: 'Unchanged', level: '–' }, unchanged)];
  const steps = factors.flatMap((factor) => stepsOf(engine, factor, subjects, signal));
  for (const [index, step] of steps.entries()) {
    const made = await step();
    if (made) rows.push(made);
    onProgress?.(index + 1, steps.length);
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

interface Changed {
  readonly subject: Subject;
  readonly prints: readonly Faceprint[] | null;
}

async function subjectOf(engine: FactorEngine, { changed, untouched }: FactorPair): Promise<Subject | null> {
  const face = await engine.findFace(changed);
  const [base, mate] = [await engine.embedBytes(changed), await engine.embedBytes(untouched)];
  return face && base && mate && { changed, face, base, mate };
}

/** The rows of a factor, each made when it is called: its levels, then the points at which its checks trip. */
function stepsOf(
  engine: FactorEngine,
  { name, levels, checked }: Factor,
  subjects: readonly Subject[],
  signal: AbortSignal | undefined,
): (() => Promise<FactorRow | undefined>)[] {
  const level = async ({ name: word, value, alter }: Factor['levels'][number]) => {
    const change = async (subject: Subject) => {
      return { subject, prints: await engine.embedBytes(await alter(subject.changed, subject.face)) };
    };
    const about = { factor: name, level: word, ...(value !== undefined && { value }) };
    return row(engine, about, await inTurn(subjects, change, signal));
  };
  const check = async (at: NonNullable<Factor['checked']>['at'], one: FactorCheck) => {
    const trip = async (subject: Subject) => {
      const { changed, face } = subject;
      const altered = async (value: number) => at(value)(changed, face);
      const isTripped = async (bytes: Uint8Array) => hasVerdict(await engine.quality(bytes, face), one.verdict);
      if (await isTripped(changed)) return null;
      const value = await trippingPoint(one.until, async (tried) => isTripped(await altered(tried)));
      return value === null ? null : { subject, value, prints: await engine.embedBytes(await altered(value)) };
    };
    const tripped = (await inTurn(subjects, trip, signal)).filter((each) => each !== null);
    if (tripped.length === 0) return undefined;
    const value = middleOf(tripped.map((each) => each.value));
    return row(engine, { factor: name, level: value.toFixed(1), value, check: one.name }, tripped);
  };
  return [
    ...levels.map((each) => () => level(each)),
    ...(checked?.checks ?? []).map((one) => () => check((checked as NonNullable<Factor['checked']>).at, one)),
  ];
}

function hasVerdict({ blur, exposure }: Pick<Quality, 'blur' | 'exposure'>, verdict: FactorCheck['verdict']): boolean {
  return verdict === 'blurry' ? blur.verdict === verdict : exposure.verdict === verdict;
}

/** Some at a time, in their order. */
async function inTurn<Item, Result>(
  items: readonly Item[],
  work: (item: Item) => Promise<Result>,
  signal: AbortSignal | undefined,
): Promise<Result[]> {
  const results: Result[] = [];
  for (let next = 0; next < items.length; next += atOnce) {
    signal?.throwIfAborted();
    results.push(...(await Promise.all(items.slice(next, next + atOnce).map(work))));
  }
  return results;
}

function row(
  engine: FactorEngine,
  about: Pick<FactorRow, 'factor' | 'level' | 'value' | 'check'>,
  changed: readonly Changed[],
): FactorRow {
  const noFace = changed.filter(({ prints }) => prints === null).length / changed.length;
  const figures = engine.presets.map(({ preset, threshold }, k) => {
    const scores = changed.map(({ subject: { base, mate }, prints }) => {
      const before = similarity(base[k] as Faceprint, mate[k] as Faceprint);
      return { before, after: prints ? similarity(prints[k] as Faceprint, mate[k] as Faceprint) : undefined };
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
  return { ...about, pictures: changed.length, noFace, presets: Object.fromEntries(figures) };
}

/** 0 of nothing, so that figures stay numbers. */
function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** The main face with its 68 points, from an engine. */
export async function alterableFace(
  engine: {
    analyzeMain(
      picture: Uint8Array,
      options: { tasks: readonly ['points'] },
    ): Promise<(AlterableFace['detection'] & { readonly points: readonly Point[] }) | null>;
  },
  picture: Uint8Array,
): Promise<AlterableFace | null> {
  const face = await engine.analyzeMain(picture, { tasks: ['points'] });
  if (face === null) return null;
  const { box, score, roll, points } = face;
  return { detection: { box, score, ...(roll !== undefined && { roll }) }, height: box.height, points };
}
