/** What both entries export: everything that is the same in Node and in the browser. */

export { type AlignOptions, alignFace, cropPicture, modelCrop } from './align/align.ts';
export { type CropSize, type CropSubject, cropTransform, wholeFace } from './align/crop.ts';
export { arcfaceTemplate, templatePoints } from './align/template.ts';
export { createDetector } from './detect/create.ts';
export { defaultDetectors } from './detect/defaults.ts';
export type { Detector, DetectorPass } from './detect/detector.ts';
export { findFaces } from './detect/find.ts';
export type { DetectOptions } from './detect/options.ts';
export type { Refiner } from './detect/refiner.ts';
export {
  type AnalyzedFace,
  type AnalyzeOptions,
  type Comparison,
  Engine,
  type Platform,
  type VultusOptions,
} from './engine.ts';
export * from './errors.ts';
export * from './face/face.ts';
export * from './face/faceprint.ts';
export * from './face/faceprint-codec.ts';
export * from './face/geometry.ts';
export * from './face/probability.ts';
export { type AuditLine, type AuditOptions, auditSearch } from './gallery/audit.ts';
export { type Calibration as GalleryCalibration, defaultThreshold } from './gallery/calibration.ts';
export type { Collection } from './gallery/collection.ts';
export { Gallery, type GalleryOptions, type OpenCollectionOptions } from './gallery/gallery.ts';
export type { HnswSearch } from './gallery/hnsw/hnsw-messages.ts';
export type { FastSearch } from './gallery/index/bits.ts';
export { openScanIndex, type ScanIndexOptions } from './gallery/index/engine.ts';
export type { Hit, SearchRequest, VectorIndex } from './gallery/index/vector-index.ts';
export { type AnyCollection, type AnyGallery, openGallery } from './gallery/open-gallery.ts';
export { type RebuildOptions, type RebuildReport, rebuildCollection } from './gallery/rebuild.ts';
export type { RemoteCollection } from './gallery/remote/collection.ts';
export {
  type OpenRemoteCollectionOptions,
  RemoteGallery,
  type RemoteGalleryOptions,
} from './gallery/remote/gallery.ts';
export type { DescribedRow, NearestRequest, NearRow, RowPage, SearchStore } from './gallery/remote/search-store.ts';
export type {
  Change,
  ChangePage,
  CollectionHeader,
  CollectionStats,
  GalleryStore,
  StoredRow,
  Write,
} from './gallery/store.ts';
export { exportCollection, type ImportReport, importCollection } from './gallery/transfer.ts';
export type * from './gallery/types.ts';
export type { Affine } from './image/affine.ts';
export type { EncodedFormat, EncodeOptions } from './image/encode.ts';
export type * from './image/image.ts';
export { rawToImage, rotateImage } from './image/raw.ts';
export { cropImage, resizeImage } from './image/resize.ts';
export type { ImageSource } from './image/source.ts';
export { type ImageTensor, imagesToTensor, type PixelEncoding, type TensorOptions } from './image/tensor.ts';
export { type WarpOptions, warpAffine } from './image/warp.ts';
export {
  ActionDetector,
  type ActionEvidence,
  type ActionLimits,
  type ActionState,
  actionLimits,
  type FaceReading,
  type LivenessAction,
  livenessActions,
} from './liveness/actions.ts';
export {
  type ChallengeFrame,
  type ChallengeGuidance,
  type ChallengeOptions,
  type ChallengeReason,
  type ChallengeStatus,
  type ChallengeStep,
  type ChallengeVerdict,
  LivenessChallenge,
} from './liveness/challenge.ts';
export { EyeBaseline } from './liveness/eye-baseline.ts';
export { FaceActions, type FaceActionsOptions, type SeenAction, watchingLimits } from './liveness/face-actions.ts';
export {
  NearFarCheck,
  type NearFarFrame,
  type NearFarOptions,
  type NearFarStatus,
} from './liveness/near-far.ts';
export type { DeepPoint } from './liveness/near-far-fit.ts';
export { nearFarPoints, nearFarTasks } from './liveness/near-far-points.ts';
export { faceReading, type ReadableFace, readingTasks } from './liveness/reading.ts';
export {
  judgeLiveness,
  type LivenessFace,
  type LivenessLimits,
  type LivenessVerdict,
  livenessLimits,
} from './liveness/silent.ts';
export { type Catalog, type CatalogSource, type LicencePolicy, openCatalog } from './model/catalog.ts';
export { checkSession } from './model/check-session.ts';
export type * from './model/manifest.ts';
export { parseManifest } from './model/parse.ts';
export type * from './runtime/backend.ts';
export { type BatchOptions, runBatched } from './runtime/batch.ts';
export { openWebBackend, type WebBackendOptions } from './runtime/onnx-web.ts';
export { type ModelReader, SessionPool } from './runtime/sessions.ts';
export type * from './runtime/tensor.ts';
export { type Body, type BodyOptions, bones, type Joint, jointNames } from './scene/bodies.ts';
export { cocoClasses } from './scene/coco.data.ts';
export type { ObjectOptions, SceneObject } from './scene/objects.ts';
export type { Orientation, OrientationOptions } from './scene/orientation.ts';
export { type Age, type AgeBracket, ageBrackets } from './task/age.ts';
export {
  type ConditionCode,
  type ConditionedFace,
  conditionCodes,
  type FaceLimits,
  guidance,
  type Reason,
} from './task/conditions.ts';
export { coverView } from './task/cover.ts';
export { type Emotion, type EmotionLabel, emotions } from './task/emotion.ts';
export {
  type EnrollmentFace,
  type EnrollmentLimits,
  type EnrollmentVerdict,
  enrollmentLimits,
  judgeEnrollment,
} from './task/enrollment.ts';
export {
  type Ethnicity,
  type EthnicityGroup,
  type EthnicityLabel,
  ethnicities,
  ethnicityGroups,
} from './task/ethnicity.ts';
export type { EyeState, Eyes } from './task/eyes.ts';
export type { Gaze } from './task/gaze.ts';
export type { Gender } from './task/gender.ts';
export { type Glasses, type GlassesLabel, glassesLabels } from './task/glasses.ts';
export { type Mask, type MaskLabel, maskLabels } from './task/mask.ts';
export { isMeasured, type Measured, type NotMeasurable, type NotMeasurableReason } from './task/measured.ts';
export type { FaceMesh, MeshPoint } from './task/mesh.ts';
export type { SchemePoints } from './task/mesh-points.ts';
export type { Mouth } from './task/mouth.ts';
export { type Occlusion, type OcclusionPart, occlusionParts } from './task/occlusion.ts';
export { describePose, type HeadPose } from './task/pose.ts';
export type { Exposure, Quality, Sharpness } from './task/quality.ts';
export type { Angles, Matrix3, Vector3 } from './task/rotation.ts';
export { liveFrom, type SilentLiveness } from './task/spoof.ts';
export { defaultTaskNames, type TaskName, type TaskValues, taskNames } from './task/tasks.ts';
export type { TemplateQuality } from './task/template-quality.ts';
export { engineFinder, type FinderOptions, type TrackingEngine } from './track/engine-finder.ts';
export { type TraitEngine, type TraitReader, traitReader } from './track/engine-traits.ts';
export {
  type IdentitiesState,
  type IdentityCandidate,
  type IdentityOptions,
  type Sample,
  type TrackEvent,
  TrackIdentities,
  type TraitSample,
} from './track/identity.ts';
export type * from './track/track.ts';
export { Tracker, type TrackerState } from './track/tracker.ts';
export { type HalfLives, type SmoothedTrait, type Traits, traitHalfLives } from './track/traits.ts';
export type * from './video/events.ts';
export { decodeMessage, encodeMessage, type FrameMessage, type MessageHead, type SentFace } from './video/message.ts';
export { type PushOptions, PushVideo } from './video/push.ts';
export type { ConsumeOptions, Delivery, FrameQueue, ParkedMessage } from './video/queue.ts';
export { type MemoryQueueOptions, openMemoryQueue } from './video/queue-memory.ts';
export type * from './video/source.ts';
export { type WatchedFrame, watch } from './video/watch.ts';
export {
  type SeenFace,
  type WatchEngine,
  type Watched,
  Watcher,
  type WatcherState,
  type WatchOptions,
} from './video/watcher.ts';
