/** Where labels go: near their boxes, inside the picture, never on each other. */

import { type Box, intersectionArea, type Point } from 'vultus';

/** What to place. */
export interface LabelRequest {
  /** The box that the label belongs to. */
  readonly box: Box;
  readonly width: number;
  readonly height: number;
  /** The box is large and mostly background: labels may lie in it. */
  readonly roomy?: boolean | undefined;
}

/** Where labels may go. */
export interface LabelSpace {
  readonly width: number;
  readonly height: number;
  /** Distance between a box and its label. */
  readonly gap: number;
}

/** Rings of places that are tried further and further round a box, and places on each. */
const rings = 14;
const spokes = 16;

/**
 * A rectangle for each request, in their order, all inside the space and none on another; `undefined` where no place near
 * the box is left. Larger boxes choose first; each label takes the free place that hides least, those first in the list of
 * preferences before others.
 */
export function placeLabels(requests: readonly LabelRequest[], space: LabelSpace): (Box | undefined)[] {
  const placed: Box[] = [];
  const boxes = requests.map(({ box }) => box);
  const solid = requests.filter(({ roomy }) => !roomy).map(({ box }) => box);
  const order = requests.map((_, index) => index).sort((a, b) => area(boxes[b]) - area(boxes[a]));
  const answer: (Box | undefined)[] = requests.map(() => undefined);
  for (const index of order) {
    const request = requests[index] as LabelRequest;
    const best =
      cheapest([...places(request, space)], request, { placed, solid }) ?? further(request, space, { placed, solid });
    if (best === undefined) continue;
    placed.push(best);
    answer[index] = best;
  }
  return answer;
}

interface Taken {
  readonly placed: readonly Box[];
  /** Boxes that labels should not hide. */
  readonly solid: readonly Box[];
}

function cheapest(candidates: readonly Box[], request: LabelRequest, { placed, solid }: Taken): Box | undefined {
  let best: Box | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (const [rank, place] of candidates.entries()) {
    if (placed.some((label) => intersectionArea(place, label) > 0)) continue;
    const cost = costOf(place, request, solid) + rank * 0.004;
    if (cost < least) {
      least = cost;
      best = place;
    }
  }
  return best;
}

/** The free place of the nearest ring that has one. */
function further(request: LabelRequest, space: LabelSpace, taken: Taken): Box | undefined {
  const { box, width, height } = request;
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
  for (let ring = 1; ring <= rings; ring++) {
    const [reachX, reachY] = [box.width / 2 + ring * width * 0.6, box.height / 2 + ring * (height + space.gap)];
    const candidates = Array.from({ length: spokes }, (_, spoke): Box => {
      const angle = ((spoke - spokes / 4) * 2 * Math.PI) / spokes;
      const left = x + Math.cos(angle) * reachX - width / 2;
      const top = y + Math.sin(angle) * reachY - height / 2;
      return { x: clamp(left, space.width - width), y: clamp(top, space.height - height), width, height };
    });
    const best = cheapest(candidates, request, taken);
    if (best !== undefined) return best;
  }
  return undefined;
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
function costOf(place: Box, request: LabelRequest, solid: readonly Box[]): number {
  const own = area(place);
  let cost = 0;
  for (const box of solid) {
    const share = intersectionArea(place, box) / own;
    // A label on its own face hides what it names; on another's it also misleads.
    cost += share * (box === request.box ? 1 : 3);
  }
  return cost;
}

/** From a label that had to go further away to its box: where the line between them begins and ends; none when it is near. */
export function leader(label: Box, box: Box, gap: number): readonly [from: Point, to: Point] | undefined {
  const nearest = (value: number, from: number, to: number) => Math.max(from, Math.min(value, to));
  const [x, y] = [label.x + label.width / 2, label.y + label.height / 2];
  const to = { x: nearest(x, box.x, box.x + box.width), y: nearest(y, box.y, box.y + box.height) };
  const from = { x: nearest(to.x, label.x, label.x + label.width), y: nearest(to.y, label.y, label.y + label.height) };
  return Math.hypot(from.x - to.x, from.y - to.y) > 2.5 * gap ? [from, to] : undefined;
}

function clamp(value: number, most: number): number {
  return Math.max(0, Math.min(value, most));
}

function area(box: Box | undefined): number {
  return box === undefined ? 0 : box.width * box.height;
}
