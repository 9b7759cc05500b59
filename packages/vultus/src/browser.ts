/** The browser entry of the SDK. */

export * from './errors.ts';
export * from './face/face.ts';
export * from './face/faceprint.ts';
export * from './face/faceprint-codec.ts';
export * from './face/geometry.ts';
export * from './face/probability.ts';
export { type Calibration, defaultThreshold } from './gallery/calibration.ts';
export type { Collection } from './gallery/collection.ts';
export { Gallery, type GalleryOptions, type OpenCollectionOptions } from './gallery/gallery.ts';
export type {
  CollectionHeader,
  CollectionStats,
  GalleryStore,
  StoredRow,
} from './gallery/store.ts';
export type * from './gallery/types.ts';
export type * from './image/image.ts';
export { type Catalog, type CatalogSource, type LicencePolicy, openCatalog } from './model/catalog.ts';
export { checkSession } from './model/check-session.ts';
export { webSources } from './model/files-web.ts';
export type * from './model/manifest.ts';
export { parseManifest } from './model/parse.ts';
export type * from './runtime/backend.ts';
export { type BatchOptions, runBatched } from './runtime/batch.ts';
export { openWebBackend, type WebBackendOptions } from './runtime/onnx-web.ts';
export { type ModelReader, SessionPool } from './runtime/sessions.ts';
export type * from './runtime/tensor.ts';
