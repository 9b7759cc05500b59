/** What a piece of work took: by the clock, and of the processor (all cores). */
export interface Cost {
  readonly seconds: number;
  readonly cpuSeconds: number;
}

/** Runs the work and says what it took, to a tenth of a second. */
export async function timed(work: () => Promise<unknown>): Promise<Cost> {
  const [start, before] = [performance.now(), process.cpuUsage()];
  await work();
  const { user, system } = process.cpuUsage(before);
  return { seconds: tenths((performance.now() - start) / 1000), cpuSeconds: tenths((user + system) / 1e6) };
}

/** Both together. */
export function addCosts(a: Cost, b: Cost): Cost {
  return { seconds: tenths(a.seconds + b.seconds), cpuSeconds: tenths(a.cpuSeconds + b.cpuSeconds) };
}

function tenths(value: number): number {
  return Math.round(value * 10) / 10;
}
