/** One head from its samples to the files that are committed: weights, record, the table in its model card. */

import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { encodeModel } from '@vultus/models/onnx';
import type { Engine } from 'vultus';
import { keyOf } from './cache.ts';
import { type FeatureReader, openFeatures } from './features.ts';
import { type Answer, type Figure, figuresOf, figuresTable } from './figures.ts';
import type { Head, Sample } from './head.ts';
import { answer, type Learnt, type Lesson, learn } from './learn.ts';
import { headModel } from './taps.ts';

const root = new URL('../../', import.meta.url);

/** What a training run tells while it runs. */
export type Tell = (line: string) => void;

/** What came of a training run. */
export interface Trained {
  readonly bytes: Uint8Array;
  readonly figures: readonly Figure[];
}

/** Trains a head and measures it on what was held out; writes nothing but the cache of features. */
export async function trainHead(engine: Engine, head: Head, data: string, tell: Tell): Promise<Trained> {
  const samples = await head.samples(data);
  const reader = await openFeatures(engine, head);
  const { mirror = false } = head.learning;
  const lessons: Lesson[] = [];
  const held: { readonly sample: Sample; readonly features: Float32Array }[] = [];
  for (const [done, sample] of samples.entries()) {
    const features = await reader.read(sample, false);
    if (sample.part === 'held-out') held.push({ sample, features });
    else {
      lessons.push({ features, truth: sample.truth });
      if (mirror) lessons.push({ features: await reader.read(sample, true), truth: sample.truth });
    }
    if ((done + 1) % 500 === 0) tell(`${done + 1} of ${samples.length} faces read`);
  }
  tell(
    `${head.id}: ${lessons.length} lessons of ${lessons[0]?.features.length ?? 0} features, ${held.length} held out`,
  );
  const learnt = learn(lessons, head.outputs, head.learning, (epoch, loss) =>
    tell(`epoch ${epoch}: ${loss.toFixed(4)}`),
  );
  const answers = held.map(
    ({ sample, features }): Answer => ({ sample, said: answer(learnt, head.outputs, features) }),
  );
  return { bytes: modelOf(head, learnt, reader), figures: figuresOf(answers, head.outputs) };
}

/** Writes `heads/<id>.onnx` and its record, and brings the table of `docs/models/<id>.md` up to date where that exists. */
export async function writeHead(head: Head, { bytes, figures }: Trained): Promise<void> {
  const { id, backbone, outputs, trainingData } = head;
  const labels = outputs.flatMap((output) =>
    output.kind === 'classes' ? [[output.name, output.labels] as const] : [],
  );
  const record = {
    id,
    backbone,
    outputs: outputs.map(({ name }) => name),
    params: { ...head.params, labelsOf: Object.fromEntries(labels) },
    trainingData,
    taps: head.taps,
    learning: head.learning,
    sha256: keyOf(bytes),
    figures: figures.map((figure) => ({ ...figure, value: Number(figure.value.toFixed(4)) })),
  };
  await writeFile(new URL(`packages/models/heads/${id}.onnx`, root), bytes);
  await writeFile(new URL(`packages/models/heads/${id}.json`, root), `${JSON.stringify(record, null, 2)}\n`);
  const card = fileURLToPath(new URL(`docs/models/${id}.md`, root));
  if (existsSync(card))
    await writeFile(card, withTable(await readFile(card, 'utf8'), figuresTable(figures, outputs), card));
}

const tableStart = '<!-- figures: written by npm run train -->\n';
const tableEnd = '<!-- /figures -->';

/** A model card with the table between its marks brought up to date. */
export function withTable(card: string, table: string, path: string): string {
  const [before, rest = ''] = card.split(tableStart);
  const after = rest.split(tableEnd)[1];
  if (after === undefined) throw new Error(`Expected ${path} with the marks of the table, got none`);
  return `${before}${tableStart}\n${table}\n${tableEnd}${after}`;
}

function modelOf(head: Head, { network, scale }: Learnt, { opset }: FeatureReader): Uint8Array {
  return encodeModel(headModel(head.id, head.taps, head.outputs, network, scale, opset));
}
