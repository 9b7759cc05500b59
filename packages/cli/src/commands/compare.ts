/** `vultus compare`: do two pictures show one person? */

import type { Engine } from 'vultus';
import type { CommandRun, LeafCommand } from '../command.ts';
import { withEngine } from '../engine.ts';
import { type ExitCode, exitCodes } from '../exit.ts';
import { detectOptions } from '../options.ts';
import { chosenThreshold, thresholdOptions } from '../threshold-option.ts';

/** The command. */
export const command: LeafCommand = {
  name: 'compare',
  summary: 'say whether two pictures show the same person',
  description:
    'Compares the main faces of two pictures. Exit code 0 means the same person, 1 somebody else or no face to compare.',
  args: [
    ['<a>', 'a picture'],
    ['<b>', 'another picture'],
  ],
  groups: ['models', 'detection'],
  options: thresholdOptions,
  examples: ['vultus compare a.jpg b.jpg', 'vultus compare a.jpg b.jpg --fmr 1e-4 --json'],
  run: compare,
};

async function compare(run: CommandRun): Promise<ExitCode> {
  const { args, values, terminal, signal } = run;
  const [a = '', b = ''] = args;
  return withEngine(run, async (engine, sdk) => {
    const threshold = chosenThreshold(values, engine);
    const options = detectOptions(values, signal);
    const { similarity, probability } = await engine
      .compare(a, b, options)
      .catch(async (error: unknown) => Promise.reject(await naming([a, b], error, engine, sdk)));
    const match = similarity >= threshold;
    if (terminal.json) {
      terminal.document({ a, b, similarity, ...(probability === undefined ? {} : { probability }), match, threshold });
    } else {
      const verdict = match
        ? terminal.style(['bold', 'green'], 'same person')
        : terminal.style('bold', 'not the same person');
      const share = probability === undefined ? '' : `, probability ${(probability * 100).toFixed(1)} %`;
      terminal.line(`${verdict}  similarity ${similarity.toFixed(3)}${share}, threshold ${threshold.toFixed(3)}`);
    }
    return match ? exitCodes.ok : exitCodes.none;
  });
}

/** The error with the file at fault: of two pictures it must be said which cannot be opened. */
async function naming(
  files: readonly string[],
  error: unknown,
  engine: Engine,
  { VultusError }: typeof import('vultus'),
): Promise<unknown> {
  if (!(error instanceof VultusError) || files.some((file) => error.message.includes(file))) return error;
  for (const file of files) {
    const isAtFault = await engine.picture(file).then(
      () => false,
      (again: unknown) => again instanceof VultusError && again.code === error.code,
    );
    if (isAtFault) return new VultusError(error.code, `${file}: ${error.message}`, { cause: error });
  }
  return error;
}
