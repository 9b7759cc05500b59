/** Figures of held-out samples, and the split that holds them out. */

import { expect, it } from 'vitest';
import { type Answer, figuresOf, figuresTable } from './figures.ts';
import type { HeadOutput } from './head.ts';
import { partOf } from './split.ts';
import { withTable } from './train.ts';

const outputs: readonly HeadOutput[] = [
  { kind: 'classes', name: 'mask', labels: ['no', 'yes'] },
  { kind: 'value', name: 'share' },
];

function face(right: string, said: readonly number[], group: string, share?: number): Answer {
  const truth = share === undefined ? { mask: right } : { mask: right, share };
  return {
    sample: { file: '', part: 'held-out', truth, groups: { light: group } },
    said: { mask: said, share: [0.5] },
  };
}

it('counts by output, label and group; outputs without an answer are left out', () => {
  const answers = [face('yes', [0.1, 0.9], 'dim'), face('no', [0.2, 0.8], 'dim'), face('no', [0.7, 0.3], 'day', 0.75)];
  const figures = figuresOf(answers, outputs);
  const of = (output: string, metric: string) =>
    figures.find((each) => each.output === output && each.metric === metric);
  expect(of('mask', 'right')).toMatchObject({ value: 2 / 3, count: 3 });
  expect(of('mask', 'right, no')).toMatchObject({ value: 0.5, count: 2 });
  expect(of('mask', 'light dim')).toMatchObject({ value: 0.5, count: 2 });
  expect(of('share', 'mean error')).toMatchObject({ value: 0.25, count: 1 });
  const card = withTable(
    'a\n<!-- figures: written by npm run train -->\nold\n<!-- /figures -->\nb',
    figuresTable(figures, outputs),
    'card',
  );
  expect(card).toContain('66.7 %');
  expect(card).not.toContain('old');
});

it('holds out about the share asked for, always the same', () => {
  const names = Array.from({ length: 2000 }, (_, i) => `${i}.jpg`);
  const held = names.filter((name) => partOf(name, 0.1) === 'held-out');
  expect(held.length).toBeGreaterThan(150);
  expect(held.length).toBeLessThan(250);
  expect(names.filter((name) => partOf(name, 0.1) === 'held-out')).toEqual(held);
});
