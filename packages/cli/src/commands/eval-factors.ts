/** `vultus eval factors`: what masks, glasses, blur, light, size, compression, noise and turned heads do to similarity. */

import type { CommandRun, LeafCommand } from '../command.ts';
import { type ExitCode, exitCodes, UsageError } from '../exit.ts';
import { whole } from '../options.ts';
import { makeRoomFor, writeJson } from '../out-file.ts';
import { progressOf, sourceOf } from './eval-source.ts';

/** The command. */
export const factorsStudy: LeafCommand = {
  name: 'factors',
  summary: 'what mask, glasses, blur, light, size, JPEG, noise and turned heads do to similarity',
  description:
    'Takes pairs of one person, changes one picture of each in a controlled way, blur and exposure until the check of "vultus analyze --tasks quality" trips, and reports the mean loss of similarity and the share that the threshold of the preset misses. All pictures, and the frames of clips, are sorted by yaw and pitch and compared with the same person looking ahead.',
  groups: [],
  options: [
    { flags: '--pairs <file>', help: 'a tab-separated file of pairs: fold, same, fileA, fileB' },
    { flags: '--images <folder>', help: 'where the pictures of the pairs are' },
    { flags: '--folder <folder>', help: 'in place of pairs: one folder per person' },
    { flags: '--clips <file,…>', help: 'clips that show one person each, for where the head points (needs ffmpeg)' },
    { flags: '--presets <names>', help: 'embedding presets (default: balanced,accurate)' },
    { flags: '--limit <n>', help: 'most pairs (default: 100)', parse: whole(1) },
    { flags: '--cache <folder>', help: 'where faceprints are kept between runs (default: ~/.cache/vultus/eval)' },
    { flags: '--report <file>', help: 'write a report with charts to read: .html' },
    { flags: '--out <file>', help: 'write the figures as JSON' },
  ],
  examples: [
    'vultus eval factors --folder people --report factors.html',
    'vultus eval factors --pairs pairs.tsv --images lfw --limit 50 --clips ann.mp4,ben.mp4',
  ],
  run: evalFactors,
};

async function evalFactors(run: CommandRun): Promise<ExitCode> {
  const { values, terminal, signal } = run;
  const { presets, clips, limit, cache, report, out } = values as Readonly<Record<string, unknown>>;
  const source = sourceOf(values);
  if ('export' in source) throw new UsageError('Expected --pairs or --folder: an export has no pictures to change');
  await makeRoomFor([report, out]);
  const sdk = await import('@vultus/eval');
  const progress = progressOf(run, 'factors');
  const result = await sdk
    .factorsCommand({
      source,
      ...(typeof clips === 'string' ? { clips: clips.split(',') } : {}),
      presets: typeof presets === 'string' ? presets.split(',') : ['balanced', 'accurate'],
      signal,
      ...(typeof limit === 'number' ? { limit } : {}),
      ...(typeof cache === 'string' ? { cache } : {}),
      onProgress: progress.update,
    })
    .finally(progress.end);
  if (typeof report === 'string') await sdk.writeReport(report, sdk.factorsReport(result));
  if (typeof out === 'string') await writeJson(out, result);
  if (terminal.json) terminal.document(result);
  else terminal.line(sdk.factorsTable(result));
  return exitCodes.ok;
}
