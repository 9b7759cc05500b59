/** Error versus reject: how far the false-non-match rate falls when the pictures that a quality calls worst are refused. */

/** A picture with what the curve needs. */
export interface RatedPicture {
  readonly person: string;
  readonly vector: Float32Array;
  /** Numbers by the name of a quality; greater is better. */
  readonly qualities: Readonly<Record<string, number>>;
}

/** One point of a curve. */
export interface RejectPoint {
  /** Share of pictures refused, 0…1. */
  readonly rejected: number;
  /** Share of pairs of one person, of pictures that are left, below the threshold. */
  readonly falseNonMatchRate: number;
  readonly pairs: number;
  /** Share of pairs of different people, of pictures that are left, at or above the threshold. */
  readonly falseMatchRate: number;
}

/** All curves at one threshold. */
export interface RejectCurves {
  readonly falseMatchRate: number;
  readonly threshold: number;
  readonly people: number;
  readonly pictures: number;
  readonly curves: Readonly<Record<string, readonly RejectPoint[]>>;
}

interface Pair {
  readonly a: number;
  readonly b: number;
  readonly similarity: number;
}

/** Shares that are refused. */
const shares: readonly number[] = [0, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3];

/**
 * Every pair of pictures is compared; the threshold is set once, on all pairs of different people. A pair counts while
 * both its pictures are kept (ISO/IEC 29794-1 calls this the error versus discard characteristic).
 */
export function rejectCurves(pictures: readonly RatedPicture[], falseMatchRate: number): RejectCurves {
  const mates: Pair[] = [];
  const strangers: Pair[] = [];
  for (const [b, right] of pictures.entries()) {
    for (let a = 0; a < b; a++) {
      const left = pictures[a] as RatedPicture;
      const pair = { a, b, similarity: dot(left.vector, right.vector) };
      (left.person === right.person ? mates : strangers).push(pair);
    }
  }
  const sorted = Float64Array.from(strangers, ({ similarity }) => similarity).sort();
  const threshold = sorted[Math.min(sorted.length - 1, Math.ceil((1 - falseMatchRate) * sorted.length))] ?? 1;
  const names = Object.keys(pictures[0]?.qualities ?? {});
  const curves = names.map((name) => {
    const order = pictures.map((_, i) => i).sort((i, k) => quality(pictures, i, name) - quality(pictures, k, name));
    const place = new Map(order.map((picture, i) => [picture, i]));
    const points = shares.map((rejected): RejectPoint => {
      const first = Math.round(rejected * pictures.length);
      const isKept = ({ a, b }: Pair) => (place.get(a) ?? 0) >= first && (place.get(b) ?? 0) >= first;
      const [ofOne, ofTwo] = [mates.filter(isKept), strangers.filter(isKept)];
      const missed = ofOne.filter(({ similarity }) => similarity < threshold).length;
      const passed = ofTwo.length - ofTwo.filter(({ similarity }) => similarity < threshold).length;
      return {
        rejected,
        falseNonMatchRate: missed / ofOne.length,
        pairs: ofOne.length,
        falseMatchRate: passed / ofTwo.length,
      };
    });
    return [name, points] as const;
  });
  const people = new Set(pictures.map(({ person }) => person)).size;
  return { falseMatchRate, threshold, people, pictures: pictures.length, curves: Object.fromEntries(curves) };
}

function quality(pictures: readonly RatedPicture[], i: number, name: string): number {
  return pictures[i]?.qualities[name] ?? 0;
}

function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number);
  return sum;
}
