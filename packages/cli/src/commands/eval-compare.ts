/** `vultus eval compare`: whether one run is better than another. */

import { readFile } from 'node:fs/promises';
import type { VerificationResult } from '@vultus/eval';
import type { CommandRun, LeafCommand } from '../command.ts';
import { type ExitCode, exitCodes, UsageError } from '../exit.ts';

/** The command. */
export const compareRunsCommand: LeafCommand = {
  name: 'compare',
  summary: 'whether run B is better than run A, and whether that can be luck',
  description:
    'Compares two files of "vultus eval verification --out" on the same pairs at each operating point: the difference, where it lies over people drawn by lot, and McNemar\'s exact test.',
  args: [
    ['<a>', 'figures of the run to compare with'],
    ['<b>', 'figures of the other run'],
  ],
  groups: [],
  options: [],
  examples: ['vultus eval compare balanced.json accurate.json'],
  run: evalCompare,
};

async function evalCompare({ args, terminal }: CommandRun): Promise<ExitCode> {
  const { compareRuns, comparisonTable } = await import('@vultus/eval');
  const [a, b] = await Promise.all(args.map(readRun));
  const comparison = compareRuns(a as VerificationResult, b as VerificationResult);
  if (terminal.json) terminal.document(comparison);
  else terminal.line(comparisonTable(comparison));
  return exitCodes.ok;
}

async function readRun(file: string): Promise<VerificationResult> {
  const expected = `Expected the JSON of "vultus eval verification --out" in ${file}`;
  const { VultusError } = await import('vultus');
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new VultusError('FILE_READ', `${expected}, which could not be read`, { cause });
  });
  try {
    return JSON.parse(text) as VerificationResult;
  } catch {
    throw new UsageError(`${expected}, got something else`);
  }
}
