/** What is drawn of whole pictures: skeletons and boxes of things. */

import { type Body, type Box, bones, type Joint, type Point, type SceneObject } from 'vultus';
import type { DrawnFace } from './drawn.ts';
import { boxSvg } from './face-parts.ts';
import { dotSvg, rimmedSvg, through, within } from './svg.ts';

/** Joints below this score are hidden or guessed and are not drawn. */
const seenScore = 0.3;

/** The side of a bone as the person has it. */
const sides = { left: '#38bdf8', right: '#fb923c', middle: '#e2e8f0' } as const;

/** Nose, eyes and ears. */
const headJoints = 5;

/**
 * One skeleton; `stroke` is the width of boxes' lines. The joints of a head are left out where its face is drawn: that
 * shows them better.
 */
export function bodySvg({ joints, box }: Body, stroke: number, faces: readonly DrawnFace[] = []): string {
  const width = within(box.height * 0.008, stroke * 0.7, stroke * 1.6);
  const hasFace = faces.some((face) => holds(face.box, joints[0]));
  const seen = (index: number): Joint | undefined => {
    const joint = joints[index];
    if (hasFace && index < headJoints) return undefined;
    return joint !== undefined && joint.score >= seenScore ? joint : undefined;
  };
  const lines = bones.map(([from, to]) => {
    const [a, b] = [seen(from), seen(to)];
    return a && b ? rimmedSvg(through([a, b]), { colour: sides[sideOf(a, b)], width }) : '';
  });
  const dots = joints.map((joint, index) =>
    seen(index) ? dotSvg(joint, width * (index < headJoints ? 0.9 : 1.3), sides[sideOf(joint, joint)]) : '',
  );
  return lines.join('') + dots.join('');
}

function holds({ x, y, width, height }: Box, point: Point | undefined): boolean {
  return point !== undefined && point.x >= x && point.x <= x + width && point.y >= y && point.y <= y + height;
}

function sideOf(a: Joint, b: Joint): keyof typeof sides {
  if (a.name.startsWith('left') && b.name.startsWith('left')) return 'left';
  if (a.name.startsWith('right') && b.name.startsWith('right')) return 'right';
  return 'middle';
}

/** The dashed box of a thing. */
export function objectSvg({ box }: Pick<SceneObject, 'box'>, colour: string, stroke: number): string {
  return boxSvg(box, { colour, stroke: stroke * 0.8, dash: stroke * 4 });
}
