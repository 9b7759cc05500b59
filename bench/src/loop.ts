/** Pictures in a loop, small and large ones mixed: memory must not grow. */

import { readFile } from 'node:fs/promises';
import sharp from 'sharp';
import { Vultus } from 'vultus';
import { printTable, round1, samplePhoto, writeResult } from './report.ts';

/** Share by which the last tenth may exceed the level after the first quarter before it counts as growth. */
const tolerance = 0.1;

/** Analyses `count` pictures, `flight` at a time, noting the resident memory twenty times on the way. */
export async function benchLoop({ count, flight }: { count: number; flight: number }): Promise<void> {
  const pictures = await mixedPictures();
  await using engine = await Vultus.open({ device: 'cpu' });
  await engine.preload();
  const samples: { done: number; rssMB: number; heapMB: number }[] = [];
  const every = Math.max(1, Math.floor(count / 20));
  let next = 0;
  let done = 0;
  let faces = 0;
  const start = performance.now();
  const runner = async () => {
    while (next < count) {
      const picture = pictures[next++ % pictures.length] as Uint8Array;
      faces += (await engine.analyze(picture, { tasks: ['embed'] })).length;
      if (++done % every === 0) {
        const { rss, heapUsed } = process.memoryUsage();
        samples.push({ done, rssMB: Math.round(rss / 1e6), heapMB: Math.round(heapUsed / 1e6) });
      }
    }
  };
  await Promise.all(Array.from({ length: Math.max(1, flight) }, runner));
  const seconds = (performance.now() - start) / 1000;
  const quarter = samples
    .slice(Math.floor(samples.length / 4), Math.ceil(samples.length / 2))
    .map(({ rssMB }) => rssMB);
  const last = samples.slice(-Math.max(1, Math.floor(samples.length / 4))).map(({ rssMB }) => rssMB);
  const growth = mean(last) / mean(quarter) - 1;
  const flat = growth <= tolerance;
  printTable(`Memory over ${count} pictures, ${flight} at a time (${faces} faces, ${round1(seconds)} s)`, [
    ['pictures', 'RSS MB', 'heap MB'],
    ...samples.map((sample) => [`${sample.done}`, `${sample.rssMB}`, `${sample.heapMB}`]),
  ]);
  process.stdout.write(`  last quarter against the second: ${round1(growth * 100)} % — ${flat ? 'flat' : 'GROWING'}\n`);
  writeResult('loop', {
    count,
    flight,
    faces,
    seconds: round1(seconds),
    samples,
    growthPercent: round1(growth * 100),
    flat,
  });
  if (!flat) process.exitCode = 1;
}

/** The sample photographs, each at a few sizes, as JPEG and PNG. */
async function mixedPictures(): Promise<Uint8Array[]> {
  const pictures: Uint8Array[] = [];
  for (const number of [1, 3, 4, 5, 6]) {
    const bytes = await readFile(samplePhoto(number));
    for (const width of [200, 480, 900]) {
      pictures.push(new Uint8Array(await sharp(bytes).resize({ width }).jpeg().toBuffer()));
    }
    pictures.push(new Uint8Array(await sharp(bytes).resize({ width: 320 }).png().toBuffer()));
    if (number < 4) pictures.push(new Uint8Array(bytes));
  }
  pictures.push(
    new Uint8Array(
      await sharp(await readFile(samplePhoto(1)))
        .resize({ width: 3600 })
        .jpeg()
        .toBuffer(),
    ),
  );
  return pictures;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
