/** How far long work has come: a bar on a terminal; elsewhere a line a tenth, once the work has taken a while. */

/** Before so many milliseconds nothing is said off a terminal. */
const patienceMs = 2000;

/** Writes on standard error only. */
export class Progress {
  readonly #label: string;
  readonly #total: number;
  readonly #kind: 'bar' | 'lines' | 'off';
  readonly #start = performance.now();
  #shown = -1;

  constructor(label: string, total: number, kind: 'bar' | 'lines' | 'off') {
    this.#label = label;
    this.#total = total;
    this.#kind = kind;
  }

  /** Says that `done` of the total are done. */
  update(done: number): void {
    const share = Math.min(1, done / this.#total);
    const step = Math.floor(share * (this.#kind === 'bar' ? 100 : 10));
    if (this.#kind === 'off' || step === this.#shown) return;
    this.#shown = step;
    if (this.#kind === 'lines') {
      if (step > 0 && performance.now() - this.#start > patienceMs)
        process.stderr.write(`${this.#label} ${step * 10} % (${done} of ${this.#total})\n`);
      return;
    }
    const filled = Math.round(share * 24);
    const bar = `${'█'.repeat(filled)}${'░'.repeat(24 - filled)}`;
    process.stderr.write(`\r${this.#label} ${bar} ${done}/${this.#total}${this.#remaining(share)}\x1b[K`);
  }

  /** Takes the bar away. */
  end(): void {
    if (this.#kind === 'bar' && this.#shown >= 0) process.stderr.write('\r\x1b[K');
  }

  #remaining(share: number): string {
    const seconds = (performance.now() - this.#start) / 1000;
    return share > 0 && share < 1 && seconds > 2 ? `, ${Math.ceil((seconds / share) * (1 - share))} s left` : '';
  }
}
