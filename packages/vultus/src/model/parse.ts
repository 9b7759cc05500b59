/** Parsed JSON → Manifest, checked field by field; what a user may leave out is filled in. */

import { Fields } from './fields.ts';
import type {
  Calibration,
  CropSpec,
  EmbeddingPart,
  EmbeddingPreset,
  ImageInput,
  Licence,
  Manifest,
  ModelEntry,
  ModelKind,
  ModelSource,
} from './manifest.ts';

const kinds: readonly ModelKind[] = [
  'detector',
  'landmarks',
  'embedder',
  'pose',
  'eyes',
  'attributes',
  'liveness',
  'scene',
  'other',
];

const entryFields = [
  'id',
  'version',
  'kind',
  'family',
  'file',
  'sha256',
  'bytes',
  'licence',
  'source',
  'input',
  'outputs',
  'params',
];
const inputFields = ['name', 'layout', 'channels', 'width', 'height', 'multipleOf', 'mean', 'std', 'crop'];
const sourceFields = ['package', 'version', 'files', 'sha256', 'recipe'];
const licenceFields = ['spdx', 'vouchedBy', 'verified', 'evidence', 'trainingData'];

/** What a model without a licence field is taken to be: the user's own affair, and not verified. */
const userLicence: Licence = {
  spdx: 'NOASSERTION',
  vouchedBy: 'user',
  verified: false,
  evidence: 'The manifest names no licence',
  trainingData: 'Not stated',
};

/**
 * Checks a manifest. A model may leave out `version` (`1`), `licence` (not verified), `sha256` and `bytes` (not pinned),
 * `source`, `params`, and of its input `name` (`input`), `layout` (`NCHW`), `channels` (`rgb`), `mean` (0) and `std` (1).
 * @param where what to call the manifest in errors: its path or URL
 * @throws VultusError `MODEL_INVALID` naming the entry and the field
 */
export function parseManifest(value: unknown, where: string): Manifest {
  const top = new Fields(value, '', where, ['$schema', 'format', 'models', 'presets']);
  if (top.raw('format') !== 1) throw top.wrong('format', '1');
  const models = top.list('models').map((model, i) => parseEntry(model, i, where));
  const seen = new Set<string>();
  for (const { id } of models) {
    if (seen.has(id)) throw top.wrong('models', `a list without two models of the id "${id}"`);
    seen.add(id);
  }
  if (!top.has('presets')) return { format: 1, models };
  const presets = Object.entries(top.object('presets')).map(
    ([word, preset]) => [word, parsePreset(preset, `presets.${word}`, where)] as const,
  );
  return { format: 1, models, presets: Object.fromEntries(presets) };
}

function parseEntry(value: unknown, index: number, where: string): ModelEntry {
  const id = (value as { id?: unknown } | null)?.id;
  const path = typeof id === 'string' ? `models[${index}] "${id}"` : `models[${index}]`;
  const entry = new Fields(value, path, where, entryFields);
  return {
    id: parseId(entry),
    version: entry.has('version') ? entry.text('version') : '1',
    kind: entry.oneOf('kind', kinds),
    family: entry.text('family'),
    file: parseFileName(entry),
    ...(entry.has('sha256') ? { sha256: parseSha256(entry) } : {}),
    ...(entry.has('bytes') ? { bytes: entry.positiveInteger('bytes') } : {}),
    licence: entry.has('licence') ? parseLicence(entry.inner('licence', licenceFields)) : userLicence,
    ...(entry.has('source') ? { source: parseSource(entry.inner('source', sourceFields)) } : {}),
    input: parseInput(entry.inner('input', inputFields)),
    outputs: parseOutputs(entry),
    ...(entry.has('params') ? { params: entry.object('params') } : {}),
  };
}

function parseId(entry: Fields): string {
  const id = entry.text('id');
  if (!/^[a-z0-9]+(?:[-.][a-z0-9]+)*$/.test(id)) {
    throw entry.wrong('id', 'lower-case letters, digits, hyphens and dots, as in "my-model-2"');
  }
  return id;
}

function parseFileName(entry: Fields): string {
  const file = entry.text('file');
  if (/[/\\]/.test(file) || file === '..' || file.includes('\0')) {
    throw entry.wrong('file', 'the plain name of a file beside the manifest, without a folder');
  }
  return file;
}

function parseSha256(entry: Fields): string {
  const digest = entry.text('sha256').toLowerCase();
  if (!/^[0-9a-f]{64}$/.test(digest)) throw entry.wrong('sha256', '64 hexadecimal digits');
  return digest;
}

function parseLicence(licence: Fields): Licence {
  return {
    spdx: licence.text('spdx'),
    vouchedBy: licence.has('vouchedBy') ? licence.oneOf('vouchedBy', ['upstream', 'publisher', 'own', 'user']) : 'user',
    verified: licence.has('verified') ? licence.flag('verified') : false,
    evidence: licence.has('evidence') ? licence.text('evidence') : 'The word of whoever wrote the manifest',
    trainingData: licence.has('trainingData') ? licence.text('trainingData') : 'Not stated',
  };
}

function parseSource(source: Fields): ModelSource {
  return {
    package: source.text('package'),
    version: source.text('version'),
    files: source.texts('files'),
    sha256: source.texts('sha256'),
    recipe: source.text('recipe'),
  };
}

