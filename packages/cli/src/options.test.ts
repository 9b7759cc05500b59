/** Shared options: what they accept, what they become, and the environment behind them. */

import { describe, expect, it } from 'vitest';
import { exitOfError, failureOf, UsageError } from './exit.ts';
import { detectOptions, engineOptions, sharedOptions, withEnvironment } from './options.ts';

const { signal } = new AbortController();
const option = (key: string) => {
  const found = sharedOptions.find((each) => each.key === key);
  if (found === undefined) throw new Error(`no option ${key}`);
  return found;
};

describe('sharedOptions', () => {
  it.each([
    ['threads', '4', 4],
    ['inputSize', '320', 320],
    ['score', '0.35', 0.35],
    ['nms', '1', 1],
    ['minFace', '24.5', 24.5],
    ['tiles', 'auto', 'auto'],
    ['tiles', '3', 3],
    ['rolled', 'always', 'always'],
    ['sort', 'size', 'size'],
    ['licences', 'verified', 'verified'],
    ['json', 'yes', true],
    ['quiet', '0', false],
  ])('%s takes %s', (key, text, value) => {
    expect(option(key).parse(text, key)).toBe(value);
  });

  it.each([
    ['threads', '0'],
    ['threads', '1.5'],
    ['threads', ''],
    ['inputSize', '300'],
    ['score', '1.01'],
    ['score', 'NaN'],
    ['nms', ' '],
    ['maxFaces', '-1'],
    ['tiles', 'many'],
    ['rolled', 'sometimes'],
    ['sort', 'name'],
    ['licences', 'some'],
    ['preset', ''],
    ['json', 'perhaps'],
  ])('%s refuses %j, naming itself', (key, text) => {
    expect(() => option(key).parse(text, `--${key}`)).toThrow(UsageError);
    expect(() => option(key).parse(text, `--${key}`)).toThrow(`--${key}`);
  });
});

describe('withEnvironment', () => {
  it('prefers flags, ignores empty variables and those of other groups', () => {
    const env = { VULTUS_DEVICE: 'cpu', VULTUS_THREADS: '2', VULTUS_PRESET: '', VULTUS_SCORE: 'nonsense' };
    expect(withEnvironment({ threads: 1 }, ['models'], env)).toEqual({ threads: 1, device: 'cpu' });
    expect(() => withEnvironment({}, ['detection'], env)).toThrow('VULTUS_SCORE');
  });
});

describe('what the SDK gets', () => {
  it('names only what was given', () => {
    expect(engineOptions({})).toEqual({});
    expect(detectOptions({}, signal)).toEqual({ signal });
    expect(engineOptions({ device: 'cuda:1', licences: 'verified' })).toEqual({
      device: 'cuda:1',
      licences: 'verified',
    });
    expect(detectOptions({ score: 0.5, minFace: 20, sort: 'size' }, signal)).toEqual({
      signal,
      scoreThreshold: 0.5,
      minFaceSize: 20,
      sortBy: 'size',
    });
  });
});

describe('failureOf', () => {
  it('keeps to the table, and calls the rest a bug', () => {
    for (const [code, exit] of Object.entries(exitOfError)) {
      expect(failureOf(Object.assign(new Error('m'), { name: 'VultusError', code }))).toEqual({
        code,
        message: 'm',
        exit,
      });
    }
    expect(failureOf(new UsageError('u'))).toMatchObject({ exit: 2 });
    expect(failureOf(new DOMException('stop', 'AbortError'))).toMatchObject({ exit: 130 });
    expect(failureOf(Object.assign(new Error('m'), { code: 'ENOENT' }))).toMatchObject({ code: 'FILE_READ', exit: 3 });
    expect(failureOf(new TypeError('oops'))).toMatchObject({ code: 'INTERNAL', exit: 70 });
  });
});
