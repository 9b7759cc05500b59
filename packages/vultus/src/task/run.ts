/** Runs tasks over the faces of a picture: landmarks once, crops and runs of models shared, side by side. */

import { modelCrop } from '../align/align.ts';
import { cropTransform, wholeFace } from '../align/crop.ts';
import { throwIfAborted, VultusError } from '../errors.ts';
import type { Detection, Face, FivePoints } from '../face/face.ts';
import { type Affine, scaleAffine } from '../image/affine.ts';
import type { Picture } from '../image/image.ts';
import type { ModelEntry } from '../model/manifest.ts';
import { type Embedder, embedFaces } from './embed.ts';
import { between, landmarksTask } from './five-points.ts';
import { landmarkModel, type TaskHost } from './host.ts';
import { type FaceLandmarks, refineLandmarks } from './landmarks.ts';
import { ModelRuns, outputsOf } from './model-runs.ts';
import type { Crop, FaceSubject, ModelTask, Task } from './task.ts';

export type { TaskHost } from './host.ts';

/** What {@link runTasks} works with. */
export interface TaskRun {
  readonly host: TaskHost;
  /** Needed when `embed` is asked for. */
  readonly embedder?: Embedder;
  /** Tasks that may be asked for by name, besides `points` and `embed`. */
  readonly tasks?: readonly Task[];
  readonly signal?: AbortSignal | undefined;
}

/**
 * Reads the named tasks off all faces: the detections in their order, each with `index`, `landmarks` and a value under
 * every name. Without names, detections come back as they are: no model is opened. Tasks that a named one needs are run
 * too; their values are not reported unless asked for.
 * @throws VultusError `INVALID_ARGUMENT` for an unknown name; `MODEL_NOT_FOUND` when a task's model is not there
 */
export async function runTasks(
  picture: Picture,
  detections: readonly Detection[],
  names: readonly string[],
  run: TaskRun,
): Promise<(Face & Readonly<Record<string, unknown>>)[]> {
  const aligning = names.includes('embed') && run.embedder?.align === 'joined' ? [landmarksTask.name] : [];
  const order = orderTasks([...names, ...aligning], run.tasks ?? []);
  if (detections.length === 0 || names.length === 0) return detections.map((face, index) => ({ index, ...face }));
  const { host, signal } = run;
  const found = await refineLandmarks(picture, detections, landmarkModel(host), {
    concurrency: host.concurrency,
    signal,
  });
  const values: Record<string, unknown>[] = found.map(({ points }) => ({ points }));
  const crops = new CropShelf(picture, detections, found);
  const runs = new ModelRuns(host, signal);
  const done = new Map<string, Promise<void>>();
  const keep = (name: string, results: readonly unknown[]): void => {
    for (const [face, value] of results.entries()) (values[face] as Record<string, unknown>)[name] = value;
  };
  for (const task of order) {
    const needed = (task.needs ?? []).map((name) => done.get(name));
    const running = Promise.all(needed).then(async () => {
      throwIfAborted(signal);
      keep(task.name, await runTask(task, crops, runs, values, run));
    });
    done.set(task.name, running);
  }
  if (names.includes('embed')) {
    const ready = Promise.all(aligning.map((name) => done.get(name)));
    const points = ({ five }: FaceLandmarks, face: number): FivePoints =>
      aligning.length === 0 ? five : between(five, values[face]?.[landmarksTask.name] as FivePoints);
    done.set(
      'embed',
      ready.then(() => embedAll(picture, found.map(points), run)).then((prints) => keep('embed', prints)),
    );
  }
  await Promise.all(done.values());
  return detections.map((detection, index) => {
    const asked = names.map((name) => [name, values[index]?.[name]] as const);
    const { five } = found[index] as FaceLandmarks;
    return { index, ...detection, landmarks: five, ...Object.fromEntries(asked) };
  });
}

/** Named tasks and those they need, needed ones first; `points` and `embed` are not among them. */
export function orderTasks(names: readonly string[], tasks: readonly Task[]): Task[] {
  const ordered: Task[] = [];
  const open = new Set<string>();
  const visit = (name: string): void => {
    if (name === 'points' || name === 'embed' || ordered.some((task) => task.name === name)) return;
    const task = tasks.find((candidate) => candidate.name === name);
    if (task === undefined) {
      const reported = tasks.map((candidate) => candidate.name).filter((each) => !each.includes('.'));
      const known = ['points', 'embed', ...reported].join(', ');
      throw new VultusError('INVALID_ARGUMENT', `tasks: expected names among ${known}; got "${name}"`);
    }
    if (open.has(name)) throw new VultusError('INVALID_ARGUMENT', `Task "${name}" needs itself`);
    open.add(name);
    for (const needed of task.needs ?? []) visit(needed);
    ordered.push(task);
  };
  for (const name of names) visit(name);
  return ordered;
}

