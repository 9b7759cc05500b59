/** The main job on real photographs: enrol the people of two pictures, identify everyone in the others, draw the answer. */

import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { styleText } from 'node:util';
import { drawFaces } from '@vultus/cli/draw';
import sharp from 'sharp';
import { Gallery, Vultus } from 'vultus';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const samples = join(dirname(createRequire(import.meta.url).resolve('@vladmandic/face-api/package.json')), 'demo');
const photo = (number) => join(samples, `sample${number}.jpg`);

/** Whom we say we know, from left to right. Nobody told us their names: these are made up. */
const staff = [
  { picture: photo(3), names: ['Bella', 'Kate', 'Maria'] },
  { picture: photo(6), names: ['Lin', 'Ana', 'Joy', 'Rose'] },
];

const started = performance.now();
const vultus = await Vultus.open();
const gallery = await Gallery.open('memory:');
const people = await gallery.ensure('staff', { contract: vultus.contract, calibration: vultus.scoring });

console.log(`\nEnrolling ${staff.flatMap(({ names }) => names).length} people from two photographs …`);
for (const { picture, names } of staff) {
  const faces = leftToRight(await vultus.analyze(picture, { tasks: ['embed'] }));
  for (const [index, name] of names.entries()) await people.enroll(faces[index].embed, name);
}
// Nobody shall be taken for somebody else: of 100,000 strangers, one looks as much like a given person as this.
const threshold = vultus.thresholdFor({ fmr: 1e-5 });
console.log(`ready after ${seconds(performance.now() - started)}, threshold ${threshold.toFixed(3)}\n`);

/** Four photographs that nobody was enrolled from, and one of the known people as a bad phone camera would see them. */
const probes = [
  { title: 'sample1.jpg', source: photo(1), drawn: 'demo.png' },
  { title: 'sample2.jpg', source: photo(2) },
  { title: 'sample4.jpg', source: photo(4) },
  { title: 'sample5.jpg', source: photo(5) },
  {
    title: 'sample6.jpg, mirrored, a third of the size, dark, noisy JPEG',
    source: await sharp(photo(6)).flop().resize(640).modulate({ brightness: 0.7 }).jpeg({ quality: 45 }).toBuffer(),
    drawn: 'demo-phone.png',
  },
];

const total = { known: 0, unknown: 0 };
for (const { title, source, drawn } of probes) {
  const begin = performance.now();
  const picture = await vultus.picture(source);
  const faces = leftToRight(await vultus.analyze(picture, { tasks: ['embed'] }));
  const answers = await people.identifyBatch(
    faces.map((face) => face.embed),
    { unique: true, threshold },
  );
  const took = performance.now() - begin;

  console.log(`${styleText('bold', title)}  ${faces.length} faces in ${took.toFixed(0)} ms`);
  for (const [index, [best]] of answers.entries()) {
    total[best ? 'known' : 'unknown']++;
    if (best) {
      console.log(
        `  ${styleText('green', best.identity.padEnd(9))} similarity ${best.similarity.toFixed(3)}${percent(best)}`,
      );
      continue;
    }
    // Who comes nearest, and how far off, shows that a stranger is not a near miss.
    const [nearest] = await people.identify(faces[index].embed, { threshold: -1 });
    const hint = `nearest is ${nearest.identity} with ${nearest.similarity.toFixed(3)}`;
    console.log(`  ${styleText('dim', `unknown   ${hint}`)}`);
  }
  if (drawn) {
    const labels = faces.map(({ box }, index) => {
      const [best] = answers[index];
      return best ? { box, identity: best.identity, note: best.similarity.toFixed(2) } : { box, identity: null };
    });
    await drawFaces(await picture.pixels(), labels, join(root, 'out', drawn));
  }
}
await gallery.close();
await vultus.close();
console.log(
  `\n${total.known} faces recognised, ${total.unknown} strangers left unknown. Look at out/demo.png and out/demo-phone.png`,
);

function leftToRight(faces) {
  return faces.toSorted((a, b) => a.box.x - b.box.x);
}

function percent({ probability }) {
  return probability === undefined ? '' : `  probability ${(probability * 100).toFixed(1)} %`;
}

function seconds(ms) {
  return `${(ms / 1000).toFixed(1)} s`;
}