function parseInput(input: Fields): ImageInput {
  return {
    name: input.has('name') ? input.text('name') : 'input',
    layout: input.has('layout') ? input.oneOf('layout', ['NCHW', 'NHWC']) : 'NCHW',
    channels: input.has('channels') ? input.oneOf('channels', ['rgb', 'bgr', 'gray']) : 'rgb',
    width: input.positiveInteger('width'),
    height: input.positiveInteger('height'),
    ...(input.has('multipleOf') ? { multipleOf: input.positiveInteger('multipleOf') } : {}),
    mean: input.has('mean') ? perChannel(input, 'mean') : [0],
    std: input.has('std') ? perChannel(input, 'std') : [1],
    ...(input.has('crop') ? { crop: parseCrop(input) } : {}),
  };
}

function perChannel(input: Fields, name: 'mean' | 'std'): readonly number[] {
  const values = input.numbers(name);
  const channels = input.raw('channels') === 'gray' ? 1 : 3;
  if (values.length !== 1 && values.length !== channels) {
    throw input.wrong(name, `one number, or one for each of ${channels} channels, in pixel units 0…255`);
  }
  if (name === 'std' && values.includes(0)) throw input.wrong(name, 'numbers other than 0: pixels are divided by them');
  return values;
}

function parseCrop(input: Fields): CropSpec {
  const crop = input.inner('crop', ['kind', 'template', 'scale', 'basis', 'upright', 'inside']);
  if (crop.oneOf('kind', ['template', 'box']) === 'template') {
    return { kind: 'template', template: crop.text('template') };
  }
  return {
    kind: 'box',
    scale: crop.positive('scale'),
    basis: crop.oneOf('basis', ['height', 'width', 'long', 'short']),
    ...(crop.has('upright') ? { upright: crop.flag('upright') } : {}),
    ...(crop.has('inside') ? { inside: crop.flag('inside') } : {}),
  };
}

function parseOutputs(entry: Fields): Readonly<Record<string, string>> {
  const outputs = entry.object('outputs');
  for (const [name, tensor] of Object.entries(outputs)) {
    if (typeof tensor !== 'string' || tensor === '') {
      throw entry.wrong('outputs', `a map from the decoder's names to tensor names, also at "${name}"`);
    }
  }
  if (Object.keys(outputs).length === 0) throw entry.wrong('outputs', 'a map with at least one output');
  return outputs as Readonly<Record<string, string>>;
}

function parsePreset(value: unknown, path: string, where: string): EmbeddingPreset {
  const preset = new Fields(value, path, where, ['id', 'version', 'parts', 'align', 'calibration']);
  const align = preset.has('align') ? preset.text('align') : undefined;
  if (align !== undefined && align !== 'network' && align !== 'joined')
    throw preset.wrong('align', '"network" or "joined"');
  const parts = preset.list('parts').map((part, i): EmbeddingPart => {
    const fields = new Fields(part, `${path}.parts[${i}]`, where, ['model', 'weight', 'flip', 'centre']);
    return {
      model: fields.text('model'),
      weight: fields.has('weight') ? fields.positive('weight') : 1,
      ...(fields.has('flip') ? { flip: fields.flag('flip') } : {}),
      ...(fields.has('centre') ? { centre: fields.numbers('centre') } : {}),
    };
  });
  if (parts.length === 0) throw preset.wrong('parts', 'a list with at least one model');
  return {
    id: preset.text('id'),
    version: preset.has('version') ? preset.text('version') : '1',
    parts,
    ...(align && { align }),
    ...(preset.has('calibration')
      ? { calibration: parseCalibration(preset.raw('calibration'), `${path}.calibration`, where) }
      : {}),
  };
}

/**
 * Checks a calibration, as `vultus calibrate` writes it.
 * @param path of it within the file, for errors
 * @param where the file
 * @throws VultusError `MODEL_INVALID` naming the field
 */
export function parseCalibration(value: unknown, path: string, where: string): Calibration {
  const fields = ['version', 'measuredOn', 'contract', 'logistic', 'thresholds', 'defaultFmr'];
  const calibration = new Fields(value, path, where, fields);
  const numbers = ['min', 'max', 'middle', 'threshold', 'steepness'] as const;
  const logistic = calibration.inner('logistic', numbers);
  for (const name of numbers) {
    if (!Number.isFinite(logistic.raw(name))) throw logistic.wrong(name, 'a number');
  }
  const thresholds = calibration.object('thresholds');
  for (const rate of Object.keys(thresholds)) {
    const at = new Fields(thresholds[rate], `${path}.thresholds.${rate}`, where, ['threshold', 'tar', 'extrapolated']);
    if (!Number.isFinite(at.raw('threshold'))) throw at.wrong('threshold', 'a number');
    if (!(Number(rate) > 0 && Number(rate) < 1)) throw calibration.wrong('thresholds', 'a map from rates like 1e-4');
  }
  const defaultFmr = calibration.text('defaultFmr');
  if (!Object.hasOwn(thresholds, defaultFmr)) {
    throw calibration.wrong('defaultFmr', `a key of thresholds (${Object.keys(thresholds).join(', ')})`);
  }
  return value as Calibration;
}