async function embedAll(picture: Picture, found: readonly FivePoints[], { host, embedder, signal }: TaskRun) {
  if (embedder === undefined) {
    throw new VultusError('INVALID_ARGUMENT', 'Task "embed" was asked for without an embedding preset. Open one');
  }
  const faces = found.map((landmarks) => ({ picture, landmarks }));
  return embedFaces(faces, embedder, host, { signal });
}

async function runTask(
  task: Task,
  shelf: CropShelf,
  runs: ModelRuns,
  values: readonly Readonly<Record<string, unknown>>[],
  run: TaskRun,
): Promise<unknown[]> {
  const faces = values.map((known, face) => ({ ...shelf.subject(face), values: known }));
  if (task.model !== undefined) return runModelTask(task, faces, shelf, runs, run);
  const crops = task.crop && (await shelf.cut(task.crop));
  return Promise.all(faces.map((face, index) => task.read({ ...face, crops: crops ? [crops[index] as Crop] : [] })));
}

async function runModelTask(
  task: ModelTask,
  faces: readonly FaceSubject[],
  shelf: CropShelf,
  runs: ModelRuns,
  { host }: TaskRun,
): Promise<unknown[]> {
  const entry = task.model(host.entries());
  if (entry === undefined) {
    throw new VultusError('MODEL_NOT_FOUND', `Task "${task.name}": expected its model among the models, got none`);
  }
  const { views } = task;
  const looks: readonly (readonly Crop[])[] =
    views === undefined
      ? (await shelf.cut(entry.input)).map((crop) => [crop])
      : await Promise.all(faces.map((face) => shelf.look(views(face, entry), entry.input)));
  const rows = await runs.rows(entry, looks.flat());
  let from = 0;
  return faces.map((face, index) => {
    const crops = looks[index] as readonly Crop[];
    const own = outputsOf(rows.slice(from, from + crops.length), entry, views === undefined);
    from += crops.length;
    return task.decode(own, { ...face, crops }, entry);
  });
}

type CropWish = Pick<ModelEntry['input'], 'crop' | 'width' | 'height'>;

/** The crops of all faces, each cut once however many tasks want the same. */
class CropShelf {
  readonly #picture: Picture;
  readonly #detections: readonly Detection[];
  readonly #found: readonly FaceLandmarks[];
  readonly #cut = new Map<string, Promise<Crop[]>>();
  readonly #looks = new Map<string, Promise<Crop>>();

  constructor(picture: Picture, detections: readonly Detection[], found: readonly FaceLandmarks[]) {
    this.#picture = picture;
    this.#detections = detections;
    this.#found = found;
  }

  /** One crop per face. */
  cut(request: CropWish): Promise<Crop[]> {
    const { crop, width, height } = request;
    const key = JSON.stringify([crop ?? null, width, height]);
    const known = this.#cut.get(key);
    if (known) return known;
    const cutting = Promise.all(
      this.#detections.map(async (_, face) => {
        const [cropped] = await this.look([this.#map(face, request)], request);
        return cropped as Crop;
      }),
    );
    this.#cut.set(key, cutting);
    return cutting;
  }

  /** Crops by their maps to the picture; what another task has seen already is not cut again. */
  look(maps: readonly Affine[], { width, height }: { readonly width: number; readonly height: number }) {
    return Promise.all(maps.map((toPicture) => this.#one(toPicture, width, height)));
  }

  #one(toPicture: Affine, width: number, height: number): Promise<Crop> {
    const key = [...toPicture, width, height].join();
    const known = this.#looks.get(key);
    if (known) return known;
    const cutting = modelCrop(this.#picture, toPicture, { width, height }).then((image) => ({ toPicture, image }));
    this.#looks.set(key, cutting);
    return cutting;
  }

  subject(face: number) {
    const { five, points } = this.#found[face] as FaceLandmarks;
    return { detection: this.#detections[face] as Detection, landmarks: five, points, picture: this.#picture };
  }

  #map(face: number, { crop, width, height }: CropWish): Affine {
    const { detection, landmarks } = this.subject(face);
    if (crop === undefined) return stretched(this.#picture, width, height);
    const subject = { ...detection, box: wholeFace(detection.box), landmarks };
    return cropTransform(crop, subject, { width, height }, this.#picture);
  }
}

/** The whole picture on the model's input, for tasks without a crop. */
function stretched(picture: Picture, width: number, height: number): Affine {
  return scaleAffine(picture.width / width, picture.height / height);
}
