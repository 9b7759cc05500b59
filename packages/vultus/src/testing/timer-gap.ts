/** How long a timer of the caller's thread had to wait while work went on. */

/**
 * The longest gap in milliseconds of a 5 ms timer during `work`, the best of several attempts: other programs on a busy
 * machine lengthen gaps, never shorten them. Stops at the first attempt whose longest gap is below `enough`.
 */
export async function shortestTimerGap(work: () => Promise<unknown>, enough: number, attempts = 12): Promise<number> {
  let shortest = Number.POSITIVE_INFINITY;
  for (let attempt = 0; attempt < attempts && shortest >= enough; attempt++) {
    // A burst of somebody else's work passes while this waits.
    await new Promise((resolve) => setTimeout(resolve, attempt * 100));
    shortest = Math.min(shortest, await longestTimerGap(work));
  }
  return shortest;
}

async function longestTimerGap(work: () => Promise<unknown>): Promise<number> {
  let longest = 0;
  let last = performance.now();
  const timer = setInterval(() => {
    const now = performance.now();
    longest = Math.max(longest, now - last);
    last = now;
  }, 5);
  try {
    await work();
    return longest;
  } finally {
    clearInterval(timer);
  }
}
