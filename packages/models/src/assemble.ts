/** Recipes, pins and presets → the manifest that ships beside the model files. */

import type { EmbeddingPreset, Manifest, ModelEntry } from 'vultus';
import { packages } from './packages.ts';
import type { Pin, Pins } from './pins.ts';
import type { Recipe } from './recipe.ts';

/** The manifest of the models built; presets that name a model which is not among them are left out. */
export function assembleManifest(
  recipes: readonly Recipe[],
  pins: Pins,
  presets: Readonly<Record<string, EmbeddingPreset>>,
): Manifest {
  const models = recipes.flatMap((recipe) => {
    const pin = pins[recipe.id];
    return pin ? [entryOf(recipe, pin)] : [];
  });
  const ids = new Set(models.map((model) => model.id));
  const complete = Object.entries(presets).filter(([, preset]) => preset.parts.every((part) => ids.has(part.model)));
  return { format: 1, models, presets: Object.fromEntries(complete) };
}

function entryOf(recipe: Recipe, pin: Pin): ModelEntry {
  const source = packages[recipe.from];
  return {
    id: recipe.id,
    version: recipe.version,
    kind: recipe.kind,
    family: recipe.family,
    file: `${recipe.id}.onnx`,
    sha256: pin.sha256,
    bytes: pin.bytes,
    licence: recipe.licence,
    source: {
      package: source.name,
      version: source.version,
      files: recipe.files.map((file) => file.path),
      sha256: recipe.files.map((file) => file.sha256),
      recipe: recipe.recipe,
    },
    input: recipe.input,
    outputs: recipe.outputs,
    ...(recipe.params ? { params: recipe.params } : {}),
  };
}
