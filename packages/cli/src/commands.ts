/** The commands. To add one: write `commands/<name>.ts`, add its line here. */

import type { CliCommand } from './command.ts';

/** Loads each command when it is called or its help is printed, so that a start costs one small file. */
export const commands: Readonly<Record<string, () => Promise<{ readonly command: CliCommand }>>> = {
  detect: () => import('./commands/detect.ts'),
  analyze: () => import('./commands/analyze.ts'),
  compare: () => import('./commands/compare.ts'),
  enroll: () => import('./commands/enroll.ts'),
  identify: () => import('./commands/identify.ts'),
  verify: () => import('./commands/verify.ts'),
  gallery: () => import('./commands/gallery.ts'),
  watch: () => import('./commands/watch.ts'),
  camera: () => import('./commands/camera.ts'),
  worker: () => import('./commands/worker.ts'),
  events: () => import('./commands/events.ts'),
  models: () => import('./commands/models.ts'),
  doctor: () => import('./commands/doctor.ts'),
  eval: () => import('./commands/eval.ts'),
  calibrate: () => import('./commands/calibrate.ts'),
};
