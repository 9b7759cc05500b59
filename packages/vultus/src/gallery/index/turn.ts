/** Letting the event loop breathe between two stretches of work. */

/** How long a stretch may be. */
const stretchMs = 4;

/** Gives others a turn; in Node and browsers alike without the delay of timers. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    if (typeof setImmediate === 'function') {
      setImmediate(resolve);
      return;
    }
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(undefined);
  });
}

/** A watch for a loop: `due()` says when its stretch is over, {@link nextTurn} then starts another. */
export function stretch(): { due(): boolean; turn(): Promise<void> } {
  let from = performance.now();
  return {
    due: () => performance.now() - from > stretchMs,
    turn: async () => {
      await nextTurn();
      from = performance.now();
    },
  };
}
