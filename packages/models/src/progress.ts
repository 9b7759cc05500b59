/** Progress on standard error: one bar that redraws on a terminal, one line per event elsewhere. */

/** Where progress goes. */
export interface Progress {
  /** Announces what is being done now, `done` of `total` being finished. */
  step(done: number, total: number, what: string): void;
  /** Says something that should stay. */
  note(line: string): void;
  /** Clears the bar. */
  end(): void;
}

/** A stream as far as progress needs it; `process.stderr` fits. */
export interface ProgressStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

/** Progress on a stream. */
export function progressOn(stream: ProgressStream): Progress {
  if (!stream.isTTY) {
    return {
      step: (done, total, what) => void stream.write(`models: ${done}/${total} ${what}\n`),
      note: (line) => void stream.write(`models: ${line}\n`),
      end: () => {},
    };
  }
  const clear = '\r\u001b[K';
  let last = '';
  return {
    step(done, total, what) {
      const filled = total === 0 ? 20 : Math.round((20 * done) / total);
      last = `${'█'.repeat(filled)}${'░'.repeat(20 - filled)} ${done}/${total} ${what}`.slice(
        0,
        (stream.columns ?? 80) - 1,
      );
      stream.write(clear + last);
    },
    note: (line) => void stream.write(`${clear}${line}\n${last}`),
    end: () => void stream.write(clear),
  };
}

/** Progress that says nothing. */
export const silent: Progress = { step: () => {}, note: () => {}, end: () => {} };
