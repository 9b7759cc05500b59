/**
 * Measures the Node backend on the shipped models: time of a run through the worker beside a bare one, of forty at once, memory.
 * After `npm run build`: node tools/measure-runtime.mjs [model id …]
 */

import { readFileSync } from 'node:fs';
import ort from 'onnxruntime-node';
import sharp from 'sharp';
import { openNodeBackend } from '../packages/vultus/dist/node.js';

const ids = process.argv.length > 2 ? process.argv.slice(2) : ['ultraface-rfb', 'landmark-68', 'mobilefacenet-512'];
const folder = new URL('../packages/models/models/', import.meta.url);
const { models } = JSON.parse(readFileSync(new URL('manifest.json', folder), 'utf8'));
const bare = { intraOpNumThreads: 1, logSeverityLevel: 4 };

ort.env.logLevel = 'fatal';
await sharp({ create: { width: 1920, height: 1280, channels: 3, background: 'grey' } })
  .jpeg()
  .toBuffer();
memory('Node with sharp');
const start = performance.now();
const backend = await openNodeBackend({ device: 'cpu', workers: 2 });
console.log(`backend open in ${(performance.now() - start).toFixed(0)} ms`);
const opened = [];
for (const id of ids) opened.push(await open(id));
for (const { run } of opened) await run();
memory(`idle with ${ids.join(', ')}, each in one worker`);
for (let round = 0; round < 20; round++) await Promise.all(opened.flatMap(({ run }) => [run(), run(), run()]));
memory('after load, every model in both workers');

for (const { id, bytes, input, feed, run } of opened) {
  const session = await ort.InferenceSession.create(bytes, bare);
  const tensor = new ort.Tensor(feed.type, feed.data, feed.dims);
  const runBare = () => session.run({ [input]: tensor });
  const times = { worker: [], bare: [] };
  for (let round = 0; round < 60; round++) {
    times.worker.push(await timed(run));
    times.bare.push(await timed(runBare));
  }
  const together = await timed(() => Promise.all(Array.from({ length: 40 }, run)));
  const apart = await timed(async () => {
    for (let i = 0; i < 40; i++) await runBare();
  });
  const [worker, direct] = [median(times.worker), median(times.bare)];
  console.log(
    `${id} [${feed.dims}]: worker ${worker.toFixed(2)} ms, bare ${direct.toFixed(2)} ms (+${(worker - direct).toFixed(2)}); ` +
      `40 at once ${together.toFixed(0)} ms, bare one after another ${apart.toFixed(0)} ms`,
  );
  await session.release();
}
await backend.close();

async function open(id) {
  const entry = models.find((model) => model.id === id);
  const bytes = readFileSync(new URL(entry.file, folder));
  const session = await backend.load(bytes, { label: id });
  const [{ name, type, dims }] = session.inputs;
  // A free dimension is the batch, or a side of the picture.
  const sides = {
    NCHW: [1, 3, entry.input.height, entry.input.width],
    NHWC: [1, entry.input.height, entry.input.width, 3],
  };
  const shape = dims.map((size, axis) =>
    typeof size === 'number' && size > 0 ? size : sides[entry.input.layout][axis],
  );
  const feed = { type, dims: shape, data: new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(0.5) };
  return { id, bytes, input: name, feed, run: () => session.run({ [name]: feed }) };
}

async function timed(work) {
  const begin = performance.now();
  await work();
  return performance.now() - begin;
}

function median(values) {
  return values.sort((a, b) => a - b)[values.length >> 1];
}

function memory(when) {
  console.log(`${(process.memoryUsage().rss / 1e6).toFixed(0)} MB ${when}`);
}
