/** Accuracy of the SDK, measured. */

export {
  type ActionMarking,
  type ActionScore,
  type FrameSpan,
  judgeActions,
  type MarkedAction,
  type MarkedSpans,
  markedActions,
  type PackedReading,
  packReading,
  type RecordedReading,
  unpackReading,
} from './actions.ts';
export {
  type ActionsCommandOptions,
  type ActionsReport,
  actionsCommand,
  actionsTable,
  recordedActions,
} from './actions-command.ts';
export {
  type AlterableFace,
  type Alteration,
  type Factor,
  type FactorCheck,
  type FactorLevel,
  factors,
} from './alter.ts';
export { type BootstrapOptions, bootstrapPeople, type Interval } from './bootstrap.ts';
export {
  type CalibrateCommandOptions,
  type CalibrationReport,
  calibrateCommand,
  calibrateOn,
  calibrationTable,
  heldOutError,
} from './calibrate-command.ts';
export { bothKinds, calibrate, fitLogistic, type SimilaritySets } from './calibration.ts';
export { type Axis, type LineChart, lineChart, type Series } from './chart.ts';
export { compareRuns, comparisonTable, type PointComparison, type RunComparison } from './compare-runs.ts';
export { type Comparisons, compareEvery, comparePairs, everyPair, type LabelledPicture } from './comparisons.ts';
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
export { type Histogram, histogram, type Reliability, reliability, reliabilityOf } from './distribution.ts';
export { forPage, svgToPng } from './drawing.ts';
export {
  cachedEngine,
  defaultCacheFolder,
  type EmbeddingCache,
  type EmbeddingCacheOptions,
  embeddingCache,
  jsonCache,
  type PictureCache,
} from './embedding-cache.ts';
export { type EmbeddingEngine, type EmbedFilesOptions, embedFiles, embedOrSkip } from './embeddings.ts';
export { finderSettings, type OpenEmbeddingEngine, openEmbeddingEngine } from './engine.ts';
export {
  evaluateFactors,
  type FactorEngine,
  type FactorFigure,
  type FactorPair,
  type FactorResult,
  type FactorRow,
} from './factors.ts';
export {
  type FactorsCommandOptions,
  type FactorsReport,
  type FactorsSource,
  factorsCommand,
} from './factors-command.ts';
export { factorsReport, factorsTable } from './factors-report.ts';
export { type GridAxis, type GridCell, type GridItem, type GridResult, type GridSpec, gridStudy } from './grid.ts';
export { type GroupErrors, type GroupReport, groupErrors, type Labels, parseLabels, readLabels } from './groups.ts';
export { type HeatCell, type HeatMap, heatMap } from './heat-map.ts';
export {
  evaluateIdentification,
  type GalleryResult,
  type IdentificationOptions,
  type IdentificationResult,
  type OpenSetPoint,
} from './identification.ts';
export {
  type IdentificationCommandOptions,
  identificationCommand,
  identificationReport,
  identificationTable,
} from './identification-command.ts';
export {
  accuracyAt,
  auc,
  bestThreshold,
  det,
  equalErrorRate,
  type Roc,
  type RocPoint,
  roc,
  type ScoredPair,
  type ScoredPairs,
  scoredPairs,
  tarAtFar,
  thinRoc,
} from './metrics.ts';
export {
  type NearFarCommandOptions,
  type NearFarReport,
  type NearFarScore,
  type NearFarSession,
  nearFarCommand,
  nearFarTable,
} from './near-far-command.ts';
export { type NearFarShape, nearFarShapes } from './near-far-scene.ts';
export { paint } from './paint.ts';
export { type Pair, parsePairs } from './pairs.ts';
export { embedTree, type PictureSet, readExport } from './picture-sets.ts';
export { normal, seededRandom } from './random.ts';
export { type Report, type ReportSection, type ReportTable, reportHtml, writeReport } from './report.ts';
export { type RocRun, rocChart } from './roc-chart.ts';
export { skinColour } from './skin.ts';
export { files, readTable, spread } from './task-data.ts';
export { readCentre } from './task-faces.ts';
export { type TaskFigure, type TaskReport, tasksTable } from './task-report.ts';
export { type TasksCommandOptions, taskMeasures, tasksCommand } from './tasks-command.ts';
export {
  judgeSingle,
  judgeTracking,
  type MarkedPerson,
  type PersonReport,
  type SingleReport,
  type TrackedFrame,
  type TrackingScore,
  type TrackingTruth,
} from './tracking.ts';
export {
  type PackedDetections,
  type TrackingCommandOptions,
  type TrackingMarking,
  type TrackingReport,
  type TrackingWay,
  trackingCommand,
  trackingTable,
  trackingWays,
} from './tracking-command.ts';
export {
  type AngleCourse,
  type TurnsCommandOptions,
  type TurnsReport,
  turnsCommand,
  turnsTable,
} from './turns-command.ts';
export {
  evaluateVerification,
  type MeasureOptions,
  measureVerification,
  type OperatingPoint,
  type VerificationOptions,
  type VerificationResult,
} from './verification.ts';
export {
  type VerificationCommandOptions,
  type VerificationSource,
  verificationCommand,
  verificationTable,
} from './verification-command.ts';
export { verificationReport } from './verification-report.ts';
export {
  type DrawableFace,
  type FaceRegion,
  glassesShape,
  maskShape,
  randomGlasses,
  randomMask,
  randomOccluder,
} from './worn-styles.ts';
