/** `vultus eval factors`: what masks, glasses, blur, light, size, compression and noise do to similarity. */

import { writeFile } from 'node:fs/promises';
import type { CommandRun, LeafCommand } from '../command.ts';
import { type ExitCode, exitCodes } from '../exit.ts';
import { whole } from '../options.ts';
import { progressOf } from './eval-source.ts';

/** The command. */
export const factorsStudy: LeafCommand = {
  name: 'factors',
  summary: 'what mask, glasses, blur, light, size, JPEG and noise do to similarity',
  description:
    'Takes pairs of one person, changes one picture of each in a controlled way, and reports the mean loss of similarity and the share that the threshold of the preset misses.',
  groups: [],
  options: [
    { flags: '--pairs <file>', help: 'a tab-separated file of pairs: fold, same, fileA, fileB', required: true },
    { flags: '--images <folder>', help: 'where its pictures are', required: true },
    { flags: '--presets <names>', help: 'embedding presets (default: balanced,accurate)' },
    { flags: '--limit <n>', help: 'most pairs (default: 100)', parse: whole(1) },
    { flags: '--cache <folder>', help: 'where faceprints are kept between runs (default: ~/.cache/vultus/eval)' },
    { flags: '--report <file>', help: 'write a report with charts to read: .html' },
    { flags: '--out <file>', help: 'write the figures as JSON' },
  ],
  examples: ['vultus eval factors --pairs pairs.tsv --images lfw --limit 50 --report factors.html'],
  run: evalFactors,
};

async function evalFactors(run: CommandRun): Promise<ExitCode> {
  const { values, terminal, signal } = run;
  const { pairs, images, presets, limit, cache, report, out } = values as Readonly<Record<string, unknown>> & {
    pairs: string;
    images: string;
  };
  const sdk = await import('@vultus/eval');
  const progress = progressOf(run, 'factors');
  const result = await sdk
    .factorsCommand({
      pairs,
      images,
      presets: typeof presets === 'string' ? presets.split(',') : ['balanced', 'accurate'],
      signal,
      ...(typeof limit === 'number' ? { limit } : {}),
      ...(typeof cache === 'string' ? { cache } : {}),
      onProgress: progress.update,
    })
    .finally(progress.end);
  if (typeof report === 'string') await sdk.writeReport(report, sdk.factorsReport(result));
  if (typeof out === 'string') await writeFile(out, `${JSON.stringify(result)}\n`);
  if (terminal.json) terminal.document(result);
  else terminal.line(sdk.factorsTable(result));
  return exitCodes.ok;
}
