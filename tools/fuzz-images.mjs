/**
 * Opens thousands of damaged picture files and checks that each ends in pixels or in a VultusError, that the process
 * survives and that memory stays bounded. Needs `npm run build` first.
 *
 *   node tools/fuzz-images.mjs [--count 10000] [--seed 1] [--json]
 */

import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const batch = 1000;
const memoryLimitMb = 700;
const settleMs = 20_000;
const limits = { maxPixels: 4_000_000, maxBytes: 1_000_000 };

const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '10000' },
    seed: { type: 'string', default: '1' },
    json: { type: 'boolean', default: false },
  },
});

if (process.send) await openBatch(Number(values.seed), Number(values.count));
else await run(Number(values.seed), Number(values.count));

/** Starts a process per batch, so that a crash of the native decoder is seen and blamed on a seed. */
async function run(firstSeed, count) {
  const totals = { files: 0, pictures: 0, errors: {}, failures: [], peakMb: 0 };
  const started = performance.now();
  for (let done = 0; done < count; done += batch) {
    await runBatch(firstSeed + done, Math.min(batch, count - done), totals);
    if (!values.json) console.error(`${totals.files} files, ${totals.failures.length} failures, ${totals.peakMb} MB`);
  }
  totals.seconds = Math.round((performance.now() - started) / 1000);
  if (totals.peakMb > memoryLimitMb) totals.failures.push(`memory rose to ${totals.peakMb} MB`);
  console.log(values.json ? JSON.stringify(totals) : totals);
  process.exitCode = totals.failures.length === 0 && totals.files === count ? 0 : 1;
}

function runBatch(seed, count, totals) {
  return new Promise((resolve) => {
    let last = 'none';
    // The decoders' own warnings are not ours to judge.
    const args = ['--seed', String(seed), '--count', String(count)];
    const child = fork(fileURLToPath(import.meta.url), args, { stdio: ['ignore', 'inherit', 'ignore', 'ipc'] });
    child.on('message', (message) => {
      if (message.start !== undefined) {
        last = message.start;
        return;
      }
      totals.files++;
      if (message.failure) totals.failures.push(message.failure);
      else if (message.code) totals.errors[message.code] = (totals.errors[message.code] ?? 0) + 1;
      else totals.pictures++;
      totals.peakMb = Math.max(totals.peakMb, message.rssMb);
    });
    child.on('exit', (code, signal) => {
      if (code !== 0) totals.failures.push(`${last}: the process ended with ${signal ?? code}`);
      resolve();
    });
  });
}

/** One process: opens files one after another and reports each. */
async function openBatch(firstSeed, count) {
  const { VultusError } = await import('../packages/vultus/dist/errors.js');
  const { openPicture } = await import('../packages/vultus/dist/image/open-node.js');
  const { mutate } = await import('../packages/vultus/dist/testing/mutate.js');
  const { encodedSamples, photoSamples } = await import('../packages/vultus/dist/testing/samples-node.js');
  const { samplePhoto } = await import('../packages/vultus/dist/testing/data.js');
  const samples = [...(await encodedSamples()), ...(await photoSamples(samplePhoto(1)))];
  for (let seed = firstSeed; seed < firstSeed + count; seed++) {
    const [name, file] = samples[seed % samples.length];
    const label = `seed ${seed} (${name})`;
    process.send({ start: label });
    const result = {};
    try {
      const picture = await settled(openPicture(mutate(file, seed), { limits }));
      const image = await settled(picture.pixels());
      if (image.data.length !== picture.width * picture.height * 3) result.failure = `${label}: wrong number of bytes`;
    } catch (error) {
      if (error instanceof VultusError) result.code = error.code;
      else result.failure = `${label}: ${error?.stack ?? error}`;
    }
    process.send({ ...result, rssMb: Math.round(process.memoryUsage().rss / 2 ** 20) });
  }
  process.disconnect();
}

function settled(promise) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not settled after ${settleMs} ms`)), settleMs);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}
