/** Makes a detector out of a model's manifest entry: fit, run, decode, map back, suppress. */

import { throwIfAborted, VultusError } from '../errors.ts';
import type { Detection } from '../face/face.ts';
import type { Image } from '../image/image.ts';
import { resizeInTurns } from '../image/resize.ts';
import { imagesToTensor } from '../image/tensor.ts';
import { nextTurn } from '../image/turns.ts';
import type { DetectorFamily, ModelEntry } from '../model/manifest.ts';
import type { Session } from '../runtime/backend.ts';
import { BufferStore } from '../runtime/buffers.ts';
import { blazeface } from './blazeface.ts';
import type { Detector, DetectorPass } from './detector.ts';
import { type Family, invalid } from './family.ts';
import { freeInputSize, scaledSize, sizeStep, unletterbox } from './letterbox.ts';
import { suppressOverlaps } from './nms.ts';
import { retinaface } from './retinaface.ts';
import { scrfd } from './scrfd.ts';
import { ultraface } from './ultraface.ts';
import { yunet } from './yunet.ts';

const families: Readonly<Record<DetectorFamily, Family>> = { ultraface, retinaface, blazeface, yunet, scrfd };

/** Below this, a threshold would let every cell of the network through. */
const lowestThreshold = 0.02;

/**
 * A detector for any of the families. A manifest entry with `input.multipleOf` has a network of free size; one without
 * takes exactly `input.width` × `input.height`, into which pictures are letterboxed.
 * @param session opens the model on the first call
 * @throws VultusError `MODEL_INVALID` for an unknown family or parameters that do not fit it
 */
export function createDetector(entry: ModelEntry, session: () => Promise<Session>): Detector {
  const family = Object.hasOwn(families, entry.family) ? families[entry.family as DetectorFamily] : undefined;
  if (!family) throw invalid(entry, `expected one of the families ${Object.keys(families).join(', ')}`);
  const decode = family(entry);
  const { input } = entry;
  const free = input.multipleOf !== undefined;
  const fill = Math.round(input.mean.reduce((sum, value) => sum + value, 0) / input.mean.length);
  const threshold = entry.params?.scoreThreshold;
  const buffers = new BufferStore(spareBytes);
  return {
    id: entry.id,
    inputSizes: free ? 'any' : [Math.max(input.width, input.height)],
    defaultScoreThreshold: typeof threshold === 'number' ? threshold : 0.5,
    async detect(image, pass) {
      checkPass(pass);
      const size = free ? freeInputSize(image, pass.inputSize) : { width: input.width, height: input.height };
      const scaled = free ? scaledSize(image, pass.inputSize) : fitInside(image, size);
      const boxed = { scaleX: scaled.width / image.width, scaleY: scaled.height / image.height };
      const small = await resizeInTurns(image, scaled.width, scaled.height);
      const opened = await session();
      await nextTurn();
      throwIfAborted(pass.signal);
      const tensor = imagesToTensor([small], input, { frame: { ...size, fill }, allocate: (n) => floats(buffers, n) });
      const outputs = await opened.run({ [input.name]: tensor }, { signal: pass.signal });
      // Only of a run that ended well is it certain that nobody reads its input any more.
      buffers.give(tensor.data.buffer as ArrayBuffer);
      await nextTurn();
      const found = decode(outputs, size, Math.max(lowestThreshold, pass.scoreThreshold));
      const placed = found.flatMap((detection): Detection[] => {
        const mapped = sound(detection) ? unletterbox(detection, boxed, image) : undefined;
        return mapped ? [mapped] : [];
      });
      return suppressOverlaps(placed, pass.nmsThreshold);
    },
    async close() {
      await (await session()).close();
    },
  };
}

/** Inputs of a detector are large and come in a few sizes: used again, they cost no fresh pages and leave no garbage. */
const spareBytes = 8_000_000;

function floats(buffers: BufferStore, length: number): Float32Array {
  return new Float32Array(buffers.take(length * Float32Array.BYTES_PER_ELEMENT));
}

function fitInside(image: Image, size: { width: number; height: number }): { width: number; height: number } {
  const factor = Math.min(size.width / image.width, size.height / image.height);
  return {
    width: Math.min(size.width, Math.max(1, Math.round(image.width * factor))),
    height: Math.min(size.height, Math.max(1, Math.round(image.height * factor))),
  };
}

/** A network may answer anything; boxes that are no boxes stop here. */
function sound({ box, score }: Detection): boolean {
  return (
    score <= 1 && Number.isFinite(box.x + box.y) && box.width > 0 && box.height > 0 && box.width * box.height < 1e12
  );
}

function checkPass(pass: DetectorPass): void {
  const { inputSize, scoreThreshold, nmsThreshold } = pass;
  if (!(Number.isInteger(inputSize) && inputSize >= sizeStep && inputSize <= 8192 && inputSize % sizeStep === 0)) {
    throw new VultusError(
      'INVALID_ARGUMENT',
      `inputSize: expected a multiple of ${sizeStep} from ${sizeStep} to 8192, got ${inputSize}`,
    );
  }
  for (const [name, value] of Object.entries({ scoreThreshold, nmsThreshold })) {
    if (!(value >= 0 && value <= 1)) {
      throw new VultusError('INVALID_ARGUMENT', `${name}: expected a number from 0 to 1, got ${value}`);
    }
  }
}
