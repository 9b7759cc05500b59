/** Template quality: how much a faceprint of this face will be worth, predicted from the face alone. */

import type { Cover } from './cover.ts';
import { sigmoid } from './outputs.ts';
import type { ValueTask } from './task.ts';

/** How useful the faceprint of a face will be. */
export interface TemplateQuality {
  /**
   * 0 useless … 1 as good as they come: the share of LFW's faces (press photographs) that are worse. Sort by it, keep the
   * best picture of a person, refuse the worst; see `docs/quality.md` for what that saves.
   */
  readonly score: number;
}

/** The logistic that maps the vector's length to the share of LFW's faces with a shorter one. */
const placed = { middle: 70.5, width: 5 } as const;

/** The `templateQuality` task. */
export const templateQualityTask: ValueTask<'templateQuality', TemplateQuality> = {
  name: 'templateQuality',
  needs: ['cover.network'],
  read: ({ values }) => {
    const { strength } = values['cover.network'] as Cover;
    return { score: sigmoid((strength - placed.middle) / placed.width) };
  },
};
