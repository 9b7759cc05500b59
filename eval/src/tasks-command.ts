/** What `vultus eval tasks` runs: every task on labelled pictures; figures and a table out. */

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Engine, VultusError } from 'vultus';
import { measureGlasses, measureMask, measureOcclusion } from './task-cover-measures.ts';
import { measureEyes } from './task-eye-measures.ts';
import { type MeasureRun, measureEmotion, measureLandmarks, measurePeople, measurePose } from './task-face-measures.ts';
import { withPeer } from './task-peer.ts';
import type { TaskFigure, TaskReport } from './task-report.ts';
import { measureLiveness, measureOrientation, measureQuality, measureScene } from './task-scene-measures.ts';

/** Options of {@link tasksCommand}. */
export interface TasksCommandOptions {
  /** The folder of the data; see `docs/accuracy.md` for what lies in it. */
  readonly data: string;
  /** Names among {@link taskMeasures}; default all. */
  readonly only?: readonly string[];
  /** Most pictures per set; default 840. */
  readonly limit?: number;
  readonly onProgress?: (measure: string) => void;
}

interface Measure {
  readonly needs: readonly string[];
  readonly run: (run: MeasureRun) => Promise<TaskFigure[]>;
}

const measures: Readonly<Record<string, Measure>> = {
  landmarks: { needs: ['landmarks', 'detection/dlib', 'detection/wider'], run: measureLandmarks },
  pose: { needs: ['headpose/aflw2000_16'], run: measurePose },
  eyes: { needs: ['eyes/yalefaces', 'eyes/cew24', 'eyes/cew-train', 'eyes/color'], run: measureEyes },
  people: { needs: ['attributes/fairface'], run: measurePeople },
  emotion: { needs: ['emotion/fer2013-train'], run: measureEmotion },
  mask: { needs: ['mask', 'detection/facemask'], run: measureMask },
  glasses: { needs: ['glasses'], run: measureGlasses },
  occlusion: { needs: ['attributes/fairface'], run: measureOcclusion },
  quality: { needs: ['verification/lfw'], run: measureQuality },
  liveness: { needs: ['antispoof', 'video', 'verification/lfw'], run: measureLiveness },
  orientation: { needs: ['verification/lfw', 'detection/wider'], run: measureOrientation },
  scene: { needs: ['detection/dlib'], run: measureScene },
};

/** Names of what can be measured. */
export const taskMeasures: readonly string[] = Object.keys(measures);

/** Measures tasks on the data that are there; what is missing is named, not failed. @throws VultusError `INVALID_ARGUMENT` */
export async function tasksCommand(
  engine: Engine,
  { data, only = taskMeasures, limit = 840, onProgress }: TasksCommandOptions,
): Promise<TaskReport> {
  const figures: TaskFigure[] = [];
  const missing: string[] = [];
  const run: MeasureRun = { engine, data, limit, open: (file) => engine.picture(file) };
  for (const name of only) {
    const measure = measures[name];
    if (measure === undefined) {
      throw new VultusError('INVALID_ARGUMENT', `Expected measures among ${taskMeasures.join(', ')}; got "${name}"`);
    }
    const absent = measure.needs.filter((folder) => !existsSync(join(data, folder)));
    missing.push(...absent);
    if (absent.length > 0) continue;
    onProgress?.(name);
    figures.push(...(await measure.run(run)));
  }
  return { figures: withPeer(figures), missing: [...new Set(missing)] };
}
