/** Which slots are alive, and when a freed one may be given to another vector. */

/** Hands out slot numbers; a freed slot waits until everyone who may still look at it has let go. */
export class Slots {
  readonly #onReclaim: (slot: number) => void;
  /** Freed slots in the order of their stamps. */
  #waiting: { readonly slot: number; readonly stamp: number }[] = [];
  readonly #free: number[] = [];
  readonly #holds = new Set<number>();
  #stamp = 0;
  #bornAt = new Float64Array(1024);
  /** When the slot was freed; infinite while it is alive. */
  #diedAt = new Float64Array(1024);
  #capacity = 0;
  #size = 0;

  /** @param onReclaim called once for each freed slot when nobody can look at it any more */
  constructor(onReclaim: (slot: number) => void = () => {}) {
    this.#onReclaim = onReclaim;
  }

  /** Slots alive. */
  get size(): number {
    return this.#size;
  }

  /** One more than the highest slot number ever given. */
  get capacity(): number {
    return this.#capacity;
  }

  /** The moment now, for {@link Slots.wasAlive}. */
  get stamp(): number {
    return this.#stamp;
  }

  /** A slot for a new vector. */
  take(): number {
    const slot = this.#free.pop() ?? this.#grow();
    this.#stamp += 1;
    this.#bornAt[slot] = this.#stamp;
    this.#diedAt[slot] = Number.POSITIVE_INFINITY;
    this.#size += 1;
    return slot;
  }

  /** Frees a slot; nothing happens when it is free. */
  release(slot: number): void {
    if (!this.isAlive(slot)) return;
    this.#stamp += 1;
    this.#diedAt[slot] = this.#stamp;
    this.#size -= 1;
    this.#waiting.push({ slot, stamp: this.#stamp });
    if (this.#holds.size === 0) this.#reclaim();
  }

  isAlive(slot: number): boolean {
    return slot >= 0 && slot < this.#capacity && this.#diedAt[slot] === Number.POSITIVE_INFINITY;
  }

  /** Whether the slot holds what it held, alive, at the moment `stamp`; asked under a hold that was taken then. */
  wasAlive(slot: number, stamp: number): boolean {
    return (this.#bornAt[slot] as number) <= stamp && (this.#diedAt[slot] as number) > stamp;
  }

  /** Pins what is there; call the result to let go. */
  hold(): () => void {
    // A fraction keeps two holds of one moment apart without changing their order against whole stamps.
    let mark = this.#stamp + 0.5;
    while (this.#holds.has(mark)) mark += 2 ** -20;
    this.#holds.add(mark);
    return () => {
      if (this.#holds.delete(mark) && this.#waiting.length > 0) this.#reclaim();
    };
  }

  #reclaim(): void {
    let oldest = Number.POSITIVE_INFINITY;
    for (const hold of this.#holds) oldest = Math.min(oldest, hold);
    const still = this.#waiting.findIndex(({ stamp }) => stamp > oldest);
    const ready = still === -1 ? this.#waiting : this.#waiting.slice(0, still);
    this.#waiting = still === -1 ? [] : this.#waiting.slice(still);
    for (const { slot } of ready) {
      this.#onReclaim(slot);
      this.#free.push(slot);
    }
  }

  #grow(): number {
    const slot = this.#capacity;
    this.#capacity += 1;
    if (slot >= this.#bornAt.length) {
      const bornAt = new Float64Array(2 * this.#bornAt.length);
      bornAt.set(this.#bornAt);
      this.#bornAt = bornAt;
      const diedAt = new Float64Array(2 * this.#diedAt.length);
      diedAt.set(this.#diedAt);
      this.#diedAt = diedAt;
    }
    return slot;
  }
}
