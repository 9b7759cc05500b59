/** Accuracy of the SDK, measured. */

export {
  type DetectionEvaluation,
  type DetectionReport,
  evaluateDetection,
  judgeDetections,
} from './detection.ts';
export {
  type DetectionCommandOptions,
  type DetectionEngine,
  detectionCommand,
  detectionTable,
} from './detection-command.ts';
export { type AnnotatedFace, type DetectionTruth, parseDetectionTruth, readDetectionTruth } from './detection-truth.ts';
