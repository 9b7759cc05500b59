/** What a face looks like over time: age, gender, expression, mask, averaged over a track instead of read off one frame. */

/** Probabilities by trait and label, as tasks put them in `distribution`: `{ gender: { female: 0.9, male: 0.1 } }`. */
export type Traits = Readonly<Record<string, Readonly<Record<string, number>>>>;

/** A trait as it stands: the most probable label of the average. */
export interface SmoothedTrait {
  readonly label: string;
  /** Of `label`, 0…1. */
  readonly probability: number;
  /** Of each label; they sum to 1. */
  readonly distribution: Readonly<Record<string, number>>;
}

/** Sums of one trait of one track. */
interface TraitSum {
  readonly timestampMs: number;
  readonly weight: number;
  readonly shares: Readonly<Record<string, number>>;
}

/** Sums of the traits of one track: plain data. */
export type TraitSums = Readonly<Record<string, TraitSum>>;

/** Milliseconds in which a look loses half its weight, by trait; traits that are not named keep theirs. */
export type HalfLives = Readonly<Record<string, number>>;

/** An expression passes, a mask may be taken off; age and gender stay. */
export const traitHalfLives: HalfLives = { emotion: 1000, mask: 2000, glasses: 4000 };

/** Adds a look. @param quality its weight, > 0; what was seen before fades by the time that passed */
export function addTraits(
  sums: TraitSums,
  traits: Traits,
  quality: number,
  timestampMs: number,
  halfLives: HalfLives = traitHalfLives,
): TraitSums {
  const added = Object.entries(traits).map(([trait, shares]) => {
    const known = sums[trait];
    const halfLife = halfLives[trait] ?? Number.POSITIVE_INFINITY;
    const fade = known === undefined ? 0 : 0.5 ** (Math.max(0, timestampMs - known.timestampMs) / halfLife);
    const labels = [...new Set([...Object.keys(known?.shares ?? {}), ...Object.keys(shares)])];
    const mixed = labels.map((label) => {
      const before = fade * (known?.shares[label] ?? 0);
      return [label, before + quality * (shares[label] ?? 0)] as const;
    });
    const weight = fade * (known?.weight ?? 0) + quality;
    return [trait, { timestampMs, weight, shares: Object.fromEntries(mixed) }] as const;
  });
  return { ...sums, ...Object.fromEntries(added) };
}

/** The averages. */
export function averageTraits(sums: TraitSums): Readonly<Record<string, SmoothedTrait>> {
  const averages = Object.entries(sums).flatMap(([trait, { shares, weight }]) => {
    const means = Object.entries(shares).map(([label, share]) => [label, share / weight] as const);
    const [first, ...others] = means;
    if (first === undefined || !(weight > 0)) return [];
    const [label, probability] = others.reduce((best, each) => (each[1] > best[1] ? each : best), first);
    return [[trait, { label, probability, distribution: Object.fromEntries(means) }] as const];
  });
  return Object.fromEntries(averages);
}
