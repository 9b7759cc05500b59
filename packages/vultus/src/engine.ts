/** Puts the rooms together: one object that reads pictures and says who is on them. The file to read first. */

import { alignFace } from './align/align.ts';
import { createDetector } from './detect/create.ts';
import { defaultDetectors, defaultRefiner } from './detect/defaults.ts';
import type { Detector } from './detect/detector.ts';
import { findFaces } from './detect/find.ts';
import type { DetectOptions } from './detect/options.ts';
import { createRefiner, type Refiner } from './detect/refiner.ts';
import { VultusError } from './errors.ts';
import type { Detection, Face } from './face/face.ts';
import { type EmbeddingContract, type Faceprint, similarity } from './face/faceprint.ts';
import { mainFace } from './face/main-face.ts';
import { type ThresholdQuery, thresholdFor, toProbability } from './face/probability.ts';
import type { Calibration as GalleryCalibration } from './gallery/calibration.ts';
import type { Image, ImageLimits, Picture } from './image/image.ts';
import { largePicturePixels } from './image/picture.ts';
import type { ImageSource } from './image/source.ts';
import { judgeLiveness, type LivenessLimits, type LivenessVerdict } from './liveness/silent.ts';
import { readCalibration } from './model/calibration.ts';
import type { Catalog, LicencePolicy } from './model/catalog.ts';
import type { Calibration, ModelEntry } from './model/manifest.ts';
import type { Backend, Device, DeviceReport } from './runtime/backend.ts';
import { SessionPool } from './runtime/sessions.ts';
import { type Body, type BodyOptions, findBodies } from './scene/bodies.ts';
import { findObjects, type ObjectOptions, type SceneObject } from './scene/objects.ts';
import { type Orientation, type OrientationOptions, pictureOrientation } from './scene/orientation.ts';
import { conditionTasks } from './task/conditions.ts';
import { type Embedder, embedChips, openEmbedder } from './task/embed.ts';
import { type EnrollmentLimits, type EnrollmentVerdict, enrollmentTasks, judgeEnrollment } from './task/enrollment.ts';
import { readEyePatches } from './task/eye-patch.ts';
import type { EyeState } from './task/eyes.ts';
import { landmarkModel, type TaskHost } from './task/host.ts';
import { meshModel } from './task/mesh.ts';
import { runTasks } from './task/run.ts';
import { defaultTaskNames, modelTasks, type TaskName, type TaskValues } from './task/tasks.ts';

/** How an engine is opened. Every field is optional. */
export interface VultusOptions {
  /** Where models run; default `auto`: the best device of this machine, else the CPU. */
  readonly device?: Device;
  /** Most threads that inference may use; default: the number of cores. `OMP_NUM_THREADS` is honoured. */
  readonly threads?: number;
  /** Manifest files or folders with your own models, searched before the shipped ones. */
  readonly models?: string | readonly string[];
  /** `verified` admits only models whose licence chain is established upstream; default `all`. */
  readonly licences?: LicencePolicy;
  /** Embedding preset: `fast`, `balanced`, `accurate`, `open` or one of your manifest; default `balanced` (`open` with verified licences). */
  readonly preset?: string;
  /** Thresholds and probability fitted on your own pictures: what `vultus calibrate` wrote, or its path. Default: the preset's. */
  readonly calibration?: string | Calibration;
  /** Detector model ids, the main one first, fall-backs after it; default: the measured pair. */
  readonly detectors?: readonly string[];
  /** What may be read as a picture. */
  readonly limits?: ImageLimits;
  /** Allow `http:` and `https:` sources; default false. */
  readonly allowUrls?: boolean;
}

/** Options of `analyze`. */
export interface AnalyzeOptions<Names extends readonly TaskName[] = readonly TaskName[]> extends DetectOptions {
  /** What to read off each face; default: points and faceprint. `taskNames` lists everything there is. */
  readonly tasks?: Names;
}

/** A face with the values of the tasks that were asked for. */
export type AnalyzedFace<Names extends readonly TaskName[]> = Face & {
  readonly [Name in Names[number]]: TaskValues[Name];
};

