/** The same work on many pictures: several at a time, reported in order; one that fails does not stop the others. */

import { availableParallelism } from 'node:os';
import type { CommandRun } from './command.ts';
import { type ExitCode, exitCodes, failureOf } from './exit.ts';

/** How pictures are worked on and what is told of each. */
export interface PictureWork<Result> {
  readonly label: string;
  readonly work: (file: string) => Promise<Result>;
  /** Called in the order of the files. */
  readonly report: (file: string, result: Result) => void;
}

/**
 * Works through the files. A picture that cannot be read is reported on its line: as `{image, error}` with `--json`,
 * else on standard error.
 * @returns the exit code 3 when a picture failed, else 0
 * @throws what is no fault of a picture: a missing model, an interruption
 */
export async function eachPicture<Result>(
  { terminal, signal }: CommandRun,
  files: readonly string[],
  { label, work, report }: PictureWork<Result>,
): Promise<ExitCode> {
  const progress = terminal.progress(label, files.length);
  const outcomes = new Map<number, Result | PictureFailure>();
  let exit: ExitCode = exitCodes.ok;
  let next = 0;
  let written = 0;
  const write = (file: string, outcome: Result | PictureFailure): void => {
    if (!(outcome instanceof PictureFailure)) {
      report(file, outcome);
      return;
    }
    exit = exitCodes.input;
    const { code, message } = outcome;
    if (terminal.json) terminal.document({ image: file, error: { code, message } });
    else terminal.complain(code, message.includes(file) ? message : `${file}: ${message}`);
  };
  const worker = async (): Promise<void> => {
    while (next < files.length) {
      signal.throwIfAborted();
      const index = next++;
      outcomes.set(index, await work(files[index] as string).catch((error: unknown) => pictureFailure(error)));
      progress.end();
      for (; outcomes.has(written); written++) {
        write(files[written] as string, outcomes.get(written) as Result | PictureFailure);
        outcomes.delete(written);
      }
      progress.update(next);
    }
  };
  try {
    await Promise.all(Array.from({ length: Math.min(4, availableParallelism(), files.length) }, worker));
  } finally {
    progress.end();
  }
  return exit;
}

class PictureFailure {
  readonly code: string;
  readonly message: string;

  constructor(code: string, message: string) {
    this.code = code;
    this.message = message;
  }
}

function pictureFailure(error: unknown): PictureFailure {
  const { code, message, exit } = failureOf(error);
  if (exit !== exitCodes.input) throw error;
  return new PictureFailure(code, message);
}
