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
import { alignFace } from '../packages/vultus/dist/align/align.js';
import { cropTransform } from '../packages/vultus/dist/align/crop.js';
import { arcfaceTemplate } from '../packages/vultus/dist/align/template.js';
import { openPicture } from '../packages/vultus/dist/image/open-node.js';
import { imagesToTensor } from '../packages/vultus/dist/image/tensor.js';
import { openCatalog } from '../packages/vultus/dist/model/catalog.js';
import { nodeSources } from '../packages/vultus/dist/model/files-node.js';
import { openNodeBackend } from '../packages/vultus/dist/runtime/onnx-node.js';
import { samplePhoto } from '../packages/vultus/dist/testing/data.js';

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
      'full pixels': async () => (await openPicture(file)).pixels(),
      'header only': () => openPicture(file),
      'level 640': async () => (await openPicture(file)).pixels(640),
      'level 640, then full': async () => {
        const picture = await openPicture(file);
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
    const picture = await openPicture(file);
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
    const picture = await openPicture(large);
    await picture.pixels(640);
    await alignFace(picture, points);
    const frame = { data: new Uint8Array(1920 * 1080 * 1.5), width: 1920, height: 1080, format: 'nv12' };
    await (await openPicture(frame)).pixels(640);
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
  const [leftEye, rightEye, nose, leftMouth, rightMouth] = arcfaceTemplate().map(({ x, y }) => ({
    x: 700 + scale * (x + 0.15 * y),
    y: 300 + scale * (y - 0.15 * x),
  }));
  return { leftEye, rightEye, nose, leftMouth, rightMouth };
}

/** x, y of both eyes, the nose and both mouth corners of each face, in pixels of the 1920 pixels wide sample photographs. */
const facesOfPhoto = {
  1: [
    [439.6, 451.4, 510.2, 448.9, 458.2, 495.5, 456.1, 538, 514.2, 536.2],
    [876.4, 510, 954.5, 503.5, 920.7, 555.8, 914.1, 595.2, 976.9, 590.8],
    [1536.4, 282.1, 1618.8, 284.1, 1575.5, 327.5, 1546.7, 366.2, 1611.4, 370.5],
  ],
  2: [
    [1470.9, 266.4, 1571.9, 261.9, 1520.4, 322.2, 1504.7, 351.3, 1581.8, 348],
    [959.2, 330.6, 1039.2, 330.3, 1007.8, 385.7, 961.9, 415.3, 1030.3, 415],
    [385.3, 233.5, 425.2, 234.6, 370.9, 278.6, 390.3, 338.4, 423.9, 336.8],
  ],
  3: [
    [628.7, 431.3, 724.9, 432.4, 665.4, 486.6, 637.2, 531.2, 719.9, 532.4],
    [1112.1, 321.6, 1213.6, 324.6, 1150.9, 383.8, 1121.9, 424.4, 1203.5, 429.1],
    [1564, 411.4, 1654.9, 413.5, 1618.3, 471.1, 1563.4, 510.7, 1640.3, 515.3],
  ],
  4: [
    [1002.1, 282.2, 1083.8, 282.5, 1021, 331, 1011.4, 367, 1079.2, 364.8],
    [686.1, 153.2, 784.8, 158.4, 718.7, 204.5, 681.6, 238.8, 766, 248.9],
    [331.3, 296, 401.4, 293.4, 393.9, 348.4, 341.5, 395.9, 402, 393.5],
    [1299.1, 233.1, 1378.7, 238, 1326.1, 280.5, 1298.1, 320.4, 1363.1, 329.3],
  ],
  5: [
    [1146, 288, 1217.4, 286.2, 1174.5, 334.6, 1154.9, 374.5, 1218.3, 372.1],
    [429, 980.6, 521.5, 980.7, 481.5, 1033.9, 441.1, 1085.4, 520.6, 1083.3],
    [680.2, 514, 750, 511.5, 735.6, 556.3, 683.4, 605.6, 745.7, 602.7],
    [845.2, 192, 922.3, 194.7, 888, 238.8, 845.5, 272.6, 907.9, 274.4],
    [1431.7, 499.5, 1520.9, 496.4, 1463.1, 553.1, 1450.3, 601.8, 1525.3, 597.4],
  ],
  6: [
    [326.4, 601.9, 421.8, 598.4, 388.8, 655.6, 340.7, 697, 424.1, 690.4],
    [1518.8, 380.5, 1622.2, 384.2, 1555.5, 440.1, 1517.5, 478.3, 1605, 487.8],
    [1230, 434.4, 1326.1, 436.5, 1281.6, 489.9, 1237.4, 524.7, 1314, 526],
    [703.4, 449.9, 792.7, 449.4, 740.6, 505.3, 716.8, 552.8, 792.7, 548.5],
  ],
};

