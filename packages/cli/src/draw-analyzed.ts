/** What `vultus analyze` draws of what it read: the layers of a drawing, chosen by the tasks or by `--show`. */

import type { AnalyzedFace, Body, SceneObject, TaskName } from 'vultus';
import type { Drawing, DrawnFace } from './draw/drawn.ts';
import { UsageError } from './exit.ts';

/** A face with the values of any tasks. */
export type Analyzed = AnalyzedFace<readonly TaskName[]>;

/** What was read of the whole picture. */
export interface AnalyzedScene {
  readonly objects?: readonly SceneObject[] | undefined;
  readonly bodies?: readonly Body[] | undefined;
}

/** Point layers from the densest down: of several that were read, the first is drawn. */
const pointLayers = ['mesh', 'points106', 'points98', 'points68', 'points', 'landmarks'] as const;

/** What each further layer is drawn from. */
const sources = { axes: 'pose', cube: 'pose', gaze: 'gaze', objects: 'objects', bodies: 'bodies' } as const;

/** Names that `--show` takes. */
export const layerNames = [...pointLayers, 'axes', 'cube', 'gaze', 'objects', 'bodies', 'labels'] as const;

/** One of {@link layerNames}. */
export type Layer = (typeof layerNames)[number];

/** The layers that are drawn when nobody chose: the densest points, axes, gaze, things, bodies, labels. */
export function defaultLayers(read: readonly string[]): Layer[] {
  const dense = pointLayers.find((layer) => read.includes(layer));
  const rest = (['axes', 'gaze', 'objects', 'bodies'] as const).filter((layer) => read.includes(sources[layer]));
  return [...(dense === undefined ? [] : [dense]), ...rest, 'labels'];
}

/** The layers that `--show` names. @throws UsageError for a name that is none, or one whose task is not read */
export function namedLayers(names: readonly string[], read: readonly string[]): Layer[] {
  return names.map((name) => {
    const layer = layerNames.find((each) => each === name);
    if (layer === undefined) throw new UsageError(`--show: expected some of ${layerNames.join(', ')}, got "${name}"`);
    const source = layer in sources ? sources[layer as keyof typeof sources] : layer;
    if (layer !== 'labels' && !read.includes(source)) {
      throw new UsageError(`--show ${layer}: expected the task ${source} among --tasks, got ${read.join(', ')}`);
    }
    return layer;
  });
}

/** The drawing of what was read. */
export function analyzedDrawing(faces: readonly Analyzed[], scene: AnalyzedScene, layers: readonly Layer[]): Drawing {
  const shows = (layer: Layer) => layers.includes(layer);
  return {
    faces: faces.map((face, index) => drawnFace(face, String(index + 1), shows, faces.length)),
    ...(shows('objects') && scene.objects ? { objects: scene.objects } : {}),
    ...(shows('bodies') && scene.bodies ? { bodies: scene.bodies } : {}),
  };
}

function drawnFace(face: Analyzed, label: string, shows: (layer: Layer) => boolean, count: number): DrawnFace {
  const { box, pose, gaze, mesh, points, points68, points98, points106, landmarks } = face as Partial<Analyzed> & {
    readonly box: Analyzed['box'];
  };
  const lists = { points106, points98, points68, points, landmarks };
  const chosen = (['points106', 'points98', 'points68', 'points', 'landmarks'] as const).find(shows);
  const marks = chosen && lists[chosen];
  return {
    box,
    ...(shows('labels') ? { label, ...(count > 6 ? {} : words(face)) } : {}),
    ...(shows('mesh') && mesh ? { mesh: mesh.points } : {}),
    ...(marks ? { landmarks: marks } : {}),
    ...(shows('axes') && pose ? { axes: pose } : {}),
    ...(shows('cube') && pose ? { cube: pose } : {}),
    ...(shows('gaze') && gaze && 'vector' in gaze ? { gaze } : {}),
  };
}

/** Beside the number gender and years, below it every other answer that has a name and is not "none". */
function words(face: Analyzed): Pick<DrawnFace, 'note' | 'lines'> {
  const { gender, age } = face as Partial<Analyzed>;
  const note = [gender?.label, age && `${Math.round(age.years)} years`].filter((word) => word !== undefined).join(', ');
  const lines = Object.entries(face).flatMap(([task, value]) => {
    const label: unknown = typeof value === 'object' && value !== null && 'label' in value ? value.label : undefined;
    if (typeof label !== 'string' || unsaid.includes(task) || /^no(ne|[ -]|$)/.test(label)) return [];
    return [task === 'mask' ? `mask ${label}` : label];
  });
  return { ...(note === '' ? {} : { note }), ...(lines.length === 0 ? {} : { lines }) };
}

/** Answers that stand in the note, or that do not belong on a picture of somebody. */
const unsaid: readonly string[] = ['gender', 'age', 'ethnicity'];
