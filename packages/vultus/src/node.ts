/** The Node entry of the SDK. */

import { readFile } from 'node:fs/promises';
import { Engine, type Platform, type VultusOptions } from './engine.ts';
import { openPicture } from './image/open-node.ts';
import { openCatalog } from './model/catalog.ts';
import { nodeSources } from './model/files-node.ts';
import { openNodeBackend } from './runtime/onnx-node.ts';

/** What Node brings to an engine. Replace a part, such as the backend, and open one with `Engine.open(platform, options)`. */
export const nodePlatform: Platform = {
  openPicture,
  openBackend: openNodeBackend,
  openCatalog: async (manifests, licences) => openCatalog(await nodeSources({ manifests }), { licences }),
  readText: (path) => readFile(path, 'utf8'),
};

/** An open engine; see {@link Engine}. */
export type Vultus = Engine;

/**
 * The way in.
 * @example
 * await using vultus = await Vultus.open();
 * const faces = await vultus.analyze('photo.jpg');
 */
export const Vultus = {
  /** Opens an engine; models open on first use. @throws VultusError `MODEL_NOT_FOUND`, `DEVICE_UNAVAILABLE`, … */
  open: (options: VultusOptions = {}): Promise<Engine> => Engine.open(nodePlatform, options),
};

export * from './common.ts';
export { openHnswIndex } from './gallery/hnsw/hnsw-node.ts';
export { encodeImage } from './image/encode-node.ts';
export { type OpenOptions, openPicture } from './image/open-node.ts';
export { manifestFile, type NodeModelFiles, nodeSources, shippedModels } from './model/files-node.ts';
export { type DoctorFeature, type DoctorOptions, type DoctorRow, probeDevices } from './runtime/doctor.ts';
export { type NodeBackendOptions, openNodeBackend } from './runtime/onnx-node.ts';
export type { Webcam } from './video/arguments-node.ts';
export { type CameraOptions, type CameraReport, publishFrames } from './video/camera-node.ts';
export { openVideo, type VideoOptions, type VideoSource } from './video/open-node.ts';
export { openEventStore, openFrameQueue } from './video/open-queue-node.ts';
export type { QueueEvent, RabbitOptions } from './video/rabbit-node.ts';
export { runWorker, type WorkerOptions } from './video/worker-node.ts';
export { openVideoWriter, type VideoWriter } from './video/write-node.ts';
