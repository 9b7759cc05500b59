/** `vultus compare`: do two pictures show one person? */

import type { Engine, Picture } from 'vultus';
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
    const [first, second] = await Promise.all([a, b].map((file) => opened(file, engine, sdk, signal)));
    const { similarity, probability } = await engine.compare(
      first as Picture,
      second as Picture,
      detectOptions(values, signal),
    );
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

/** Opens a picture; of two, an error must say which. */
async function opened(
  file: string,
  engine: Engine,
  { VultusError }: typeof import('vultus'),
  signal: AbortSignal,
): Promise<Picture> {
  try {
    return await engine.picture(file, signal);
  } catch (cause) {
    if (!(cause instanceof VultusError) || cause.message.includes(file)) throw cause;
    throw new VultusError(cause.code, `${file}: ${cause.message}`, { cause });
  }
}