/**
 * Every face of the sample photographs at several sizes: our chip against a slow one cut out of the full picture in double
 * precision (bilinear up to a shrink of 1.5, beyond that the mean of a fine grid of samples per pixel), by grey levels and
 * by the embeddings of both.
 */
async function agreement() {
  const catalog = await openCatalog(await nodeSources());
  const entry = catalog.entry('mobilefacenet-512');
  const backend = await openNodeBackend({ device: 'cpu' });
  const session = await backend.load(await catalog.read(entry));
  const embed = async (chip) => {
    const outputs = await session.run({ [entry.input.name]: imagesToTensor([chip], entry.input) });
    return outputs[entry.outputs.embedding].data;
  };
  const report = {};
  for (const width of [4800, 2880, 1920, 960]) {
    const rows = [];
    for (const [number, faces] of Object.entries(facesOfPhoto)) {
      const file = await sharp(samplePhoto(Number(number)))
        .resize(width)
        .jpeg({ quality: 95 })
        .toBuffer();
      const picture = await openPicture(file);
      const full = await openPicture(file).then((other) => other.pixels());
      for (const coordinates of faces) {
        const points = namedPoints(coordinates.map((v) => (v * width) / 1920));
        const chip = await alignFace(picture, points);
        const exact = referenceChip(full, points);
        rows.push({ cosine: cosine(await embed(chip), await embed(exact)), mean: meanDifference(chip, exact) });
      }
    }
    const cosines = rows.map((row) => row.cosine).sort((a, b) => a - b);
    report[`photographs ${width} wide`] = {
      chips: rows.length,
      leastCosine: Number(cosines[0].toFixed(5)),
      medianCosine: Number(cosines[cosines.length >> 1].toFixed(5)),
      meanGreyLevels: Number((rows.reduce((sum, row) => sum + row.mean, 0) / rows.length).toFixed(2)),
    };
  }
  await session.close();
  await backend.close();
  return report;
}

function namedPoints([a, b, c, d, e, f, g, h, i, j]) {
  return {
    leftEye: { x: a, y: b },
    rightEye: { x: c, y: d },
    nose: { x: e, y: f },
    leftMouth: { x: g, y: h },
    rightMouth: { x: i, y: j },
  };
}

function cosine(a, b) {
  const dot = (u, v) => u.reduce((sum, value, i) => sum + value * v[i], 0);
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
}

function meanDifference(a, b) {
  return a.data.reduce((sum, value, i) => sum + Math.abs(value - b.data[i]), 0) / a.data.length;
}

function referenceChip(image, points) {
  const [a, b, c, d, e, f] = cropTransform({ kind: 'template', template: 'arcface' }, { box: {}, points }, 112);
  const stretch = Math.hypot(a, d);
  const grid = stretch <= 1.5 ? 1 : Math.ceil(2.5 * stretch);
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

const tasks = { decode, memory, loop, agreement };
const task = tasks[process.argv[2] ?? ''];
if (task === undefined) {
  console.error(`Expected one of ${Object.keys(tasks).join(', ')}`);
  process.exitCode = 2;
} else {
  console.log(JSON.stringify(await task(), null, 2));
}
