/**
 * What `@vladmandic/human` says on the labelled pictures, through the same measures as `vultus eval tasks`; its figures
 * stand beside ours in that table. `node tools/measure-task-peer.mjs --data <folder> [--limit 420]`
 */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ageBrackets, Vultus } from 'vultus';
import { openHumanWith } from '../bench/dist/peers.js';
import { tasksCommand } from '../eval/dist/index.js';

const { values } = parseArgs({
  options: { data: { type: 'string' }, limit: { type: 'string', default: '420' }, only: { type: 'string' } },
});
if (values.data === undefined) throw new Error('--data: expected the folder of the labelled pictures');

/** Tasks of ours that human has, under the names of our measures. */
const measures = values.only?.split(',') ?? ['people', 'emotion', 'pose'];
const tasks = ['age', 'gender', 'emotion', 'pose'];
const expressions = { fear: 'fearful', disgust: 'disgusted', surprise: 'surprised', angry: 'angry' };

const vultus = await Vultus.open({ device: 'cpu' });
const blank = { width: 256, height: 256, data: new Uint8Array(256 * 256 * 3) };
const human = await openHumanWith(blank, ['mesh', 'iris', 'emotion', 'description']);
const asked = { faces: 0, unseen: 0 };

/**
 * As much of an engine as the measures use. Faces are human's own: the largest of the picture, or of the picture with a
 * margin, for crops that a face fills; where it sees none in either, its answer counts as wrong.
 */
const engine = {
  picture: (source) => vultus.picture(source),
  detect: async () => [],
  analyze: async () => [],
  read: async (picture) => [valuesOf(await faceOf(await picture.pixels()))],
};

const report = await tasksCommand(engine, { data: values.data, only: measures, limit: Number(values.limit) });
// Turned pictures are left out: human was not asked for rolled heads.
const figures = report.figures.filter(
  ({ task, metric, value }) => tasks.includes(task) && !metric.includes('turned') && Number.isFinite(value),
);
const results = join(import.meta.dirname, '..', 'eval', 'results', 'tasks-peer.json');
const unseen = asked.unseen / asked.faces;
writeFileSync(results, `${JSON.stringify({ peer: '@vladmandic/human 3.3.6', unseen, figures }, null, 2)}\n`);
for (const { task, metric, value, count } of figures) console.log(task, metric, value.toFixed(4), count);
console.log(`no face seen on ${asked.unseen} of ${asked.faces}`);
await vultus.close();
process.exit(0);

async function faceOf(image) {
  asked.faces++;
  const face = largest(await human.read(image)) ?? largest(await human.read(withMargin(image)));
  if (face === undefined) asked.unseen++;
  return face;
}

function largest(faces) {
  return [...faces].sort((a, b) => b.box[3] - a.box[3])[0];
}

/** The picture in the middle of a grey one of twice its sides. */
function withMargin({ width, height, data }) {
  const wide = { width: 2 * width, height: 2 * height, data: new Uint8Array(4 * width * height * 3).fill(127) };
  for (let y = 0; y < height; y++) {
    const to = ((y + (height >> 1)) * wide.width + (width >> 1)) * 3;
    wide.data.set(data.subarray(y * width * 3, (y + 1) * width * 3), to);
  }
  return wide;
}

function valuesOf(face) {
  const years = face?.age ?? 0;
  const angle = face?.rotation?.angle ?? { yaw: 0, pitch: 0, roll: 0 };
  const degrees = (radians) => (radians * 180) / Math.PI;
  const known = {
    age: { years, bracket: bracketOf(years) },
    gender: { label: face?.gender },
    emotion: { label: nameOf(face?.emotion?.[0]?.emotion) },
    // Human's yaw grows towards the picture's left edge, its pitch downwards.
    pose: { yaw: -degrees(angle.yaw), pitch: -degrees(angle.pitch), roll: degrees(angle.roll) },
  };
  // Measures may ask for what human does not have: an answer without a label.
  return new Proxy(known, { get: (all, name) => all[name] ?? { label: undefined, distribution: {} } });
}

function nameOf(emotion) {
  return expressions[emotion] ?? emotion;
}

function bracketOf(years) {
  return ageBrackets.findLast((bracket) => years >= Number(bracket.split(/[-+]/)[0])) ?? ageBrackets[0];
}
