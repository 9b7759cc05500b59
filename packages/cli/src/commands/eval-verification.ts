/** `vultus eval verification`: how often 1:1 comparison is right. */

import { writeFile } from 'node:fs/promises';
import type { CommandRun, LeafCommand } from '../command.ts';
import { withEngine } from '../engine.ts';
import { type ExitCode, exitCodes, UsageError } from '../exit.ts';
import { between } from '../options.ts';
import { makeRoomFor, writeJson } from '../out-file.ts';
import { cacheOptions, embeddingEngine, progressOf, sourceOf, sourceOptions } from './eval-source.ts';

/** The command. */
export const verification: LeafCommand = {
  name: 'verification',
  summary: 'accuracy of 1:1 comparison, on pairs, a folder of people or a gallery export',
  description:
    'Embeds every picture once and reports accuracy with the threshold chosen on the other folds, TAR at FAR 1e-1…1e-6 with intervals as far as the data reach, EER, AUC, how right the probabilities are, and pictures without a face, which count as misses. Faceprints are kept in a cache folder, so that a second run takes seconds.',
  groups: ['models', 'detection'],
  options: [
    ...sourceOptions,
    {
      flags: '--threshold <-1…1>',
      help: "where to count accepted strangers (default: the preset's)",
      parse: between(-1, 1),
    },
    { flags: '--labels <file>', help: 'labels for errors by group: columns file (or person), then one a kind' },
    { flags: '--plot <file>', help: 'write the ROC as a .png or .svg' },
    { flags: '--report <file>', help: 'write a report with charts to read: .html' },
    { flags: '--out <file>', help: 'write the figures as JSON, for "vultus eval compare"' },
    ...cacheOptions,
  ],
  examples: [
    'vultus eval verification --pairs pairs.tsv --images lfw --preset accurate',
    'vultus eval verification --folder people --report report.html',
    'vultus eval verification --export people.ndjson --json',
  ],
  run: evalVerification,
};

async function evalVerification(run: CommandRun): Promise<ExitCode> {
  const { values, terminal, signal } = run;
  const { threshold, plot, labels, report, out } = values as Readonly<Record<string, unknown>>;
  const source = sourceOf(values);
  if (typeof plot === 'string' && !/\.(png|svg)$/i.test(plot)) {
    throw new UsageError(`--plot: expected a file ending in .png or .svg, got ${plot}`);
  }
  await makeRoomFor([plot, report, out]);
  const sdk = await import('@vultus/eval');
  const result = await withEngine(run, async (engine) => {
    const progress = progressOf(run, 'verification');
    return sdk
      .verificationCommand(await embeddingEngine(engine, run), {
        source,
        signal,
        ...(typeof threshold === 'number' ? { threshold } : {}),
        ...(typeof labels === 'string' ? { labels } : {}),
        onProgress: progress.update,
      })
      .finally(progress.end);
  });
  const label = result.contract?.id ?? 'engine';
  if (typeof plot === 'string') {
    const svg = sdk.rocChart(`Verification: ${label}`, [{ label, result }]);
    await writeFile(plot, /\.svg$/i.test(plot) ? svg : await sdk.svgToPng(svg));
  }
  if (typeof report === 'string') await sdk.writeReport(report, sdk.verificationReport(result));
  if (typeof out === 'string') await writeJson(out, result);
  if (terminal.json) terminal.document(result);
  else terminal.line(sdk.verificationTable(result));
  return exitCodes.ok;
}
