/** Calibrations of one's own: read, checked, refused. */

import { expect, it } from 'vitest';
import { readCalibration } from './calibration.ts';
import type { Calibration } from './manifest.ts';

const contract = { id: 'made-up', version: '1', sha256: 'a'.repeat(64), dimension: 8 };
const calibration: Calibration = {
  version: '1',
  measuredOn: 'made-up faces',
  logistic: { min: 0.001, max: 0.999, middle: 0.5, threshold: 0.3, steepness: 30 },
  thresholds: { '1e-3': { threshold: 0.35 }, '1e-4': { threshold: 0.42 } },
  defaultFmr: '1e-4',
};
const files = (text: string) => async (where: string) => {
  if (where !== 'own.json') throw new Error('not there');
  return text;
};

it('comes from a file or an object', async () => {
  const read = files(JSON.stringify({ ...calibration, contract: contract.sha256 }));
  expect((await readCalibration('own.json', contract, read)).thresholds['1e-4']?.threshold).toBe(0.42);
  expect(await readCalibration(calibration, contract, read)).toBe(calibration);
});

it('of another contract is refused', async () => {
  const other = { ...calibration, contract: 'b'.repeat(64) };
  await expect(readCalibration(other, contract, files(''))).rejects.toMatchObject({ code: 'EMBEDDING_MISMATCH' });
});

it.each([
  ['no file', 'gone.json', '', 'FILE_READ'],
  ['no JSON', 'own.json', '{', 'MODEL_INVALID'],
  ['a missing field', 'own.json', JSON.stringify({ ...calibration, logistic: undefined }), 'MODEL_INVALID'],
  [
    'a bad rate',
    'own.json',
    JSON.stringify({ ...calibration, thresholds: { often: { threshold: 1 } } }),
    'MODEL_INVALID',
  ],
  ['a default that is not there', 'own.json', JSON.stringify({ ...calibration, defaultFmr: '1e-9' }), 'MODEL_INVALID'],
])('with %s is an error', async (_, where, text, code) => {
  await expect(readCalibration(where, contract, files(text))).rejects.toMatchObject({ code });
});
