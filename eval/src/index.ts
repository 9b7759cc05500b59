/** Accuracy of the SDK, measured. */

export {
  calibrate,
  compareAll,
  fitLogistic,
  type LabelledPrint,
  type SimilaritySets,
} from './calibration.ts';
export { type Axis, type LineChart, lineChart, type Series, svgToPng } from './chart.ts';
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
export { type EmbeddingEngine, type EmbedFilesOptions, embedFiles } from './embeddings.ts';
export { type OpenEmbeddingEngine, openEmbeddingEngine } from './engine.ts';
export {
  accuracyAt,
  auc,
  bestThreshold,
  det,
  equalErrorRate,
  type RocPoint,
  roc,
  type ScoredPair,
  tarAtFar,
} from './metrics.ts';
export { type Pair, parsePairs } from './pairs.ts';
export { type RocRun, rocChart } from './roc-chart.ts';
export {
  evaluateVerification,
  measureVerification,
  type VerificationOptions,
  type VerificationResult,
} from './verification.ts';
export {
  type VerificationCommandOptions,
  verificationCommand,
  verificationTable,
} from './verification-command.ts';
export { type TaskFigure, type TaskReport, tasksTable } from './task-report.ts';
export { type TasksCommandOptions, taskMeasures, tasksCommand } from './tasks-command.ts';
