/**
 * The command that measures the shipped presets: `node eval/dist/accuracy-command.js --data DIR`. Writes everything that
 * `accuracy-doc` makes its page of: `eval/results/*.json`, and with the step `calibration` the thresholds and
 * probabilities in `packages/models/calibration` (then `npm run models`).
 */

import { type AccuracyStep, accuracySteps } from './accuracy-steps.ts';
import { defaultCacheFolder } from './embedding-cache.ts';
import { openPresets } from './preset-embedder.ts';
import { machineName, writeResult } from './results.ts';
import { runScript } from './script.ts';
import { timed } from './timed.ts';

const stepNames = Object.keys(accuracySteps);

const options = {
  data: { type: 'string' },
  steps: { type: 'string', default: stepNames.join(',') },
  presets: { type: 'string', default: 'fast,balanced,accurate,open' },
  cache: { type: 'string', default: defaultCacheFolder() },
  people: { type: 'string', default: '30' },
} as const;

/** Values of the options that have defaults. */
type Chosen = Readonly<Record<'steps' | 'presets' | 'cache' | 'people', string>>;

async function main(values: Chosen, data: string): Promise<void> {
  const names = values.steps.split(',');
  const unknown = names.find((name) => !stepNames.includes(name));
  if (unknown !== undefined) throw new Error(`--steps: expected some of ${stepNames.join(', ')}, got ${unknown}`);
  await using open = await openPresets({ presets: values.presets.split(','), cache: values.cache, pose: true });
  const run = { data, open, calibrations: new Map(), people: Number(values.people) };
  const times: { readonly step: string; readonly seconds: number; readonly cpuSeconds: number }[] = [];
  // In the order of the table, in which later steps use what earlier ones found.
  for (const [name, step] of Object.entries(accuracySteps).filter(([each]) => names.includes(each))) {
    const time = await timed(() => (step as AccuracyStep)({ ...run, onProgress: report(name) }));
    times.push({ step: name, ...time });
    process.stderr.write(`\r${name}: ${time.seconds} s, ${time.cpuSeconds} s of processor time\n`);
  }
  const sum = (pick: (time: (typeof times)[number]) => number) =>
    Math.round(times.reduce((all, time) => all + pick(time), 0));
  const total = { seconds: sum(({ seconds }) => seconds), cpuSeconds: sum(({ cpuSeconds }) => cpuSeconds) };
  process.stderr.write(`${machineName}: ${total.seconds} s, ${total.cpuSeconds} s of processor time\n`);
  if (names.length === stepNames.length) await writeResult('accuracy-run', { steps: times, total });
}

function report(name: string) {
  return (done: number, total: number): void => {
    if (done % 50 === 0 || done === total) process.stderr.write(`\r${name} ${done}/${total}  `);
  };
}

const usage = `node eval/dist/accuracy-command.js --data DIR [--steps ${stepNames.join(',')}] [--presets fast,…] [--cache DIR] [--people 30]`;
await runScript({ usage, options, required: 'data' }, main);
