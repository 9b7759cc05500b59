/** Where labels go: near their boxes, inside the picture, clear of each other where there is room. */

import { type Box, intersectionArea } from 'vultus';

/** What to place. */
export interface LabelRequest {
  /** The box that the label belongs to. */
  readonly box: Box;
  readonly width: number;
  readonly height: number;
}

/** Where labels may go. */
export interface LabelSpace {
  readonly width: number;
  readonly height: number;
  /** Distance between a box and its label. */
  readonly gap: number;
}

/**
 * A rectangle for each request, in their order, all inside the space. Larger boxes choose first; each label takes the
 * first of its places that costs least, where a place on another label costs most, one on a face less, and one far
 * down the list of preferences a little.
 */
export function placeLabels(requests: readonly LabelRequest[], space: LabelSpace): Box[] {
  const placed: Box[] = [];
  const order = requests.map((_, index) => index).sort((a, b) => area(requests[b]?.box) - area(requests[a]?.box));
  const answer: Box[] = requests.map(() => ({ x: 0, y: 0, width: 0, height: 0 }));
  for (const index of order) {
    const request = requests[index] as LabelRequest;
    const boxes = requests.map(({ box }) => box);
    let best: Box | undefined;
    let least = Number.POSITIVE_INFINITY;
    for (const [rank, place] of [...places(request, space)].entries()) {
      const cost = costOf(place, request, placed, boxes) + rank * 0.004;
      if (cost < least) {
        least = cost;
        best = place;
      }
    }
    if (best === undefined) continue;
    placed.push(best);
    answer[index] = best;
  }
  return answer;
}

/** Places from the best down: above, below, beside, inside, then further up and down. */
function* places({ box, width, height }: LabelRequest, space: LabelSpace): Generator<Box> {
  const { gap } = space;
  const right = box.x + box.width - width;
  const centre = box.x + (box.width - width) / 2;
  const [above, below] = [box.y - gap - height, box.y + box.height + gap];
  const at = (x: number, y: number): Box => ({
    x: clamp(x, space.width - width),
    y: clamp(y, space.height - height),
    width,
    height,
  });
  for (const x of [box.x, centre, right]) yield at(x, above);
  for (const x of [box.x, centre, right]) yield at(x, below);
  for (const y of [box.y, box.y + box.height - height]) {
    yield at(box.x + box.width + gap, y);
    yield at(box.x - gap - width, y);
  }
  for (let step = 1; step <= 4; step++) {
    const shift = step * (height + gap);
    for (const x of [box.x, centre, right]) {
      yield at(x, above - shift);
      yield at(x, below + shift);
    }
  }
  yield at(box.x, box.y);
  yield at(box.x, box.y + box.height - height);
}

/** 0 for a place on nothing; shares are of the label's own area. */
function costOf(place: Box, request: LabelRequest, labels: readonly Box[], boxes: readonly Box[]): number {
  const own = area(place);
  let cost = 0;
  for (const label of labels) cost += (intersectionArea(place, label) / own) * 20;
  for (const box of boxes) {
    const share = intersectionArea(place, box) / own;
    // A label on its own face hides what it names; on another's it also misleads.
    cost += share * (box === request.box ? 1 : 3);
  }
  return cost;
}

function clamp(value: number, most: number): number {
  return Math.max(0, Math.min(value, most));
}

function area(box: Box | undefined): number {
  return box === undefined ? 0 : box.width * box.height;
}
