/** What a face looks like to people who label faces: two networks with heads of our own, whose answers are multiplied. */

import type { ModelEntry } from '../model/manifest.ts';
import type { Tensors } from '../runtime/tensor.ts';
import { coverAndMirror } from './cover.ts';
import { numbers } from './outputs.ts';
import type { ModelTask } from './task.ts';

/** Logarithms of the probabilities that a network gives to the labels of each question; their mean over several views. */
export interface Opinion {
  readonly bracket: Readonly<Record<string, number>>;
  readonly sex: Readonly<Record<string, number>>;
  readonly group: Readonly<Record<string, number>>;
}

/** The first of two parts of `age`, `gender` and `ethnicity`. */
export const personTask = opinionTask('person.first', 'faceres');

/** The second, which also sees the face mirrored. It looks where `cover.network` looks: one run serves both. */
export const personSecondTask: ModelTask<'person.second', Opinion> = {
  ...opinionTask('person.second', 'face-cover'),
  views: coverAndMirror,
};

/** Names of the parts, for tasks that need both. */
export const personParts = ['person.first', 'person.second'] as const;

/**
 * The geometric mean of both opinions, summing to 1, under the labels given.
 * @param values those of a face, with both parts
 */
export function agreed<Label extends string>(
  values: Readonly<Record<string, unknown>>,
  question: keyof Opinion,
  labels: readonly Label[],
): Record<Label, number> {
  const opinions = personParts.map((part) => (values[part] as Opinion)[question]);
  const logs = labels.map((label) => opinions.reduce((sum, each) => sum + (each[label] ?? 0), 0) / opinions.length);
  const top = Math.max(...logs);
  const powers = logs.map((value) => Math.exp(value - top));
  const sum = powers.reduce((a, b) => a + b, 0);
  return Object.fromEntries(labels.map((label, i) => [label, (powers[i] as number) / sum])) as Record<Label, number>;
}

/** The label with the largest share. */
export function likeliest<Label extends string>(shares: Readonly<Record<Label, number>>): Label {
  const entries = Object.entries(shares) as [Label, number][];
  return entries.reduce((best, each) => (each[1] > best[1] ? each : best))[0];
}

function opinionTask<Name extends string>(name: Name, id: string): ModelTask<Name, Opinion> {
  return {
    name,
    model: (entries) => entries.find((entry) => entry.id === id),
    decode: (outputs, _, entry) => ({
      bracket: logShares(outputs, 'bracket', entry),
      sex: logShares(outputs, 'sex', entry),
      group: logShares(outputs, 'group', entry),
    }),
  };
}

function logShares(outputs: Tensors, question: keyof Opinion, { params }: ModelEntry): Record<string, number> {
  const labels = (params?.labelsOf as Readonly<Record<string, readonly string[]>> | undefined)?.[question] ?? [];
  const shares = numbers(outputs[question]);
  const logs = shares.map((share) => Math.log(Math.max(share, 1e-6)));
  const views = Math.max(1, logs.length / Math.max(1, labels.length));
  const meanOf = (label: number) =>
    logs.reduce((sum, log, i) => sum + (i % labels.length === label ? log / views : 0), 0);
  return Object.fromEntries(labels.map((label, i) => [label, meanOf(i)]));
}
