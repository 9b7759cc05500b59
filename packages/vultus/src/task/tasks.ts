/** The tasks at hand: the one list to extend when a task is added. */

import type { FivePoints } from '../face/face.ts';
import type { Faceprint } from '../face/faceprint.ts';
import type { Point } from '../face/geometry.ts';
import { type Age, ageTask } from './age.ts';
import { coverTask } from './cover.ts';
import { type Emotion, emotionFirstTask, emotionSecondTask, emotionTask } from './emotion.ts';
import { type Ethnicity, ethnicityTask } from './ethnicity.ts';
import { type Eyes, eyesNetworkTask, eyesTask } from './eyes.ts';
import { landmarksTask } from './five-points.ts';
import { type Gaze, gazeTask } from './gaze.ts';
import { type Gender, genderTask } from './gender.ts';
import { type Glasses, glassesTask } from './glasses.ts';
import { type Mask, maskTask } from './mask.ts';
import type { Measured } from './measured.ts';
import type { FaceMesh } from './mesh.ts';
import { meshTasks } from './mesh-look.ts';
import { points68Task, points98Task, points106Task, type SchemePoints } from './mesh-points.ts';
import { type Mouth, mouthTask } from './mouth.ts';
import { type Occlusion, occlusionTask } from './occlusion.ts';
import { personSecondTask, personTask } from './person.ts';
import { type HeadPose, poseNetworkTask, poseTask } from './pose.ts';
import { type Quality, qualityTask } from './quality.ts';
import { livenessTask, type SilentLiveness } from './spoof.ts';
import type { Task } from './task.ts';
import { type TemplateQuality, templateQualityTask } from './template-quality.ts';

/** What each task puts on a face, under the task's name. */
export interface TaskValues {
  /** The faceprint of the engine's preset. */
  readonly embed: Faceprint;
  /** 68 points in dlib's order; see `FaceLandmarks.points`. */
  readonly points: readonly Point[];
  /** The five points at their best, in place of those of alignment. */
  readonly landmarks: FivePoints;
  readonly mesh: FaceMesh;
  readonly points68: SchemePoints;
  readonly points98: SchemePoints;
  readonly points106: SchemePoints;
  readonly pose: HeadPose;
  readonly eyes: Measured<Eyes>;
  readonly mouth: Measured<Mouth>;
  readonly gaze: Measured<Gaze>;
  readonly age: Age;
  readonly gender: Gender;
  readonly ethnicity: Ethnicity;
  readonly emotion: Emotion;
  readonly mask: Mask;
  readonly glasses: Glasses;
  readonly occlusion: Occlusion;
  readonly quality: Quality;
  readonly templateQuality: TemplateQuality;
  readonly liveness: SilentLiveness;
}

/** The name of a task. */
export type TaskName = keyof TaskValues & string;

/** All tasks but `embed` and `points`, which are built in, because other tasks stand on them. */
export const modelTasks: readonly Task[] = [
  ...meshTasks,
  landmarksTask,
  points68Task,
  points98Task,
  points106Task,
  poseNetworkTask,
  poseTask,
  eyesNetworkTask,
  eyesTask,
  mouthTask,
  gazeTask,
  personTask,
  personSecondTask,
  ageTask,
  genderTask,
  ethnicityTask,
  emotionFirstTask,
  emotionSecondTask,
  emotionTask,
  coverTask,
  maskTask,
  glassesTask,
  occlusionTask,
  qualityTask,
  templateQualityTask,
  livenessTask,
];

/** All names that `analyze` takes. */
export const taskNames: readonly TaskName[] = [
  'points',
  'embed',
  ...modelTasks.map(({ name }) => name as TaskName).filter((name) => !name.includes('.')),
];

/** What `analyze` reads when it is not told: enough to recognise, cheap. */
export const defaultTaskNames: readonly TaskName[] = ['points', 'embed'];