/** The answer to "are these two the same person?". */
export interface Comparison {
  /** Cosine, −1…1. */
  readonly similarity: number;
  /** Calibrated probability that both show one person, 0…1; absent for an uncalibrated model. */
  readonly probability?: number;
  /** `similarity` ≥ `threshold`. */
  readonly match: boolean;
  readonly threshold: number;
}

/** What differs between Node and the browser. */
export interface Platform {
  openPicture(
    source: ImageSource,
    options: {
      readonly limits?: ImageLimits | undefined;
      readonly allowUrls?: boolean | undefined;
      readonly signal?: AbortSignal | undefined;
    },
  ): Promise<Picture>;
  openBackend(options: { device: Device; threads?: number }): Promise<Backend>;
  openCatalog(own: readonly string[], licences: LicencePolicy): Promise<Catalog>;
  /** The text of a file (Node: a path; browser: a URL). */
  readText(where: string): Promise<string>;
}

/** Where the engine stands when neither the caller nor a calibration names a threshold: safe for ArcFace-like models. */
const uncalibratedThreshold = 0.4;

/**
 * The engine: stateless between calls, any number of which may be in flight. Made by `Vultus.open()`. Boxes and points are
 * pixels of the upright picture. Every call that reads a picture may throw what {@link Engine.picture} does, `ABORTED` when
 * its signal fires, `INVALID_ARGUMENT` for an option outside its range, `MODEL_NOT_FOUND`, `MODEL_CHECKSUM` or `MODEL_INVALID`
 * when a model that it needs does not open, `INFERENCE_FAILED` when one fails, and `CLOSED`.
 */
export class Engine implements AsyncDisposable {
  readonly #platform: Platform;
  readonly #options: VultusOptions;
  readonly #catalog: Catalog;
  readonly #backend: Backend;
  readonly #sessions: SessionPool;
  readonly #detectors: readonly Detector[];
  readonly #refiner: Refiner | undefined;
  readonly #embedder: Embedder;
  readonly #host: TaskHost;

  /**
   * Reads the manifests and starts the backend; models open on first use.
   * @throws VultusError `MODEL_NOT_FOUND`, `MODEL_INVALID`, `LICENCE_REFUSED`, `DEVICE_UNAVAILABLE`, `DEPENDENCY_MISSING`,
   * `FILE_READ`, and `INVALID_ARGUMENT` for an option outside its range
   */
  static async open(platform: Platform, options: VultusOptions = {}): Promise<Engine> {
    const own = options.models === undefined ? [] : [options.models].flat();
    const catalog = await platform.openCatalog(own, options.licences ?? 'all');
    const preset = options.preset ?? (options.licences === 'verified' ? 'open' : 'balanced');
    const embedder = await withCalibration(await openEmbedder(catalog, preset), options.calibration, platform);
    const { device = 'auto', threads } = options;
    const backend = await platform.openBackend({ device, ...(threads === undefined ? {} : { threads }) });
    return new Engine(platform, options, catalog, embedder, backend);
  }

