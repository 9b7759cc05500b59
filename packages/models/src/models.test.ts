/** The shipped set as a whole: the recipes' table, the pinned files, and how they fit the manifest. */

import { readFile } from 'node:fs/promises';
import { InferenceSession } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { checkSession, parseManifest, type ValueInfo } from 'vultus';
import { assembleManifest } from './assemble.ts';
import { fetchSources } from './build-models.ts';
import { sha256 } from './fetch.ts';
import { noticeFiles, noticeText, tableFile, withTable } from './notice.ts';
import { decodeModel, encodeModel } from './onnx/index.ts';
import { readPins } from './pins.ts';
import { presetParts, readPresets } from './presets.ts';
import { silent } from './progress.ts';
import { proveModel } from './proof/prove.ts';
import { recipes } from './recipes/index.ts';

const folder = new URL('../models/', import.meta.url);

describe('the table of recipes', () => {
  it('makes a manifest that the SDK accepts, with a pin for each model and each preset complete', async () => {
    const manifest = assembleManifest(recipes, await readPins(), await readPresets());
    const parsed = parseManifest(JSON.parse(JSON.stringify(manifest)), 'the shipped manifest');
    expect(parsed).toEqual(manifest);
    expect(parsed.models.map(({ id }) => id)).toEqual(recipes.map(({ id }) => id));
    expect(Object.keys(parsed.presets ?? {})).toEqual(Object.keys(presetParts));
  });

  it('says of every licence who vouches and on what evidence', () => {
    for (const { id, licence } of recipes) {
      expect(licence.evidence.length, id).toBeGreaterThan(20);
      expect(licence.trainingData, id).not.toBe('');
      if (licence.verified) expect(['upstream', 'own'], id).toContain(licence.vouchedBy);
    }
  });

  it('is what the NOTICE files and docs/models.md say', async () => {
    for (const file of noticeFiles) {
      expect(await readFile(file, 'utf8'), 'write it with: npm run models -- --notice').toBe(noticeText(recipes));
    }
    const document = await readFile(tableFile, 'utf8');
    expect(withTable(document, recipes, await readPins()) === document, 'npm run models -- --notice').toBe(true);
  });

  it('has a detector, landmarks and an embedder of verified licence', () => {
    for (const kind of ['detector', 'landmarks', 'embedder']) {
      expect(
        recipes.some((recipe) => recipe.kind === kind && recipe.licence.verified),
        kind,
      ).toBe(true);
    }
  });
});

describe.each(recipes.map((recipe) => [recipe.id, recipe] as const))('%s', (id, recipe) => {
  it('as built is the pinned file, opens, and has the tensors that its entry names', async () => {
    const bytes = await readFile(new URL(`${id}.onnx`, folder));
    const pins = await readPins();
    expect(sha256(bytes)).toBe(pins[id]?.sha256);
    const again = encodeModel(decodeModel(bytes));
    expect(Buffer.compare(again, bytes)).toBe(0);
    const session = await InferenceSession.create(bytes, { logSeverityLevel: 3 });
    const info = (all: readonly InferenceSession.ValueMetadata[]): ValueInfo[] =>
      all.map((value) => ({
        name: value.name,
        type: 'float32',
        dims: value.isTensor ? value.shape : [],
      }));
    const [entry] = assembleManifest([recipe], pins, {}).models;
    if (!entry) throw new Error('Expected a manifest entry');
    checkSession(entry, { inputs: info(session.inputMetadata), outputs: info(session.outputMetadata) });
  });
});

/** Small sources, one of each kind of conversion that this file can run quickly. */
const cheap = ['ultraface-rfb', 'blazeface-front', 'blazeface-full', 'mediapipe-facemesh', 'dlib-resnet'];

describe.each(cheap)('%s from its source', (id) => {
  it('gives the same bytes twice, the pinned ones', async () => {
    const recipe = recipes.find((candidate) => candidate.id === id);
    if (!recipe) throw new Error(`Expected a recipe ${id}`);
    const files = await fetchSources([recipe], silent)(recipe);
    const [first, second] = [encodeModel(recipe.convert(files)), encodeModel(recipe.convert(files))];
    expect(Buffer.compare(first, second)).toBe(0);
    expect(sha256(first)).toBe((await readPins())[id]?.sha256);
  }, 60_000);
});

it.each(['ultraface-rfb', 'blazeface-front', 'eye-state'])(
  '%s computes what its source computes, alone and in a batch',
  async (id) => {
    const recipe = recipes.find((candidate) => candidate.id === id);
    if (!recipe) throw new Error(`Expected a recipe ${id}`);
    const files = await fetchSources([recipe], silent)(recipe);
    const result = await proveModel(recipe, files, await readFile(new URL(`${id}.onnx`, folder)));
    expect(result).toMatchObject({ id, ok: true });
  },
  60_000,
);
