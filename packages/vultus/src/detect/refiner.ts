/** A second opinion on candidates: a network that sees one crop, says how much of a face it is and moves its box. */

import { throwIfAborted } from '../errors.ts';
import type { Detection } from '../face/face.ts';
import type { Box } from '../face/geometry.ts';
import type { Image } from '../image/image.ts';
import { imagesToTensor } from '../image/tensor.ts';
import { nextTurn } from '../image/turns.ts';
import { warpInTurns } from '../image/warp.ts';
import type { ModelEntry } from '../model/manifest.ts';
import type { Session } from '../runtime/backend.ts';
import { runBatched } from '../runtime/batch.ts';
import { floatOutput, invalid } from './family.ts';

/** Looks at boxes of a picture once more. Stateless. */
export interface Refiner {
  /** Manifest id. */
  readonly id: string;
  /** For each box, in order, the face that the network sees in the square round it, in pixels of `image`, unclipped. */
  refine(image: Image, boxes: readonly Box[], signal?: AbortSignal): Promise<Detection[]>;
}

/** Crops of one run: enough for a crowd to be worth a batch, little enough memory. */
const cropsPerRun = 64;

/**
 * A refiner of the family `mtcnn`: outputs `scores` N×2 (column 1 is "face") and
 * `boxes` N×4 (how far the left, top, right and bottom edge move, in sides of the crop).
 * @param session opens the model on the first call
 * @throws VultusError `MODEL_INVALID` for another family or a crop that is not square
 */
export function createRefiner(entry: ModelEntry, session: () => Promise<Session>): Refiner {
  const { input } = entry;
  if (entry.family !== 'mtcnn') throw invalid(entry, 'expected the family mtcnn');
  if (input.width !== input.height) throw invalid(entry, 'expected a square input');
  return {
    id: entry.id,
    async refine(image, boxes, signal) {
      if (boxes.length === 0) return [];
      const squares = boxes.map(squareRound);
      const crops: Image[] = [];
      for (const { x, y, side } of squares) {
        const step = side / input.width;
        crops.push(await warpInTurns(image, [step, 0, x, 0, step, y], input.width, input.height));
      }
      const opened = await session();
      await nextTurn();
      throwIfAborted(signal);
      const feeds = { [input.name]: imagesToTensor(crops, input) };
      const outputs = await runBatched(opened, feeds, { maxBatch: cropsPerRun, signal });
      const scores = floatOutput(entry, outputs, 'scores', boxes.length * 2);
      const moves = floatOutput(entry, outputs, 'boxes', boxes.length * 4);
      return squares.map((square, i) => ({
        box: movedBox(square, moves.subarray(i * 4, i * 4 + 4)),
        score: scores[i * 2 + 1] ?? 0,
      }));
    },
  };
}

interface Square {
  readonly x: number;
  readonly y: number;
  readonly side: number;
}

/** The square of a box's long side round its centre. */
function squareRound({ x, y, width, height }: Box): Square {
  const side = Math.max(width, height, 1);
  return { x: x + (width - side) / 2, y: y + (height - side) / 2, side };
}

function movedBox({ x, y, side }: Square, moves: Float32Array): Box {
  const [left = 0, top = 0, right = 0, bottom = 0] = moves;
  return {
    x: x + left * side,
    y: y + top * side,
    width: Math.max(1, (1 + right - left) * side),
    height: Math.max(1, (1 + bottom - top) * side),
  };
}
