/** Emotion: which of seven expressions a face shows, by two networks together. */

import type { ModelEntry } from '../model/manifest.ts';
import { numbers } from './outputs.ts';
import type { ModelTask, ValueTask } from './task.ts';

/** The seven expressions. */
export const emotions = ['neutral', 'happy', 'sad', 'surprised', 'fearful', 'disgusted', 'angry'] as const;

/** One of {@link emotions}. */
export type EmotionLabel = (typeof emotions)[number];

/** The expression of a face: what it shows, not what the person feels. */
export interface Emotion {
  /** The most probable expression. */
  readonly label: EmotionLabel;
  /** Probability of each; they sum to 1. */
  readonly distribution: Readonly<Record<EmotionLabel, number>>;
}

type Distribution = Readonly<Record<EmotionLabel, number>>;

/** Share of the second network; measured, see `docs/attributes.md`. */
const secondShare = 0.5;

/** Parts of `emotion`: the two networks. */
export const emotionFirstTask = networkTask('emotion.first', 'faceapi-expression');
export const emotionSecondTask = networkTask('emotion.second', 'oarriaga-emotion');

/** The `emotion` task. */
export const emotionTask: ValueTask<'emotion', Emotion> = {
  name: 'emotion',
  needs: ['emotion.first', 'emotion.second'],
  read: ({ values }) => {
    const first = values['emotion.first'] as Distribution;
    const second = values['emotion.second'] as Distribution;
    const mixed = emotions.map((name) => [name, first[name] + secondShare * (second[name] - first[name])] as const);
    const [label] = mixed.reduce((best, each) => (each[1] > best[1] ? each : best));
    return { label, distribution: Object.fromEntries(mixed) as Distribution };
  },
};

function networkTask<Name extends string>(name: Name, model: string): ModelTask<Name, Distribution> {
  return {
    name,
    model: (entries) => entries.find(({ id }) => id === model),
    decode: ({ expression }, _, entry) => namedShares(numbers(expression), entry),
  };
}

/** The network's numbers under our names, in our order, summing to 1. */
function namedShares(shares: readonly number[], { params }: ModelEntry): Distribution {
  const labels = (params?.labels ?? []) as readonly string[];
  const total = shares.reduce((sum, share) => sum + share, 0) || 1;
  return Object.fromEntries(
    emotions.map((name) => [name, (shares[labels.indexOf(name)] ?? 0) / total]),
  ) as Distribution;
}
