/** `vultus eval`: accuracy on your own data. */

import type { CommandGroup, CommandRun, LeafCommand } from '../command.ts';
import { withEngine } from '../engine.ts';
import { type ExitCode, exitCodes, UsageError } from '../exit.ts';
import { between, detectOptions, whole } from '../options.ts';

const verification: LeafCommand = {
  name: 'verification',
  summary: 'accuracy of 1:1 comparison on a file of pairs',
  description:
    'Embeds every picture of a tab-separated file of pairs (columns fold, same, fileA, fileB) and reports accuracy with the threshold chosen on the other folds, TAR at FAR, EER, AUC, and pictures without a face, which count as misses.',
  groups: ['models', 'detection'],
  options: [
    { flags: '--pairs <file>', help: 'the file of pairs', required: true },
    { flags: '--images <folder>', help: 'where its pictures are', required: true },
    {
      flags: '--threshold <-1…1>',
      help: "where to count accepted strangers (default: the preset's)",
      parse: between(-1, 1),
    },
    { flags: '--plot <file>', help: 'write the ROC as a .png or .svg' },
  ],
  examples: [
    'vultus eval verification --pairs pairs.tsv --images lfw --preset accurate',
    'vultus eval verification --pairs pairs.tsv --images lfw --json --plot roc.png > result.json',
  ],
  run: evalVerification,
};

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
  summary: 'measure accuracy on your own data: verification, detection',
  commands: [verification, detection],
};

async function evalVerification(run: CommandRun): Promise<ExitCode> {
  const { values, terminal, signal } = run;
  const { pairs, images, threshold, plot } = values as Readonly<Record<string, unknown>> & {
    pairs: string;
    images: string;
  };
  if (typeof plot === 'string' && !/\.(png|svg)$/i.test(plot)) {
    throw new UsageError(`--plot: expected a file ending in .png or .svg, got ${plot}`);
  }
  const { verificationCommand, verificationTable } = await import('@vultus/eval');
  const result = await withEngine(run, async (engine) => {
    const options = detectOptions(values, signal);
    const progress = progressOf(run, 'verification');
    const embedding = {
      embedFile: (path: string) => engine.embed(path, options),
      contract: engine.contract,
      calibration: engine.calibration,
    };
    return verificationCommand(embedding, {
      pairs,
      images,
      signal,
      ...(typeof threshold === 'number' ? { threshold } : {}),
      ...(typeof plot === 'string' ? { chart: plot } : {}),
      onProgress: progress.update,
    }).finally(progress.end);
  });
  if (terminal.json) terminal.document(result);
  else terminal.line(verificationTable(result));
  return exitCodes.ok;
}

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

/** A progress display whose total is known only when work has begun. */
function progressOf({ terminal }: CommandRun, label: string) {
  let progress: ReturnType<typeof terminal.progress> | undefined;
  return {
    update: (done: number, total: number): void => {
      progress ??= terminal.progress(label, total);
      progress.update(done);
    },
    end: (): void => progress?.end(),
  };
}

function degrees(text: string, name: string): number[] {
  return text.split(',').map((part) => between(-360, 360)(part.trim(), name));
}
