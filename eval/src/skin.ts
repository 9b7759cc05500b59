/** The colour of a face's skin, for hands that are drawn before it. */

import type { Image, Point } from 'vultus';

/** The colour between nose and jaw, which is skin on most faces, as CSS; `points` are the 68. */
export function skinColour({ width, height, data }: Image, points: readonly Point[]): string {
  const [jaw, nose] = [points[3], points[31]];
  const within = (value: number, size: number) => Math.min(size - 1, Math.max(0, Math.round(value)));
  const x = within(((jaw?.x ?? 0) + (nose?.x ?? 0)) / 2, width);
  const y = within(((jaw?.y ?? 0) + (nose?.y ?? 0)) / 2, height);
  const at = (y * width + x) * 3;
  return `rgb(${data[at]},${data[at + 1]},${data[at + 2]})`;
}
