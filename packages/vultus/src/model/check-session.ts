/** Holds an opened model against its manifest entry, so that a wrong entry is told before the first picture. */

import { VultusError } from '../errors.ts';
import type { Session, ValueInfo } from '../runtime/backend.ts';
import type { ModelEntry } from './manifest.ts';
import { nearestName } from './nearest.ts';

/**
 * Checks tensor names, the number of channels in the place the layout says, and fixed sizes.
 * @throws VultusError `MODEL_INVALID` naming the model, the field and what the file has
 */
export function checkSession(entry: ModelEntry, session: Pick<Session, 'inputs' | 'outputs'>): void {
  const input = findTensor(entry, 'input.name', entry.input.name, session.inputs);
  for (const [role, name] of Object.entries(entry.outputs)) {
    findTensor(entry, `outputs.${role}`, name, session.outputs);
  }
  checkShape(entry, input);
}

function findTensor(entry: ModelEntry, field: string, name: string, tensors: readonly ValueInfo[]): ValueInfo {
  const found = tensors.find((tensor) => tensor.name === name);
  if (found) return found;
  const names = tensors.map((tensor) => tensor.name);
  const meant = nearestName(name, names);
  throw invalid(
    entry,
    `Expected ${field} of model "${entry.id}" to be a tensor of ${entry.file} (${names.join(', ')}), got "${name}"${meant ? `; did you mean "${meant}"?` : ''}`,
  );
}

function checkShape(entry: ModelEntry, tensor: ValueInfo): void {
  const { layout, channels, width, height, multipleOf } = entry.input;
  const depth = channels === 'gray' ? 1 : 3;
  const wanted = layout === 'NCHW' ? [depth, height, width] : [height, width, depth];
  const shape = tensor.dims.join('×');
  if (tensor.dims.length !== 4) {
    throw invalid(entry, `Expected input "${tensor.name}" of ${entry.file} with four dimensions, got ${shape}`);
  }
  for (const [i, want] of wanted.entries()) {
    const got = tensor.dims[i + 1];
    if (typeof got !== 'number' || got < 0 || got === want) continue;
    throw invalid(
      entry,
      `Expected input "${tensor.name}" of ${entry.file} to take N×${wanted.join('×')} (${layout}, ${channels}, ${width}×${height}) as model "${entry.id}" says, got ${shape}. Mend layout, channels, width or height of the entry`,
    );
  }
  const free = tensor.dims.slice(1).some((dim) => typeof dim === 'string' || dim < 0);
  if (multipleOf !== undefined && !free) {
    throw invalid(
      entry,
      `Expected input "${tensor.name}" of ${entry.file} with free width and height, as multipleOf of model "${entry.id}" says, got ${shape}. Leave multipleOf out`,
    );
  }
}

function invalid(entry: ModelEntry, message: string): VultusError {
  return new VultusError('MODEL_INVALID', message, { details: { model: entry.id, file: entry.file } });
}
