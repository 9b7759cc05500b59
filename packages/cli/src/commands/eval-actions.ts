/** `vultus eval actions`: blinks and mouth openings in marked clips. */

import { writeFile } from 'node:fs/promises';
import type { CommandRun, LeafCommand } from '../command.ts';
import { withEngine } from '../engine.ts';
import { type ExitCode, exitCodes, UsageError } from '../exit.ts';
import { progressOf } from './eval-source.ts';

/** The command. */
export const actions: LeafCommand = {
  name: 'actions',
  summary: 'blinks and mouth openings found in marked clips, and how live the clips look',
  description:
    'Follows the face of each marked clip, looks for blinks and mouth openings in all frames, every second and every third, and prints how many of the marked ones were missed and how many were invented; then the mean score of silent liveness per clip. Needs ffmpeg, unless what was read before is given.',
  groups: ['models'],
  options: [
    { flags: '--videos <folder>', help: 'where the clips are' },
    { flags: '--recorded <file>', help: 'in place of clips: what --readings wrote' },
    { flags: '--marking <file>', help: 'what a person saw in them', required: true },
    { flags: '--clips <names>', help: 'only these, separated by commas' },
    { flags: '--out <file>', help: 'write the figures as JSON' },
    { flags: '--readings <file>', help: 'write what was read off every frame as JSON' },
  ],
  examples: [
    'vultus eval actions --videos clips --marking eval/markings/actions.json',
    'vultus eval actions --recorded eval/markings/readings.json --marking eval/markings/actions.json',
  ],
  run: evalActions,
};

async function evalActions(run: CommandRun): Promise<ExitCode> {
  const { values, terminal } = run;
  const { videos, recorded, marking, clips, out, readings } = values as Readonly<Record<string, string | undefined>> & {
    marking: string;
  };
  if ((videos === undefined) === (recorded === undefined)) {
    throw new UsageError(`Expected one of --videos and --recorded, got ${videos === undefined ? 'none' : 'both'}`);
  }
  const { actionsCommand, actionsTable, packReading, recordedActions } = await import('@vultus/eval');
  const asked = { marking, ...(clips === undefined ? {} : { clips: clips.split(',').map((name) => name.trim()) }) };
  const reports =
    videos === undefined
      ? await recordedActions({ recorded: recorded as string, ...asked })
      : await withEngine(run, async (engine) => {
          const progress = progressOf(run, 'actions');
          return actionsCommand(engine, { videos, ...asked, onProgress: progress.update }).finally(progress.end);
        });
  const figures = reports.map(({ readings: _, ...figure }) => figure);
  if (typeof out === 'string') await writeFile(out, `${JSON.stringify(figures)}\n`);
  if (typeof readings === 'string') {
    const packed = reports.map(({ clip, readings: read }) => [clip, read.map(packReading)] as const);
    const lines = packed.map(([clip, rows]) => `  ${JSON.stringify(clip)}: ${JSON.stringify(rows)}`);
    await writeFile(readings, `{\n${lines.join(',\n')}\n}\n`);
  }
  if (terminal.json) terminal.document({ reports: figures });
  else terminal.line(actionsTable(reports));
  return exitCodes.ok;
}
