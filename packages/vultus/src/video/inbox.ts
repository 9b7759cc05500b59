/** What arrives by callback, taken by a loop. */

/** Items in order; the loop ends with {@link Inbox.end}. */
export class Inbox<Item> implements AsyncIterable<Item> {
  #items: Item[] = [];
  #wake: (() => void) | undefined;
  #ended = false;
  #failure: unknown;
  readonly #leave: () => Promise<void>;

  /** @param leave called once the loop is left, in whatever way */
  constructor(leave: () => Promise<void>) {
    this.#leave = leave;
  }

  /** Adds an item at the end. */
  push(item: Item): void {
    this.#items.push(item);
    this.#wake?.();
  }

  /** Drops items that wait and do not pass. */
  keep(pass: (item: Item) => boolean): void {
    this.#items = this.#items.filter(pass);
  }

  /** Ends the loop at once; what waits is dropped. With a failure, the loop throws it. */
  end(failure?: unknown): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#failure = failure;
    this.#items = [];
    this.#wake?.();
  }

  /** See {@link Inbox}. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Item, void, undefined> {
    try {
      for (;;) {
        const item = this.#items.shift();
        if (item !== undefined) yield item;
        else if (this.#ended) break;
        else await this.#next();
      }
      if (this.#failure !== undefined) throw this.#failure;
    } finally {
      this.end();
      await this.#leave();
    }
  }

  async #next(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
    this.#wake = undefined;
  }
}
