/** The catalog: what a manifest may say, what is refused and how it is told, the licence policy, checksums. */

import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { VultusError } from '../errors.ts';
import { type CatalogSource, openCatalog } from './catalog.ts';
import type { Manifest } from './manifest.ts';
import { nearestName } from './nearest.ts';
import { parseManifest } from './parse.ts';

const bytes = new TextEncoder().encode('a model');
const digest = createHash('sha256').update(bytes).digest('hex');

function entry(changes: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    id: 'my-embedder',
    kind: 'embedder',
    family: 'arcface',
    file: 'w600k.onnx',
    input: { name: 'input.1', width: 112, height: 112, mean: [127.5], std: [127.5] },
    outputs: { embedding: '683' },
    ...changes,
  };
}

function source(models: unknown, extra: Partial<CatalogSource> & { presets?: unknown } = {}): CatalogSource {
  const { presets, ...rest } = extra;
  const manifest = { format: 1, models, ...(presets ? { presets } : {}) };
  return { name: 'mine.json', manifest, read: async () => bytes, ...rest };
}

/** The error that a call throws, for its code and message. */
async function failure(call: () => unknown): Promise<VultusError> {
  try {
    await call();
  } catch (error) {
    if (error instanceof VultusError) return error;
    throw error;
  }
  throw new Error('Expected the call to throw');
}

describe('a manifest', () => {
  it('needs little: what a user leaves out is filled in', () => {
    const [model] = parseManifest({ format: 1, models: [entry()] }, 'mine.json').models;
    expect(model).toMatchObject({
      version: '1',
      licence: { spdx: 'NOASSERTION', vouchedBy: 'user', verified: false },
      input: { layout: 'NCHW', channels: 'rgb' },
    });
    expect(model).not.toHaveProperty('sha256');
  });

  it.each<[string, Record<string, unknown>, RegExp]>([
    ['a misspelt field', { ouputs: {} }, /"ouputs"; did you mean "outputs"/],
    ['an unknown kind', { kind: 'embeder' }, /kind in mine\.json to be one of .*did you mean "embedder"/],
    ['a path as file', { file: '../secret' }, /"my-embedder"\.file .* plain name/],
    ['an id with blanks', { id: 'my model' }, /models\[0\] "my model"\.id/],
    ['a short digest', { sha256: 'abc' }, /sha256 .* 64 hexadecimal digits, got "abc"/],
    ['a width in words', { input: { width: '112', height: 112 } }, /input\.width .* positive whole number, got "112"/],
    ['no height', { input: { width: 112 } }, /input\.height .* got nothing/],
    ['a zero deviation', { input: { width: 1, height: 1, std: [0] } }, /std .* other than 0/],
    ['two means for three channels', { input: { width: 1, height: 1, mean: [1, 2] } }, /each of 3 channels/],
    ['an unknown crop', { input: { width: 1, height: 1, crop: { kind: 'boxes' } } }, /crop\.kind .*did you mean "box"/],
    ['no outputs', { outputs: {} }, /at least one output/],
    ['an output that is a number', { outputs: { embedding: 683 } }, /"my-embedder"\.outputs/],
  ])('with %s is refused, naming the entry and the field', async (_, changes, message) => {
    const error = await failure(() => openCatalog([source([entry(changes)])]));
    expect(error.code).toBe('MODEL_INVALID');
    expect(error.message).toMatch(message);
    expect(error.message).toContain('mine.json');
  });

  it('of another format, without a list, or with an id twice is refused', async () => {
    expect((await failure(() => parseManifest({ format: 2, models: [] }, 'm'))).message).toMatch(/format in m to be 1/);
    expect((await failure(() => parseManifest({ format: 1 }, 'm'))).message).toMatch(/models in m to be a list/);
    expect((await failure(() => parseManifest([], 'm'))).message).toMatch(/JSON object/);
    expect((await failure(() => parseManifest({ format: 1, models: [entry(), entry()] }, 'm'))).message).toMatch(
      /two models of the id "my-embedder"/,
    );
  });

  it('checks presets and their calibration', async () => {
    const preset = { id: 'mine', parts: [{ model: 'my-embedder' }] };
    const parsed = parseManifest({ format: 1, models: [entry()], presets: { mine: preset } }, 'm');
    expect(parsed.presets?.mine?.parts).toEqual([{ model: 'my-embedder', weight: 1 }]);
    const calibration = {
      version: '1',
      measuredOn: 'something',
      logistic: { min: 0, max: 1, middle: 0.5, threshold: 0.3, steepness: 10 },
      thresholds: { '1e-3': { threshold: 0.3 } },
      defaultFmr: '1e-4',
    };
    const bad = { format: 1, models: [entry()], presets: { mine: { ...preset, calibration } } };
    expect((await failure(() => parseManifest(bad, 'm'))).message).toMatch(/defaultFmr .* key of thresholds \(1e-3\)/);
  });
});

