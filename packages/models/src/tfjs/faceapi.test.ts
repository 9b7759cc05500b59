/** The face-api nets, built from the weights of the installed package. */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { encodeModel } from '../onnx/index.ts';
import { proveModel } from '../proof/prove.ts';
import type { Recipe } from '../recipe.ts';
import { dlibResnet, faceapiExpression } from '../recipes/faceapi.ts';
import { count } from './against-tfjs.ts';

const root = dirname(createRequire(import.meta.url).resolve('@vladmandic/face-api/package.json'));

function sources(recipe: Recipe): Promise<readonly Uint8Array[]> {
  return Promise.all(recipe.files.map((file) => readFile(join(root, file.path))));
}

describe('convertFaceApi', () => {
  it('builds the dlib net without a Transpose, as small as its source, with the same bytes each time', async () => {
    const files = await sources(dlibResnet);
    const model = dlibResnet.convert(files);
    expect(count(model, 'Transpose')).toBe(0);
    expect(count(model, 'Conv')).toBe(29);
    const bytes = encodeModel(model);
    expect(bytes.length).toBeLessThan(1.02 * (files[1]?.length ?? 0));
    expect(Buffer.compare(bytes, encodeModel(dlibResnet.convert(files)))).toBe(0);
  });

  it('computes what face-api computes, and a batch equals its singles', async () => {
    const files = await sources(faceapiExpression);
    const result = await proveModel(faceapiExpression, files, encodeModel(faceapiExpression.convert(files)));
    expect(result.difference).toBeLessThan(1e-5);
    expect(result.batchDifference).toBe(0);
  });
});
