/** `vultus calibrate`: thresholds and probability fitted on your own pictures. */

import { writeFile } from 'node:fs/promises';
import type { CommandRun, LeafCommand } from '../command.ts';
import { withEngine } from '../engine.ts';
import { type ExitCode, exitCodes } from '../exit.ts';
import { oneOf } from '../options.ts';
import { makeRoomFor } from '../out-file.ts';
import { cacheOptions, embeddingEngine, progressOf, sourceOf, sourceOptions } from './eval-source.ts';

/** The command. */
export const command: LeafCommand = {
  name: 'calibrate',
  summary: 'thresholds and probability fitted on your own pictures',
  description:
    'Compares all pictures with each other and writes a calibration: thresholds for false-match rates of 1e-2 to 1e-6 and what a similarity means as a probability. Every command and Vultus.open({ calibration }) take the file. 250 people with a few pictures each are enough.',
  groups: ['models', 'detection'],
  options: [
    ...sourceOptions,
    { flags: '--out <file>', help: 'where to write it', required: true },
    { flags: '--data <text>', help: 'what the pictures are, for the record' },
    {
      flags: '--fmr <rate>',
      help: 'the rate whose threshold "match" uses: 1e-2 … 1e-6 (default: 1e-4)',
      parse: oneOf('1e-2', '1e-3', '1e-4', '1e-5', '1e-6'),
    },
    ...cacheOptions,
  ],
  examples: [
    'vultus calibrate --folder people --out calibration.json',
    'vultus verify Ann door.jpg --calibration calibration.json',
  ],
  run: calibrate,
};

async function calibrate(run: CommandRun): Promise<ExitCode> {
  const { values, terminal, signal } = run;
  const { out, data, fmr } = values as Readonly<Record<string, string | undefined>> & { out: string };
  const source = sourceOf(values);
  await makeRoomFor([out]);
  const { calibrateCommand, calibrationTable } = await import('@vultus/eval');
  const report = await withEngine(run, async (engine) => {
    const progress = progressOf(run, 'calibration');
    return calibrateCommand(await embeddingEngine(engine, run), {
      source,
      signal,
      ...(data === undefined ? {} : { data }),
      ...(fmr === undefined ? {} : { defaultFmr: fmr }),
      onProgress: progress.update,
    }).finally(progress.end);
  });
  await writeFile(out, `${JSON.stringify(report.calibration, null, 2)}\n`);
  if (terminal.json) terminal.document(report);
  else terminal.line(calibrationTable(report));
  terminal.note(`written to ${out}`);
  return exitCodes.ok;
}
