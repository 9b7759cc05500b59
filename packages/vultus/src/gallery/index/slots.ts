/** Which slots are alive, and when a freed one may be given to another vector. */

/** Hands out slot numbers; a freed slot waits until everyone who may still look at it has let go. */
export class Slots {
  /** Freed slots in the order of their stamps, `#free.length - #waitingFrom` of them still waiting. */
  readonly #waiting: { slot: number; stamp: number }[] = [];
  readonly #free: number[] = [];
  readonly #holds = new Set<number>();
  #stamp = 0;
  #alive = new Uint8Array(1024);
  #bornAt = new Float64Array(1024);
  #capacity = 0;
  #size = 0;

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
    if (this.#free.length === 0) this.#reclaim();
    const slot = this.#free.pop() ?? this.#grow();
    this.#stamp += 1;
    this.#alive[slot] = 1;
    this.#bornAt[slot] = this.#stamp;
    this.#size += 1;
    return slot;
  }

  /** Frees a slot. @returns false when it was free */
  release(slot: number): boolean {
    if (this.#alive[slot] !== 1) return false;
    this.#stamp += 1;
    this.#alive[slot] = 0;
    this.#size -= 1;
    this.#waiting.push({ slot, stamp: this.#stamp });
    return true;
  }

  isAlive(slot: number): boolean {
    return this.#alive[slot] === 1;
  }

  /**
   * Whether the slot holds what it held at the moment `stamp`: not a vector that came later. A slot freed since then
   * counts as long as the hold taken at that moment lasts.
   */
  isOlder(slot: number, stamp: number): boolean {
    return (this.#bornAt[slot] as number) <= stamp;
  }

  /** Pins what is there; call the result once to let go. */
  hold(): () => void {
    // A fraction keeps two holds of one moment apart without changing their order against whole stamps.
    let mark = this.#stamp + 0.5;
    while (this.#holds.has(mark)) mark += 2 ** -20;
    this.#holds.add(mark);
    return () => this.#holds.delete(mark);
  }

  #reclaim(): void {
    let oldest = Number.POSITIVE_INFINITY;
    for (const hold of this.#holds) oldest = Math.min(oldest, hold);
    let count = 0;
    while (count < this.#waiting.length && (this.#waiting[count] as { stamp: number }).stamp < oldest) count += 1;
    for (const { slot } of this.#waiting.splice(0, count)) this.#free.push(slot);
  }

  #grow(): number {
    const slot = this.#capacity;
    this.#capacity += 1;
    if (slot >= this.#alive.length) {
      const alive = new Uint8Array(2 * this.#alive.length);
      alive.set(this.#alive);
      this.#alive = alive;
      const bornAt = new Float64Array(2 * this.#bornAt.length);
      bornAt.set(this.#bornAt);
      this.#bornAt = bornAt;
    }
    return slot;
  }
}
