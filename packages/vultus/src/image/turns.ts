/** Turns: pixel work on the main thread comes in small pieces, one per turn of the event loop, whoever asks. */

const waiting: (() => void)[] = [];
const schedule = scheduler();
let scheduled = false;

/**
 * Resolves when the caller may do its next piece of work, a few milliseconds of it. Callers take turns in the order in
 * which they asked, one per turn of the event loop, so that any number of pictures in flight leaves timers and sockets
 * as free as one does.
 */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    waiting.push(resolve);
    if (!scheduled) {
      scheduled = true;
      schedule(run);
    }
  });
}

function run(): void {
  const next = waiting.shift();
  scheduled = waiting.length > 0;
  if (scheduled) schedule(run);
  next?.();
}

/** Node has `setImmediate`; on a web page a message to oneself comes after pending input, without a timer's 4 ms. */
function scheduler(): (work: () => void) => void {
  if (typeof setImmediate === 'function') return (work) => setImmediate(work);
  const { port1, port2 } = new MessageChannel();
  return (work) => {
    port1.onmessage = work;
    port2.postMessage(0);
  };
}
