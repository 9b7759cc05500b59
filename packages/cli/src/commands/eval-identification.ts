/** `vultus eval identification`: how often a search of a gallery finds the right person, and names strangers. */

import type { CommandRun, LeafCommand } from '../command.ts';
import { withEngine } from '../engine.ts';
import { type ExitCode, exitCodes } from '../exit.ts';
import { whole } from '../options.ts';
import { makeRoomFor, writeJson } from '../out-file.ts';
import { cacheOptions, embeddingEngine, progressOf, sourceOf, sourceOptions } from './eval-source.ts';

/** The command. */
export const identification: LeafCommand = {
  name: 'identification',
  summary: 'accuracy of 1:N search, with strangers and galleries up to a million',
  description:
    'Enrols one picture of everybody with several and searches for the others; half of the people with one picture are strangers. Reports who is found at rank 1, 5 and 10, and at thresholds how many strangers get a name (FPIR) and how many of those enrolled are missed (FNIR). Galleries larger than the people are filled up with synthetic faces spread as real ones.',
  groups: ['models', 'detection'],
  options: [
    ...sourceOptions,
    { flags: '--sizes <n,…>', help: 'gallery sizes, such as 1000,100000 (default: the people)', parse: sizes },
    { flags: '--report <file>', help: 'write a report with charts to read: .html' },
    { flags: '--out <file>', help: 'write the figures as JSON' },
    ...cacheOptions,
  ],
  examples: [
    'vultus eval identification --folder people',
    'vultus eval identification --pairs pairs.tsv --images lfw --sizes 1000,10000,100000 --report search.html',
  ],
  run: evalIdentification,
};

async function evalIdentification(run: CommandRun): Promise<ExitCode> {
  const { values, terminal, signal } = run;
  const { sizes: wanted, report, out } = values as Readonly<Record<string, unknown>>;
  const source = sourceOf(values);
  await makeRoomFor([report, out]);
  const sdk = await import('@vultus/eval');
  const result = await withEngine(run, async (engine) => {
    const progress = progressOf(run, 'identification');
    return sdk
      .identificationCommand(await embeddingEngine(engine, run), {
        source,
        signal,
        ...(Array.isArray(wanted) ? { sizes: wanted as number[] } : {}),
        onProgress: progress.update,
      })
      .finally(progress.end);
  });
  if (typeof report === 'string') await sdk.writeReport(report, sdk.identificationReport(result));
  if (typeof out === 'string') await writeJson(out, result);
  if (terminal.json) terminal.document(result);
  else terminal.line(sdk.identificationTable(result));
  return exitCodes.ok;
}

function sizes(text: string, name: string): number[] {
  return text.split(',').map((part) => whole(1)(part.trim(), name));
}
