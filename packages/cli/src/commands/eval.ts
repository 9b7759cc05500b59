/** `vultus eval`: accuracy on your own data. */

import type { CommandGroup, CommandRun, LeafCommand } from '../command.ts';
import { withEngine } from '../engine.ts';
import { type ExitCode, exitCodes } from '../exit.ts';
import { between, detectOptions, whole } from '../options.ts';
import { actions } from './eval-actions.ts';
import { compareRunsCommand } from './eval-compare.ts';
import { factorsStudy } from './eval-factors.ts';
import { identification } from './eval-identification.ts';
import { nearFar } from './eval-near-far.ts';
import { progressOf } from './eval-source.ts';
import { tasks } from './eval-tasks.ts';
import { tracking } from './eval-tracking.ts';
import { turns } from './eval-turns.ts';
import { verification } from './eval-verification.ts';

const detection: LeafCommand = {
  name: 'detection',
  summary: 'average precision and recall on annotated pictures',
  description:
    'Detects faces in the pictures of a JSON Lines file of annotations and reports average precision at IoU 0.5, recall by face height, and false alarms; repeated on turned pictures with --rotate.',
  groups: ['models', 'detection'],
  options: [
    {
      flags: '--truth <file>',
      help: 'annotations: {"file", "faces": [{"box": [x, y, width, height]}]} per line',
      required: true,
    },
    { flags: '--images <folder>', help: 'where the pictures are', required: true },
    { flags: '--rotate <degrees>', help: 'clockwise turns to repeat it at, such as 45,90,180', parse: degrees },
    { flags: '--limit <n>', help: 'look at the first n pictures only', parse: whole(1) },
  ],
  examples: [
    'vultus eval detection --truth gt.jsonl --images wider',
    'vultus eval detection --truth gt.jsonl --images wider --rotate 45,90,180 --json',
  ],
  run: evalDetection,
};

/** The command. */
export const command: CommandGroup = {
  name: 'eval',
  summary: 'measure accuracy on your own data, and compare runs',
  commands: [
    verification,
    identification,
    factorsStudy,
    compareRunsCommand,
    detection,
    tasks,
    tracking,
    actions,
    turns,
    nearFar,
  ],
};

async function evalDetection(run: CommandRun): Promise<ExitCode> {
  const { values, terminal, signal } = run;
  const { truth, images, rotate, limit } = values as Readonly<Record<string, unknown>> & {
    truth: string;
    images: string;
  };
  const { detectionCommand, detectionTable } = await import('@vultus/eval');
  const reports = await withEngine(run, async (engine) => {
    const progress = progressOf(run, 'detection');
    return detectionCommand(engine, {
      truth,
      images,
      options: detectOptions(values, signal),
      ...(Array.isArray(rotate) ? { rotate: rotate as number[] } : {}),
      ...(typeof limit === 'number' ? { limit } : {}),
      onProgress: progress.update,
    }).finally(progress.end);
  });
  if (terminal.json) terminal.document({ reports });
  else terminal.line(detectionTable(reports));
  return exitCodes.ok;
}

function degrees(text: string, name: string): number[] {
  return text.split(',').map((part) => between(-360, 360)(part.trim(), name));
}
