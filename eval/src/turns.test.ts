/** Tests of the course of an angle. */

import { expect, test } from 'vitest';
import { courseOf } from './turns-command.ts';

test('a course that turns back by three degrees on its way', () => {
  expect(courseOf([0, 10, 20, 17, 30])).toMatchObject({ first: 0, last: 30, least: 0, most: 30, setback: 3 });
  expect(courseOf([30, 17, 20, 10, 0])).toMatchObject({ first: 30, last: 0, setback: 3 });
});

test('a steady turn has neither setback nor noise; a nodding head has both', () => {
  expect(courseOf([0, 5, 10, 15])).toMatchObject({ setback: 0, noise: 0 });
  expect(courseOf([0, 2, 0, 2, 0])).toMatchObject({ setback: 2, noise: 2 });
});
