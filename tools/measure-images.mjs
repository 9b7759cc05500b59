/**
 * Measures the image room. Needs `npm run build` first.
 *
 *   node tools/measure-images.mjs decode     open + pixels against plain sharp, small and large photographs
 *   node tools/measure-images.mjs memory     resident memory over 2,000 decodes
 *   node tools/measure-images.mjs loop       longest pause of the event loop while photographs are opened and faces cut out
 *   node tools/measure-images.mjs agreement  face chips and their embeddings against a supersampled reference
 */

import { readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import sharp from 'sharp';
import * as vultus from '../packages/vultus/dist/node.js';
import { samplePhoto } from '../packages/vultus/dist/testing/data.js';

const tasks = { decode, memory, loop, agreement };
const task = tasks[process.argv[2] ?? ''];
if (task === undefined) {
  console.error(`Expected one of ${Object.keys(tasks).join(', ')}`);
  process.exitCode = 2;
} else {
  console.log(JSON.stringify(await task(), null, 2));
}

/** Milliseconds, the median of 15 interleaved rounds, so that other load on the machine hits all alike. */
async function medians(cases) {
  const times = new Map(Object.keys(cases).map((name) => [name, []]));
  for (let round = 0; round < 16; round++) {
    for (const [name, work] of Object.entries(cases)) {
      const start = performance.now();
      await work();
      if (round > 0) times.get(name).push(performance.now() - start);
    }
  }
  return Object.fromEntries([...times].map(([name, list]) => [name, Number(list.sort((a, b) => a - b)[7].toFixed(1))]));
}

async function decode() {
  const small = await readFile(samplePhoto(1));
  const large = await sharp(small).resize(4096, 3072, { fit: 'cover' }).jpeg({ quality: 90 }).toBuffer();
  const report = { cores: availableParallelism() };
  for (const [name, file] of Object.entries({ '1920×1280': small, '4096×3072': large })) {
    report[name] = await medians({
      'plain sharp': () => sharp(file).raw().toBuffer(),
      'full pixels': async () => (await vultus.openPicture(file)).pixels(),
      'header only': () => vultus.openPicture(file),
      'level 640': async () => (await vultus.openPicture(file)).pixels(640),
      'level 640, then full': async () => {
        const picture = await vultus.openPicture(file);
        await picture.pixels(640);
        await picture.pixels();
      },
    });
  }
  return report;
}

async function memory() {
  const file = await readFile(samplePhoto(1));
  const samples = [];
  for (let i = 0; i <= 2000; i++) {
    const picture = await vultus.openPicture(file);
    await picture.pixels(i % 2 === 0 ? undefined : 640);
    if (i % 250 === 0) samples.push(Math.round(process.memoryUsage().rss / 2 ** 20));
  }
  return { decodes: 2000, rssMbEvery250: samples };
}

async function loop() {
  const file = await readFile(samplePhoto(1));
  const large = await sharp(file).resize(4096, 3072, { fit: 'cover' }).jpeg().toBuffer();
  const points = facePoints(1);
  const work = async () => {
    const picture = await vultus.openPicture(large);
    await picture.pixels(640);
    await vultus.alignFace(picture, points);
    const frame = { data: new Uint8Array(1920 * 1080 * 1.5), width: 1920, height: 1080, format: 'nv12' };
    await (await vultus.openPicture(frame)).pixels(640);
  };
  for (let i = 0; i < 3; i++) await work();
  const idle = await timerGaps(() => new Promise((resolve) => setTimeout(resolve, 200)), 10);
  return { idle, busy: await timerGaps(work, 20) };
}

/** How late a millisecond timer comes while the work runs. */
async function timerGaps(work, rounds) {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  for (let i = 0; i < rounds; i++) await work();
  delay.disable();
  const ms = (nanoseconds) => Number((nanoseconds / 1e6).toFixed(1));
  return { medianMs: ms(delay.percentile(50)), p99Ms: ms(delay.percentile(99)), maxMs: ms(delay.max) };
}

/** Five points of a made-up face; `scale` picture pixels per chip pixel. */
function facePoints(scale) {
  const [leftEye, rightEye, nose, leftMouth, rightMouth] = vultus
    .arcfaceTemplate()
    .map(({ x, y }) => ({ x: 700 + scale * (x + 0.15 * y), y: 300 + scale * (y - 0.15 * x) }));
  return { leftEye, rightEye, nose, leftMouth, rightMouth };
}

/** Every face of the sample photographs at several sizes: our chip against the mean of 8×8 or more exact samples per pixel. */
async function agreement() {
  const engine = await vultus.Vultus.open();
  const rows = [];
  for (const number of [1, 2, 3, 4, 5, 6]) {
    const bytes = await readFile(samplePhoto(number));
    for (const width of [2400, 1920, 1000, 600, 400]) {
      const picture = await vultus.openPicture(
        await sharp(bytes).resize(width).png({ compressionLevel: 1 }).toBuffer(),
      );
      for (const face of await engine.detect(picture)) {
        if (face.points === undefined) continue;
        const chip = await vultus.alignFace(picture, face.points);
        const exact = referenceChip(await picture.pixels(), face.points);
        const [ours, reference] = [await engine.embedAligned(chip), await engine.embedAligned(exact)];
        rows.push({ cosine: vultus.similarity(ours, reference), mean: meanDifference(chip, exact) });
      }
    }
  }
  await engine.close();
  const cosines = rows.map((row) => row.cosine).sort((a, b) => a - b);
  return {
    chips: rows.length,
    cosine: { least: cosines[0], median: cosines[cosines.length >> 1] },
    meanDifference: Math.max(...rows.map((row) => row.mean)),
  };
}

function meanDifference(a, b) {
  return a.data.reduce((sum, value, i) => sum + Math.abs(value - b.data[i]), 0) / a.data.length;
}

function referenceChip(image, points) {
  const [a, b, c, d, e, f] = vultus.cropTransform({ kind: 'template', template: 'arcface' }, { box: {}, points }, 112);
  const grid = Math.max(8, Math.ceil(4 * Math.hypot(a, d)));
  const data = new Uint8Array(112 * 112 * 3);
  for (let i = 0; i < 112 * 112; i++) {
    const sums = [0, 0, 0];
    for (let g = 0; g < grid * grid; g++) {
      const x = (i % 112) + ((g % grid) + 0.5) / grid;
      const y = Math.floor(i / 112) + (Math.floor(g / grid) + 0.5) / grid;
      addSample(image, a * x + b * y + c, d * x + e * y + f, sums);
    }
    for (let k = 0; k < 3; k++) data[i * 3 + k] = Math.round(sums[k] / grid ** 2);
  }
  return { width: 112, height: 112, data };
}

function addSample({ width, height, data }, x, y, sums) {
  if (x < 0 || y < 0 || x > width || y > height) return;
  const u = Math.min(Math.max(x - 0.5, 0), width - 1);
  const v = Math.min(Math.max(y - 0.5, 0), height - 1);
  const [i, j] = [Math.floor(u), Math.floor(v)];
  for (const [p, q, weight] of [
    [i, j, (1 - u + i) * (1 - v + j)],
    [i + 1, j, (u - i) * (1 - v + j)],
    [i, j + 1, (1 - u + i) * (v - j)],
    [i + 1, j + 1, (u - i) * (v - j)],
  ]) {
    if (weight === 0) continue;
    for (let k = 0; k < 3; k++) sums[k] += weight * data[(q * width + p) * 3 + k];
  }
}
