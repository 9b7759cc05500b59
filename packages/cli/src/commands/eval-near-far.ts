/** `vultus eval near-far`: heads and prints that come closer. */

import type { CommandRun, LeafCommand } from '../command.ts';
import { withEngine } from '../engine.ts';
import { type ExitCode, exitCodes } from '../exit.ts';
import { whole } from '../options.ts';
import { makeRoomFor, writeJson } from '../out-file.ts';
import { progressOf } from './eval-source.ts';

/** The command. */
export const nearFar: LeafCommand = {
  name: 'near-far',
  summary: 'how well near-far liveness tells heads from prints that are moved closer',
  description:
    'Takes one photograph of each person and renders sessions from it: the head, by its mesh, coming closer, and the photograph as a flat, a turned and a bent print, held by an unsteady hand before a noisy camera. Prints the share of prints that are accepted (APCER) and of heads that are refused (BPCER).',
  groups: ['models'],
  options: [
    { flags: '--folder <folder>', help: 'one folder per person', required: true },
    { flags: '--limit <n>', help: 'people (default: 24)', parse: whole(1) },
    { flags: '--skip <n>', help: 'leave out the first n of them (default: 0)', parse: whole(0) },
    { flags: '--out <file>', help: 'write the figures as JSON' },
  ],
  examples: ['vultus eval near-far --folder people'],
  run: evalNearFar,
};

async function evalNearFar(run: CommandRun): Promise<ExitCode> {
  const { values, terminal } = run;
  const { folder, limit, skip, out } = values as Readonly<Record<string, unknown>> & {
    folder: string;
    limit?: number;
    skip?: number;
  };
  await makeRoomFor([out]);
  const { nearFarCommand, nearFarTable } = await import('@vultus/eval');
  const report = await withEngine(run, async (engine) => {
    const progress = progressOf(run, 'people');
    return nearFarCommand(engine, {
      folder,
      ...(limit === undefined ? {} : { limit }),
      ...(skip === undefined ? {} : { skip }),
      onProgress: progress.update,
    }).finally(progress.end);
  });
  if (typeof out === 'string') await writeJson(out, report);
  const { sessions: _, ...figures } = report;
  if (terminal.json) terminal.document(figures);
  else terminal.line(nearFarTable(report));
  return exitCodes.ok;
}
