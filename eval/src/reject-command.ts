/** `node eval/dist/reject-command.js --data DIR`: error versus reject on LFW; JSON in eval/results, a chart in docs/images. */

import { mkdir, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { Vultus } from 'vultus';
import { lineChart } from './chart.ts';
import { seededRandom } from './random.ts';
import { type RatedPicture, type RejectCurves, rejectCurves } from './reject.ts';
import { runScript } from './script.ts';
import { files } from './task-data.ts';
import { readCentre } from './task-faces.ts';

const root = new URL('../../', import.meta.url).pathname;

/** Pictures of one large upright face need no more. */
const detection = { inputSize: 320, rolled: 'off' } as const;

const titles = { templateQuality: 'template quality', blur: 'sharpness', random: 'at random' } as const;

/** Main faces of LFW with their faceprints and qualities. */
async function ratePictures(data: string, most: number): Promise<RatedPicture[]> {
  await using vultus = await Vultus.open();
  const folder = join(data, 'verification', 'lfw');
  const next = seededRandom(7);
  const people = files(folder).filter((name) => !name.includes('.'));
  // People with several pictures come first: they make the pairs.
  const lists = people.map((person) => files(join(folder, person), '.jpg').map((name) => join(folder, person, name)));
  const chosen = lists
    .sort((a, b) => b.length - a.length)
    .flat()
    .slice(0, most);
  const rated: RatedPicture[] = [];
  for (const [done, file] of chosen.entries()) {
    const tasks = ['embed', 'quality', 'templateQuality'] as const;
    const { face, found } = await readCentre(vultus, await vultus.picture(file), tasks, detection);
    const qualities = { templateQuality: face.templateQuality.score, blur: face.quality.blur.score, random: next() };
    if (found) rated.push({ person: basename(dirname(file)), vector: face.embed.vector, qualities });
    if ((done + 1) % 200 === 0) process.stderr.write(`${done + 1} of ${chosen.length} pictures\n`);
  }
  return rated;
}

function chartOf({ curves, falseMatchRate, pictures }: RejectCurves): string {
  const series = Object.entries(titles).map(([name, label]) => {
    const points = (curves[name] ?? []).map((point) => ({ x: 100 * point.rejected, y: 100 * point.falseNonMatchRate }));
    return { label, points };
  });
  const top = Math.max(...series.flatMap(({ points }) => points.map(({ y }) => y)));
  return lineChart({
    title: 'Refusing the worst pictures',
    caption: `LFW, ${pictures} pictures, threshold at a false-match rate of ${100 * falseMatchRate} %`,
    x: { label: 'Pictures refused, %', min: 0, max: 30 },
    y: { label: 'False-non-match rate, %', min: 0, max: 1.1 * top },
    series,
    legend: 'top',
  });
}

async function main({ pictures }: { readonly pictures: string }, data: string): Promise<void> {
  const rated = await ratePictures(data, Number(pictures));
  const results = [1e-2, 1e-3, 1e-4].map((rate) => rejectCurves(rated, rate));
  for (const { falseMatchRate, curves } of results) {
    for (const [name, points] of Object.entries(curves)) {
      const line = (what: string, rates: readonly number[], digits: number) => {
        const cells = rates.map((rate, i) => `${100 * (points[i]?.rejected ?? 0)} %: ${(100 * rate).toFixed(digits)}`);
        process.stdout.write(`at FMR ${falseMatchRate}  ${name.padEnd(16)} ${what} ${cells.join('   ')}\n`);
      };
      line(
        'FNMR',
        points.map((point) => point.falseNonMatchRate),
        2,
      );
      line(
        'FMR ',
        points.map((point) => point.falseMatchRate),
        4,
      );
    }
  }
  await mkdir(join(root, 'eval/results'), { recursive: true });
  await writeFile(join(root, 'eval/results/reject-lfw.json'), `${JSON.stringify(results, null, 2)}\n`);
  const middle = results[1];
  if (middle !== undefined) await writeFile(join(root, 'docs/images/reject-lfw.svg'), chartOf(middle));
}

const options = { data: { type: 'string' }, pictures: { type: 'string', default: '1583' } } as const;
const usage = 'node eval/dist/reject-command.js --data DIR [--pictures N]';
await runScript({ usage, options, required: 'data' }, main);