  private constructor(
    platform: Platform,
    options: VultusOptions,
    catalog: Catalog,
    embedder: Embedder,
    backend: Backend,
  ) {
    const sessions = new SessionPool(backend, async (id) => ({ model: await catalog.read(catalog.entry(id)) }));
    this.#platform = platform;
    this.#options = options;
    this.#catalog = catalog;
    this.#embedder = embedder;
    this.#backend = backend;
    this.#sessions = sessions;
    this.#detectors = (options.detectors ?? defaultDetectors).map((id) =>
      createDetector(catalog.entry(id), () => sessions.session(id)),
    );
    const refiner = catalog.entries().find(({ id }) => id === defaultRefiner);
    this.#refiner = refiner && createRefiner(refiner, () => sessions.session(refiner.id));
    this.#host = {
      entries: () => catalog.entries(),
      session: (id) => sessions.session(id),
      concurrency: backend.concurrency,
    };
  }

  /** Where models run, and why there. */
  get device(): DeviceReport {
    return this.#backend.device;
  }

  /** What faceprints of this engine are comparable with. */
  get contract(): EmbeddingContract {
    return this.#embedder.contract;
  }

  /** Measured thresholds and the probability mapping of this engine's faceprints, where the preset has them. */
  get calibration(): Calibration | undefined {
    return this.#embedder.calibration;
  }

  /** The cosine from which `compare` says "match": the calibration's threshold at its default false-match rate. */
  get threshold(): number {
    const { calibration } = this.#embedder;
    return calibration?.thresholds[calibration.defaultFmr]?.threshold ?? uncalibratedThreshold;
  }

  /** What a gallery needs to know of this engine's scores: `gallery.ensure('staff', { contract, calibration: vultus.scoring })`. */
  get scoring(): GalleryCalibration | undefined {
    const { calibration } = this.#embedder;
    if (calibration === undefined) return undefined;
    return {
      probability: (cosine) => toProbability(cosine, calibration),
      thresholdAt: (fmr) => thresholdFor(calibration, { fmr }),
      threshold: this.threshold,
    };
  }

  /** The cosine above which a share `fmr` of stranger pairs lies. @throws VultusError `INVALID_ARGUMENT` */
  thresholdFor(query: ThresholdQuery): number {
    return thresholdFor(this.#embedder.calibration ?? { thresholds: {} }, query);
  }

  /** The models this engine may use, with whether each is open now. */
  models(): (ModelEntry & { readonly open: boolean })[] {
    const opened = new Set(this.#sessions.opened);
    return this.#catalog.entries().map((entry) => ({ ...entry, open: opened.has(entry.id) }));
  }

  /** The embedding presets whose models are all admitted. */
  presets(): readonly string[] {
    return this.#catalog.presetNames();
  }

  /**
   * Opens a picture once, for several calls on it. It may be given wherever a call takes a source.
   * @throws VultusError `FILE_READ`, `IMAGE_DECODE`, `IMAGE_TOO_LARGE`, `UNSUPPORTED_FORMAT`, `INVALID_ARGUMENT` for what is no
   * source, `ABORTED`, and in Node `DEPENDENCY_MISSING` without `sharp`
   */
  picture(source: ImageSource, signal?: AbortSignal): Promise<Picture> {
    const { limits, allowUrls } = this.#options;
    return this.#platform.openPicture(source, { limits, allowUrls, signal });
  }

  /** The faces of a picture, best first (or largest first, see `sortBy`); an empty list when there is none. */
  async detect(source: ImageSource, options: DetectOptions = {}): Promise<Face[]> {
    const picture = await this.picture(source, options.signal);
    const found = await findFaces(picture, this.#detectors, options, this.#refiner);
    return found.map((detection, index) => ({ index, ...detection }));
  }

  /** The face with the largest box, or `null`. */
  async detectLargest(source: ImageSource, options: DetectOptions = {}): Promise<Face | null> {
    const faces = await this.detect(source, { ...options, sortBy: 'size', maxFaces: 1 });
    return faces[0] ?? null;
  }

  /** The faces of a picture with everything asked for read off each. */
  async analyze<const Names extends readonly TaskName[] = readonly TaskName[]>(
    source: ImageSource,
    options: AnalyzeOptions<Names> = {},
  ): Promise<AnalyzedFace<Names>[]> {
    const picture = await this.picture(source, options.signal);
    decodeAhead(picture);
    const found = await findFaces(picture, this.#detectors, options, this.#refiner);
    return this.#read(picture, found, options.tasks ?? defaultTaskNames, options.signal);
  }

  /** The main face of a picture with everything asked for read off it, or `null`; see `mainFace` for which one it is. */
  async analyzeMain<const Names extends readonly TaskName[] = readonly TaskName[]>(
    source: ImageSource,
    options: AnalyzeOptions<Names> = {},
  ): Promise<AnalyzedFace<Names> | null> {
    const picture = await this.picture(source, options.signal);
    decodeAhead(picture);
    const main = mainFace(await findFaces(picture, this.#detectors, options, this.#refiner), picture);
    if (main === undefined) return null;
    const faces = await this.#read<Names>(picture, [main], options.tasks ?? defaultTaskNames, options.signal);
    return faces[0] ?? null;
  }

  /** Everything asked for read off faces that were found before: by an earlier call, a tracker, or by hand. */
  async read<const Names extends readonly TaskName[] = readonly TaskName[]>(
    source: ImageSource,
    faces: readonly Detection[],
    options: { readonly tasks?: Names; readonly signal?: AbortSignal } = {},
  ): Promise<AnalyzedFace<Names>[]> {
    const picture = await this.picture(source, options.signal);
    return this.#read(picture, faces, options.tasks ?? defaultTaskNames, options.signal);
  }

  /** The faceprint of the main face of a picture, or `null` when it shows none. */
  async embed(source: ImageSource, options: DetectOptions = {}): Promise<Faceprint | null> {
    const main = await this.analyzeMain(source, { ...options, tasks: ['embed'] });
    return main === null ? null : main.embed;
  }

  /**
   * The faceprints of square chips that are aligned to the ArcFace template already, 112×112 or any other size, in their order.
   * @throws VultusError `INVALID_ARGUMENT` for a chip that is not square
   */
  embedAligned(chips: readonly Image[], options: { readonly signal?: AbortSignal } = {}): Promise<Faceprint[]> {
    return embedChips(chips, this.#embedder, this.#host, options);
  }

  /**
   * The state of the eye in each picture that shows one eye and nothing else, in their order; see `docs/landmarks.md`. Eyes
   * of faces are read by the task `eyes`.
   */
  async eyePatches(
    sources: readonly ImageSource[],
    options: { readonly signal?: AbortSignal } = {},
  ): Promise<EyeState[]> {
    const patches = await Promise.all(sources.map((source) => this.picture(source, options.signal)));
    return readEyePatches(patches, this.#host, options);
  }

  /** The aligned chip of a face: `size` × `size` pixels, default 112. @throws VultusError `INVALID_ARGUMENT` without points */
  async align(source: ImageSource, face: Face, options: { readonly size?: number } = {}): Promise<Image> {
    const picture = await this.picture(source);
    const landmarks = face.landmarks ?? (await this.#read(picture, [face], ['points'], undefined))[0]?.landmarks;
    if (landmarks === undefined) {
      throw new VultusError('INVALID_ARGUMENT', 'align: expected a face of this picture, got one without landmarks');
    }
    return alignFace(picture, landmarks, options);
  }

  /**
   * Whether two pictures (of each the main face) or faceprints show the same person.
   * @throws VultusError `NO_FACE` naming the side without a face; `EMBEDDING_MISMATCH`
   */
  async compare(
    a: ImageSource | Faceprint,
    b: ImageSource | Faceprint,
    options: DetectOptions = {},
  ): Promise<Comparison> {
    const [first, second] = await Promise.all([
      this.#faceprint(a, 'first', options),
      this.#faceprint(b, 'second', options),
    ]);
    const cosine = similarity(first, second);
    const { calibration } = this.#embedder;
    return {
      similarity: cosine,
      ...(calibration === undefined ? {} : { probability: toProbability(cosine, calibration) }),
      match: cosine >= this.threshold,
      threshold: this.threshold,
    };
  }

  /**
   * Whether a picture is good enough to enrol its main person by, with every reason against it; see `enrollmentLimits`.
   * @example
   * const { accept, reasons } = await vultus.checkEnrollment('selfie.jpg');
   * if (!accept) console.log(reasons.map(guidance));
   */
  async checkEnrollment(
    source: ImageSource,
    options: DetectOptions & { readonly limits?: Partial<EnrollmentLimits> } = {},
  ): Promise<EnrollmentVerdict> {
    const picture = await this.picture(source, options.signal);
    return judgeEnrollment(
      await this.analyze(picture, { ...options, tasks: enrollmentTasks }),
      picture,
      options.limits,
    );
  }

  /** Whether the main person of a picture is there in person or a copy is held before the camera; see `docs/liveness.md`. */
  async checkLiveness(
    source: ImageSource,
    options: DetectOptions & { readonly limits?: Partial<LivenessLimits> } = {},
  ): Promise<LivenessVerdict> {
    const picture = await this.picture(source, options.signal);
    const faces = await this.analyze(picture, { ...options, tasks: [...conditionTasks, 'liveness'] });
    return judgeLiveness(faces, picture, options.limits);
  }

  /** The things of 80 everyday classes in a picture, best first. */
  async objects(source: ImageSource, options: ObjectOptions = {}): Promise<SceneObject[]> {
    return (await this.objectsBatch([source], options))[0] as SceneObject[];
  }

  /** The same for several pictures in one batched run, in their order. */
  async objectsBatch(sources: readonly ImageSource[], options: ObjectOptions = {}): Promise<SceneObject[][]> {
    const pictures = await Promise.all(sources.map((source) => this.picture(source, options.signal)));
    return findObjects(pictures, this.#host, options);
  }

  /** The people of a picture with 17 joints each, best first. */
  async bodies(source: ImageSource, options: BodyOptions = {}): Promise<Body[]> {
    return (await this.bodiesBatch([source], options))[0] as Body[];
  }

  /** The same for several pictures, in their order. */
  async bodiesBatch(sources: readonly ImageSource[], options: BodyOptions = {}): Promise<Body[][]> {
    const pictures = await Promise.all(sources.map((source) => this.picture(source, options.signal)));
    return findBodies(pictures, this.#host, options);
  }

  /** By which quarter turn a picture stands upright, told by its faces; `null` where none is seen at any turn. */
  async orientation(source: ImageSource, options: OrientationOptions = {}): Promise<Orientation | null> {
    const watchers = { detectors: this.#detectors, refiner: this.#refiner };
    return pictureOrientation(await this.picture(source, options.signal), watchers, this.#host, options);
  }

  /** Opens models ahead of first use: by id, or those of detection and of the embedding preset. */
  async preload(what: readonly ('detect' | 'embed' | (string & {}))[] = ['detect', 'embed']): Promise<void> {
    await this.#sessions.preload(what.flatMap((word) => this.#modelsOf(word)));
  }

  /** Frees models, by the same words; without words all. They open again when next needed. */
  async unload(what?: readonly ('detect' | 'embed' | (string & {}))[]): Promise<void> {
    await this.#sessions.unload(what?.flatMap((word) => this.#modelsOf(word)));
  }

  /** Ends the backend's threads; twice is harmless. Calls after it fail with `CLOSED`. */
  async close(): Promise<void> {
    await this.#sessions.close();
    await this.#backend.close();
  }

  /** `close()`, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #read<Names extends readonly TaskName[]>(
    picture: Picture,
    found: readonly Detection[],
    names: readonly TaskName[],
    signal: AbortSignal | undefined,
  ): Promise<AnalyzedFace<Names>[]> {
    const run = { host: this.#host, embedder: this.#embedder, tasks: modelTasks, signal };
    // runTasks puts a value under every name it is given; the names are the type's own.
    return (await runTasks(picture, found, names, run)) as unknown as AnalyzedFace<Names>[];
  }

  async #faceprint(side: ImageSource | Faceprint, which: string, options: DetectOptions): Promise<Faceprint> {
    if (typeof side === 'object' && 'vector' in side) return side;
    const faceprint = await this.embed(side, options);
    if (faceprint !== null) return faceprint;
    const name = typeof side === 'string' ? ` (${side})` : '';
    throw new VultusError('NO_FACE', `compare: expected a face in the ${which} picture${name}, found none`);
  }

  #alignmentModels(): string[] {
    const mesh = this.#embedder.align === 'joined' ? meshModel(this.#host.entries()) : undefined;
    return [landmarkModel(this.#host).entry.id, ...(mesh ? [mesh.id] : [])];
  }

  #modelsOf(word: string): string[] {
    if (word === 'detect') return [...this.#detectors, ...(this.#refiner ? [this.#refiner] : [])].map(({ id }) => id);
    if (word === 'embed') return [...this.#alignmentModels(), ...this.#embedder.parts.map(({ entry }) => entry.id)];
    return [this.#catalog.entry(word).id];
  }
}

/** The embedder with the caller's calibration in place of its own. */
async function withCalibration(
  embedder: Embedder,
  given: string | Calibration | undefined,
  platform: Platform,
): Promise<Embedder> {
  if (given === undefined) return embedder;
  const read = (where: string) => platform.readText(where);
  return { ...embedder, calibration: await readCalibration(given, embedder.contract, read) };
}

/** Starts on the whole picture, which crops of faces are cut from, while a reduced level of it is searched. */
function decodeAhead(picture: Picture): void {
  if (picture.width * picture.height >= largePicturePixels) return;
  // Who needs the pixels gets the failure.
  picture.pixels().catch(() => undefined);
}
