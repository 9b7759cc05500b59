/** The recipes over @vladmandic/human, on the files of the installed package. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { sha256 } from '../fetch.ts';
import { encodeModel } from '../onnx/index.ts';
import { readPins } from '../pins.ts';
import { proveModel } from '../proof/prove.ts';
import type { Recipe } from '../recipe.ts';
import { count } from '../tfjs/against-tfjs.ts';
import { faceres, mediapipeFacemesh, mediapipeIris, movenetLightning, oarriagaEmotion } from './human.ts';

/** The package's folder: its entry may lie deeper. */
function packageRoot(): string {
  let folder = dirname(createRequire(import.meta.url).resolve('@vladmandic/human'));
  while (!existsSync(join(folder, 'package.json'))) folder = dirname(folder);
  return folder;
}

function sources(recipe: Recipe): Promise<readonly Uint8Array[]> {
  return Promise.all(recipe.files.map((file) => readFile(join(packageRoot(), file.path))));
}

describe('recipes over @vladmandic/human', () => {
  it.each([
    [mediapipeFacemesh, 0],
    [mediapipeIris, 1],
    [faceres, 0],
    [oarriagaEmotion, 0],
    [movenetLightning, 3],
  ])('$id: few Transposes, and the pinned bytes', async (recipe, transposes) => {
    const model = recipe.convert(await sources(recipe));
    expect(count(model, 'Transpose')).toBeLessThanOrEqual(transposes);
    expect(model.graph.outputs.map((output) => output.name)).toEqual(Object.values(recipe.outputs));
    expect(sha256(encodeModel(model))).toBe((await readPins())[recipe.id]?.sha256);
  });

  it('oarriaga-emotion computes what TensorFlow.js computes, and a batch equals its singles', async () => {
    const files = await sources(oarriagaEmotion);
    const result = await proveModel(oarriagaEmotion, files, encodeModel(oarriagaEmotion.convert(files)));
    expect(result.difference).toBeLessThan(1e-5);
    expect(result.batchDifference).toBe(0);
  });
});
