/** 1:N identification with strangers: who is found at which rank, and how often a stranger is given a name. */

import { type EmbeddingContract, type Faceprint, openScanIndex, VultusError } from 'vultus';
import { byKey } from './by-key.ts';
import type { LabelledPicture } from './comparisons.ts';
import { distractors, type Resemblance, resemblance } from './distractors.ts';
import { seededRandom } from './random.ts';

/** Options of {@link evaluateIdentification}. */
export interface IdentificationOptions {
  /** Faces in the gallery; larger than there are people: filled up with synthetic ones. Default: just the people. */
  readonly sizes?: readonly number[];
  /** Ranks to count; default 1, 5, 10. */
  readonly ranks?: readonly number[];
  /** Thresholds at which misses are counted, by name. */
  readonly thresholds?: Readonly<Record<string, number>>;
  /** Default 1. */
  readonly seed?: number;
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

/** Errors of searches that name the best candidate of at least `threshold`. */
export interface OpenSetPoint {
  readonly name: string;
  readonly threshold: number;
  /** Share of strangers given a name. */
  readonly fpir: number;
  /** Share of enrolled people who are not the best candidate, or are below the threshold. */
  readonly fnir: number;
}

/** Figures of one gallery size. */
export interface GalleryResult {
  readonly size: number;
  readonly synthetic: number;
  /** Share of enrolled people found within the first k candidates, by k. */
  readonly rank: Readonly<Record<string, number>>;
  /** At the thresholds asked for, and at those of a FPIR of 0.1, 0.01 and 0.001 where the strangers suffice. */
  readonly points: readonly OpenSetPoint[];
}

/** The figures of one run; JSON-safe. */
export interface IdentificationResult {
  readonly contract?: { readonly id: string; readonly version: string; readonly sha256: string };
  readonly people: number;
  /** Searches with a picture of somebody enrolled, and of strangers. */
  readonly probes: { readonly enrolled: number; readonly strangers: number };
  /** Pictures without a face: of those enrolled they count as misses. */
  readonly failures: number;
  readonly galleries: readonly GalleryResult[];
  /** How like real strangers the synthetic faces are. */
  readonly resemblance?: Resemblance;
}

interface Probe {
  readonly person: string;
  readonly print: Faceprint | null;
}

interface Split {
  readonly gallery: readonly (Probe & { readonly print: Faceprint })[];
  readonly mated: readonly Probe[];
  readonly strangers: readonly Probe[];
}

/** The best candidates of a probe: who, and how alike. */
interface Found {
  readonly person: string | undefined;
  readonly score: number;
}

/**
 * One picture of everybody with several is enrolled and the others are searched for; of the people with one picture,
 * half is enrolled and half are strangers. Searches go through the gallery's own exact index.
 * @throws VultusError `INVALID_ARGUMENT` unless there are people with several pictures, and strangers
 */
export async function evaluateIdentification(
  pictures: readonly LabelledPicture[],
  options: IdentificationOptions = {},
): Promise<IdentificationResult> {
  const { ranks = [1, 5, 10], thresholds = {}, seed = 1, signal } = options;
  const split = splitPeople(pictures, seed);
  const own = split.gallery.length;
  const sizes = [...new Set((options.sizes ?? [own]).map((size) => Math.max(own, size)))].sort((a, b) => a - b);
  const contract = (split.gallery[0] as { print: Faceprint }).print.contract;
  const index = await openScanIndex({ dimension: contract.dimension, precision: 'int8' });
  try {
    for (const { print } of split.gallery) index.add(print.vector);
    const made = distractors(
      split.gallery.map(({ print }) => print.vector),
      seed,
    );
    const galleries: GalleryResult[] = [];
    for (const size of sizes) {
      while (index.size < size) {
        signal?.throwIfAborted();
        index.add(made(Math.min(1000, size - index.size)));
      }
      const search = (probes: readonly Probe[]) => searchAll(index, split, probes, Math.max(...ranks));
      galleries.push(
        figures(size, size - own, await search(split.mated), split, await search(split.strangers), {
          ranks,
          thresholds,
        }),
      );
      options.onProgress?.(galleries.length, sizes.length);
    }
    return {
      ...about(contract, pictures, split),
      galleries,
      ...(sizes.some((size) => size > own) && {
        resemblance: resemblance(
          split.gallery.map(({ print }) => print.vector),
          made(500),
        ),
      }),
    };
  } finally {
    await index.close();
  }
}

function about(contract: EmbeddingContract, pictures: readonly LabelledPicture[], { mated, strangers }: Split) {
  const { id, version, sha256 } = contract;
  return {
    contract: { id, version, sha256 },
    people: new Set(pictures.map(({ person }) => person)).size,
    probes: { enrolled: mated.length, strangers: strangers.length },
    failures: pictures.filter(({ print }) => print === null).length,
  };
}

function splitPeople(pictures: readonly LabelledPicture[], seed: number): Split {
  const next = seededRandom(seed);
  const byPerson = byKey(pictures, ({ person }) => person);
  const gallery: (Probe & { print: Faceprint })[] = [];
  const [mated, strangers]: [Probe[], Probe[]] = [[], []];
  for (const [person, own] of byPerson) {
    const enrolled = own.find(({ print }) => print !== null);
    const isStranger = own.length === 1 && next() < 0.5;
    if (enrolled === undefined || isStranger) {
      if (own.length === 1) strangers.push({ person, print: own[0]?.print ?? null });
      continue;
    }
    gallery.push({ person, print: enrolled.print as Faceprint });
    for (const picture of own) if (picture !== enrolled) mated.push({ person, print: picture.print });
  }
  if (mated.length === 0 || strangers.length === 0) {
    throw new VultusError(
      'INVALID_ARGUMENT',
      `Identification: expected people with several pictures, and people with one as strangers, got ${mated.length} and ${strangers.length} searches`,
    );
  }
  return { gallery, mated, strangers };
}

async function searchAll(
  index: Awaited<ReturnType<typeof openScanIndex>>,
  { gallery }: Split,
  probes: readonly Probe[],
  k: number,
): Promise<Found[][]> {
  const seen = probes.flatMap(({ print }) => (print ? [print.vector] : []));
  const queries = new Float32Array(seen.length * index.dimension);
  for (const [row, vector] of seen.entries()) queries.set(vector, row * index.dimension);
  const hits = seen.length === 0 ? [] : await index.search({ queries, k, minScore: -1 });
  let row = 0;
  return probes.map(({ print }) =>
    print === null ? [] : (hits[row++] ?? []).map(({ slot, score }) => ({ person: gallery[slot]?.person, score })),
  );
}

function figures(
  size: number,
  synthetic: number,
  mated: readonly Found[][],
  split: Split,
  strangers: readonly Found[][],
  { ranks, thresholds }: { readonly ranks: readonly number[]; readonly thresholds: Readonly<Record<string, number>> },
): GalleryResult {
  const person = (probe: number) => split.mated[probe]?.person;
  const within = (k: number) =>
    mated.filter((found, probe) => found.slice(0, k).some((hit) => hit.person === person(probe))).length / mated.length;
  const tops = strangers.map((found) => found[0]?.score ?? Number.NEGATIVE_INFINITY).sort((a, b) => b - a);
  const point = (name: string, threshold: number): OpenSetPoint => ({
    name,
    threshold,
    fpir: tops.filter((score) => score >= threshold).length / tops.length,
    fnir:
      mated.filter(([best], probe) => !(best && best.person === person(probe) && best.score >= threshold)).length /
      mated.length,
  });
  const wanted = [0.1, 0.01, 0.001].filter((rate) => rate * tops.length >= 1);
  const chosen = wanted.map((rate) => {
    const allowed = Math.floor(rate * tops.length);
    const threshold = ((tops[allowed] as number) + (tops[allowed - 1] as number)) / 2;
    return point(`FPIR ${rate}`, threshold);
  });
  return {
    size,
    synthetic,
    rank: Object.fromEntries(ranks.map((k) => [String(k), within(k)])),
    points: [...chosen, ...Object.entries(thresholds).map(([name, threshold]) => point(name, threshold))],
  };
}