describe('a catalog', () => {
  const verified = { spdx: 'MIT', vouchedBy: 'upstream', verified: true, evidence: 'e', trainingData: 't' };
  const presets = { both: { id: 'both', parts: [{ model: 'my-embedder' }, { model: 'clean' }] } };
  const two = source([entry(), entry({ id: 'clean', licence: verified })], { presets });

  it('gives models by id and kind, and presets', async () => {
    const catalog = await openCatalog([two]);
    expect(catalog.entry('clean').licence.spdx).toBe('MIT');
    expect(catalog.entries('embedder').map(({ id }) => id)).toEqual(['my-embedder', 'clean']);
    expect(catalog.entries('pose')).toEqual([]);
    expect(catalog.preset('both').parts).toHaveLength(2);
    expect(catalog.presetNames()).toEqual(['both']);
  });

  it('names the nearest id or preset for an unknown one', async () => {
    const catalog = await openCatalog([two]);
    const model = await failure(() => catalog.entry('my-embeder'));
    expect([model.code, model.message]).toEqual(['MODEL_NOT_FOUND', expect.stringContaining('"my-embedder"?')]);
    expect((await failure(() => catalog.preset('bot'))).message).toContain('did you mean "both"?');
    expect((await failure(() => catalog.entry('zzzzzzzz'))).message).not.toContain('did you mean');
  });

  it('under licences: verified, refuses the others by name and hides them', async () => {
    const catalog = await openCatalog([two], { licences: 'verified' });
    expect((await failure(() => catalog.entry('my-embedder'))).code).toBe('LICENCE_REFUSED');
    expect((await failure(() => catalog.preset('both'))).code).toBe('LICENCE_REFUSED');
    expect(catalog.entries().map(({ id }) => id)).toEqual(['clean']);
    expect(catalog.presetNames()).toEqual([]);
  });

  it('lets a later manifest replace a model of the same id', async () => {
    const catalog = await openCatalog([two, source([entry({ id: 'clean', version: '2' })], { name: 'later.json' })]);
    expect(catalog.entry('clean').version).toBe('2');
    expect(catalog.entries()).toHaveLength(2);
  });

  it('reads a pinned file and refuses a changed one by its name', async () => {
    const right = await openCatalog([source([entry({ sha256: digest })])]);
    expect(await right.read(right.entry('my-embedder'))).toEqual(bytes);
    const changed = await openCatalog([source([entry({ sha256: digest })], { read: async () => bytes.slice(1) })]);
    const error = await failure(() => changed.read(changed.entry('my-embedder')));
    expect(error.code).toBe('MODEL_CHECKSUM');
    expect(error.message).toContain('w600k.onnx');
    expect(error.details).toMatchObject({ file: 'w600k.onnx', expected: digest });
  });

  it('takes an unpinned file as it is', async () => {
    const catalog = await openCatalog([source([entry()])]);
    expect(await catalog.read(catalog.entry('my-embedder'))).toEqual(bytes);
  });
});

it('nearestName allows slips, not other words', () => {
  const names: Manifest['models'][number]['id'][] = ['ultraface-rfb', 'blazeface-back', 'blazeface-front'];
  expect(nearestName('ultrafce-rfb', names)).toBe('ultraface-rfb');
  expect(nearestName('blazeface-bakc', names)).toBe('blazeface-back');
  expect(nearestName('scrfd', names)).toBeUndefined();
});
