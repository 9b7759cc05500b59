/** Emotion: which of seven expressions a face shows, by two networks together. */

import type { ModelEntry } from '../model/manifest.ts';
import { numbers, softmax } from './outputs.ts';
import type { ModelTask, ValueTask } from './task.ts';
import { cropAndMirror } from './views.ts';

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

/** Logarithms of shares, one per expression, in the order of {@link emotions}. */
type LogShares = readonly number[];

/**
 * How often each expression occurs among the 28,709 training pictures of FER2013 (Goodfellow et al., 2013). Networks
 * favour what was common where they learned; dividing by these shares asks them what the face shows, all being as likely.
 */
const priors: Readonly<Record<EmotionLabel, number>> = {
  neutral: 4965 / 28709,
  happy: 7215 / 28709,
  sad: 4830 / 28709,
  surprised: 3171 / 28709,
  fearful: 4097 / 28709,
  disgusted: 436 / 28709,
  angry: 3995 / 28709,
};

/** Parts of `emotion`: the two networks. */
export const emotionFirstTask = networkTask('emotion.first', 'faceapi-expression');
export const emotionSecondTask = networkTask('emotion.second', 'oarriaga-emotion');

/** The `emotion` task: the networks' geometric mean over the priors. */
export const emotionTask: ValueTask<'emotion', Emotion> = {
  name: 'emotion',
  needs: ['emotion.first', 'emotion.second'],
  read: ({ values }) => {
    const first = values['emotion.first'] as LogShares;
    const second = values['emotion.second'] as LogShares;
    const logits = emotions.map((name, i) => (at(first, i) + at(second, i)) / 2 - Math.log(priors[name]));
    const shares = softmax(logits);
    const label = emotions[shares.indexOf(Math.max(...shares))] as EmotionLabel;
    const distribution = Object.fromEntries(emotions.map((name, i) => [name, at(shares, i)]));
    return { label, distribution: distribution as Emotion['distribution'] };
  },
};

/** A network on the face and on its mirror image. */
function networkTask<Name extends string>(name: Name, model: string): ModelTask<Name, LogShares> {
  return {
    name,
    model: (entries) => entries.find(({ id }) => id === model),
    views: cropAndMirror,
    decode: ({ expression }, _, entry) => logShares(numbers(expression), entry),
  };
}

/** The mean of the two views' logarithms, under our names, in our order. */
function logShares(shares: readonly number[], { params }: ModelEntry): LogShares {
  const labels = (params?.labels ?? []) as readonly string[];
  return emotions.map((name) => {
    const place = labels.indexOf(name);
    return (log(shares[place]) + log(shares[labels.length + place])) / 2;
  });
}

/** Certainty is capped, so that one network cannot forbid what the other sees. */
function log(share = 0): number {
  return Math.log(Math.max(share, 1e-6));
}

function at(list: readonly number[], index: number): number {
  return list[index] as number;
}
