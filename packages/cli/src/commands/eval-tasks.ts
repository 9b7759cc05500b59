/** `vultus eval tasks`: how right everything is that is read off faces and pictures. */

import { writeFile } from 'node:fs/promises';
import type { CommandRun, LeafCommand } from '../command.ts';
import { withEngine } from '../engine.ts';
import { type ExitCode, exitCodes } from '../exit.ts';
import { whole } from '../options.ts';

/** The command. */
export const tasks: LeafCommand = {
  name: 'tasks',
  summary: 'accuracy of landmarks, pose, eyes, age, gender, emotion, quality, liveness and scenes',
  description:
    'Runs the tasks over folders of labelled pictures and prints one table: task, metric, value, number of pictures. Folders that are not there are named and left out.',
  groups: ['models'],
  options: [
    { flags: '--data <folder>', help: 'where the labelled pictures are', required: true },
    { flags: '--only <names>', help: 'what to measure, separated by commas (default: everything)' },
    { flags: '--limit <n>', help: 'most pictures per set (default: 840)', parse: whole(1) },
    { flags: '--out <file>', help: 'write the figures as JSON' },
  ],
  examples: ['vultus eval tasks --data data', 'vultus eval tasks --data data --only pose,eyes --json'],
  run: evalTasks,
};

async function evalTasks(run: CommandRun): Promise<ExitCode> {
  const { values, terminal } = run;
  const { data, only, limit, out } = values as Readonly<Record<string, unknown>> & { data: string };
  const { tasksCommand, tasksTable } = await import('@vultus/eval');
  const report = await withEngine(run, (engine) =>
    tasksCommand(engine, {
      data,
      ...(typeof only === 'string' ? { only: only.split(',').map((name) => name.trim()) } : {}),
      ...(typeof limit === 'number' ? { limit } : {}),
    }),
  );
  if (typeof out === 'string') await writeFile(out, `${JSON.stringify(report)}\n`);
  if (terminal.json) terminal.document(report);
  else terminal.line(tasksTable(report));
  return exitCodes.ok;
}
