/**
 * Draws the photographs of the pages on tasks, docs/images/task-*.jpg, with `vultus analyze --draw`. The photographs are those
 * of the demo, from @vladmandic/face-api. `npm run build && node tools/draw-docs-images.mjs`
 */

import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { glassesShape, maskShape, paint, randomGlasses, randomMask, seededRandom } from '@vultus/eval';
import sharp from 'sharp';
import { Vultus } from 'vultus';

const root = join(import.meta.dirname, '..');
const samples = join(dirname(createRequire(import.meta.url).resolve('@vladmandic/face-api/package.json')), 'demo');

/** Largest file in bytes: the pages should open at once. */
const mostBytes = 60_000;

/** The part of a photograph that a picture shows, in its pixels. */
const three = { photo: 3, part: { left: 480, top: 60, width: 1290, height: 660 } };
const bent = { photo: 1, part: { left: 300, top: 140, width: 1560, height: 700 } };
const aside = { photo: 4, part: { left: 60, top: 40, width: 1640, height: 620 } };
const four = { photo: 6, part: { left: 60, top: 110, width: 1740, height: 720 } };

/** Lots that draw a mask, dark glasses and clear ones that are easy to see. */
const lots = [1, 2, 7];

const pictures = [
  { name: 'points', of: three, width: 720, tasks: 'points106', show: 'points106' },
  { name: 'mesh', of: three, width: 720, tasks: 'mesh', show: 'mesh' },
  { name: 'pose', of: bent, width: 800, tasks: 'pose', show: 'axes,cube' },
  { name: 'gaze', of: aside, width: 800, tasks: 'mesh,gaze', show: 'gaze' },
  { name: 'people', of: four, width: 800, tasks: 'age,gender,emotion', show: 'labels' },
  { name: 'covered', of: { ...four, change: dressed }, width: 800, tasks: 'mask,glasses', show: 'labels' },
  { name: 'scene', of: { photo: 3 }, width: 800, tasks: 'objects,bodies', show: 'objects,bodies' },
];

const folder = mkdtempSync(join(tmpdir(), 'vultus-docs-'));
try {
  for (const picture of pictures) await draw(picture);
} finally {
  rmSync(folder, { recursive: true });
}

async function draw({ name, of: { photo, part, change }, width, tasks, show }) {
  const source = join(folder, `${name}.png`);
  const cut = sharp(join(samples, `sample${photo}.jpg`));
  const pixels = await (part ? cut.extract(part) : cut).raw().toBuffer({ resolveWithObject: true });
  const { data, info } = pixels;
  const image = { width: info.width, height: info.height, data };
  await raw((await change?.(image)) ?? image)
    .resize(width)
    .png()
    .toFile(source);
  const drawn = join(folder, `${name}-drawn.png`);
  const vultus = join(root, 'packages', 'cli', 'bin', 'vultus.js');
  execFileSync(process.execPath, [vultus, 'analyze', source, '--tasks', tasks, '--show', show, '--draw', drawn, '-q']);
  const file = join(root, 'docs', 'images', `task-${name}.jpg`);
  await compress(drawn, file);
  console.log(file, statSync(file).size);
}

/** As good as fits into {@link mostBytes}. */
async function compress(from, to) {
  for (let quality = 84; quality >= 40; quality -= 4) {
    await sharp(from).jpeg({ quality, mozjpeg: true }).toFile(to);
    if (statSync(to).size <= mostBytes) return;
  }
  throw new Error(`${to}: expected at most ${mostBytes} bytes, got ${statSync(to).size}. Make it smaller`);
}

function raw({ width, height, data }) {
  return sharp(data, { raw: { width, height, channels: 3 } });
}

/** A mask, dark glasses and clear ones on the first three faces from the left; the fourth stays as it is. */
async function dressed(image) {
  const vultus = await Vultus.open();
  const faces = await vultus.analyze(image, { tasks: ['points'] });
  await vultus.close();
  const shapes = faces
    .sort((a, b) => a.box.x - b.box.x)
    .map(({ box, points }, place) => {
      const [face, next] = [{ height: box.height, points }, seededRandom(lots[place] ?? 0)];
      if (place === 0) return maskShape(face, randomMask(next, 0.2));
      if (place === 1) return glassesShape(face, randomGlasses(next, 'sunglasses'));
      return place === 2 ? glassesShape(face, randomGlasses(next, 'eyeglasses')) : '';
    });
  return paint(image, shapes.join(''), 2);
}
