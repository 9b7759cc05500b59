/** How far a picture must be changed until a check of the engine says no. */

/** Halvings: the point is known to a 64th of the range. */
const halvings = 6;

/**
 * The least change, searched for by halving, at which the check trips; `null` when it does not at `until`. Where it
 * trips, heals and trips again, one of those points.
 */
export async function trippingPoint(
  until: number,
  isTripped: (value: number) => Promise<boolean>,
): Promise<number | null> {
  if (!(await isTripped(until))) return null;
  let [passes, trips] = [0, until];
  for (let i = 0; i < halvings; i++) {
    const middle = (passes + trips) / 2;
    if (await isTripped(middle)) trips = middle;
    else passes = middle;
  }
  return trips;
}

/** The median. */
export function middleOf(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const half = (sorted.length - 1) / 2;
  return ((sorted[Math.floor(half)] as number) + (sorted[Math.ceil(half)] as number)) / 2;
}
