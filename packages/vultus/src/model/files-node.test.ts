/** Manifests on disk: users' own, the shipped ones, missing and damaged files. */

import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openCatalog } from './catalog.ts';
import { manifestFile, nodeSources, shippedModels } from './files-node.ts';

let folder = '';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vultus-models-'));
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true, force: true });
});

describe('a manifest file', () => {
  it('next to an .onnx is enough, by its path or its folder', async () => {
    const entry = {
      id: 'mine',
      kind: 'embedder',
      family: 'arcface',
      file: 'mine.onnx',
      input: { width: 112, height: 112 },
      outputs: { embedding: 'out' },
    };
    await writeFile(join(folder, 'manifest.json'), JSON.stringify({ format: 1, models: [entry] }));
    await writeFile(join(folder, 'mine.onnx'), 'bytes');
    for (const path of [folder, join(folder, 'manifest.json')]) {
      const catalog = await openCatalog([await manifestFile(path)]);
      expect(new TextDecoder().decode(await catalog.read(catalog.entry('mine')))).toBe('bytes');
    }
    await rm(join(folder, 'mine.onnx'));
    const catalog = await openCatalog([await manifestFile(folder)]);
    await expect(catalog.read(catalog.entry('mine'))).rejects.toMatchObject({
      code: 'MODEL_NOT_FOUND',
      message: expect.stringContaining('mine.onnx'),
    });
  });

  it('that is missing or no JSON is told by its path', async () => {
    await expect(manifestFile(join(folder, 'nothing.json'))).rejects.toMatchObject({
      code: 'MODEL_NOT_FOUND',
      message: expect.stringContaining('nothing.json'),
    });
    await writeFile(join(folder, 'bad.json'), '{');
    await expect(manifestFile(join(folder, 'bad.json'))).rejects.toMatchObject({ code: 'MODEL_INVALID' });
  });
});

describe('the shipped models', () => {
  it('open, read and verify, each one', async () => {
    const catalog = await openCatalog(await nodeSources());
    expect(catalog.entries('detector').length).toBeGreaterThan(0);
    expect(catalog.presetNames()).toContain('balanced');
    for (const entry of catalog.entries()) {
      expect(entry.sha256).toBeDefined();
      expect((await catalog.read(entry)).length).toBe(entry.bytes);
    }
  });

  it('with a flipped bit are refused by the name of the file', async () => {
    await cp(dirname((await shippedModels()).name), folder, { recursive: true });
    vi.stubEnv('VULTUS_MODELS', folder);
    const catalog = await openCatalog(await nodeSources());
    const [entry] = catalog.entries('detector');
    if (!entry) throw new Error('Expected a shipped detector');
    const path = join(folder, entry.file);
    const bytes = await readFile(path);
    bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1;
    await writeFile(path, bytes);
    await expect(catalog.read(entry)).rejects.toMatchObject({
      code: 'MODEL_CHECKSUM',
      message: expect.stringContaining(entry.file),
    });
  });

  it('that are not there are told with what to do', async () => {
    vi.stubEnv('VULTUS_MODELS', join(folder, 'nowhere'));
    await expect(shippedModels()).rejects.toMatchObject({
      code: 'MODEL_NOT_FOUND',
      message: expect.stringMatching(/npm run models.*@vultus\/models/),
    });
  });
});
