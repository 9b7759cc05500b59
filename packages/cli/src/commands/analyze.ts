/** `vultus analyze`: everything that can be read off each face. */

import type { Body, Engine, Orientation, Picture, SceneObject, TaskName } from 'vultus';
import type { CommandRun, LeafCommand } from '../command.ts';
import { type Analyzed, analyzedDrawing, defaultLayers, layerNames, namedLayers } from '../draw-analyzed.ts';
import { drawOption, drawTargets } from '../draw-option.ts';
import { withEngine } from '../engine.ts';
import { type ExitCode, exitCodes, UsageError } from '../exit.ts';
import { analyzedJson } from '../face-json.ts';
import { detectOptions } from '../options.ts';
import { eachPicture } from '../pictures.ts';
import { faceLines } from '../ui/faces.ts';
import { pictureLine } from '../ui/words.ts';

/** What can be read of the whole picture; not read unless named, or with `all`. */
const sceneNames = ['objects', 'bodies', 'orientation'] as const;

type SceneName = (typeof sceneNames)[number];

interface Scene {
  readonly objects?: readonly SceneObject[];
  readonly bodies?: readonly Body[];
  readonly orientation?: Orientation | null;
}

/** The command. */
export const command: LeafCommand = {
  name: 'analyze',
  summary: 'find faces and read everything off them: landmarks, pose, age, faceprint, …',
  description:
    'Finds faces and reads values off them. With --json each value stands under the name of its task: `embed` is the faceprint, `points` the 68 landmarks. objects, bodies and orientation are read of the whole picture.',
  args: [['<pictures...>', 'picture files']],
  groups: ['models', 'detection'],
  options: [
    {
      flags: '--tasks <names>',
      help: 'what to read, separated by commas; all: of the scene too (default: everything of faces)',
      parse: names,
    },
    drawOption,
    {
      flags: '--show <layers>',
      help: `what --draw shows, some of ${layerNames.join(', ')} (default: by tasks)`,
      parse: names,
    },
  ],
  examples: [
    'vultus analyze photo.jpg',
    'vultus analyze photo.jpg --tasks all --draw out.png',
    'vultus analyze photo.jpg --tasks points106 --draw points.png',
    'vultus analyze photo.jpg --draw cubes.svg --show cube,gaze,labels',
    'vultus analyze *.jpg --tasks embed --preset accurate --json > faceprints.jsonl',
  ],
  run: analyze,
};

async function analyze(run: CommandRun): Promise<ExitCode> {
  const { args, values, terminal, signal } = run;
  const targets = drawTargets(values.draw, args);
  let faces = 0;
  const exit = await withEngine(run, (engine, { taskNames, faceprintToJson }) => {
    const { tasks, scenes } = knownTasks(values.tasks as readonly string[] | undefined, taskNames);
    const layers = shownLayers(values.show as readonly string[] | undefined, [...tasks, ...scenes]);
    const options = { ...detectOptions(values, signal), tasks };
    return eachPicture(run, args, {
      label: 'analyze',
      work: async (file) => {
        const start = performance.now();
        const picture = await engine.picture(file, signal);
        const [found, scene] = await Promise.all([
          engine.analyze(picture, options) as Promise<readonly Analyzed[]>,
          readScene(engine, picture, scenes, signal),
        ]);
        const ms = performance.now() - start;
        const drawing = targets?.get(file);
        if (drawing !== undefined) {
          const { drawPicture } = await import('../draw.ts');
          await drawPicture(await picture.pixels(), analyzedDrawing(found, scene, layers), drawing);
        }
        return { picture, found, scene, drawing, ms };
      },
      report: (image, { picture: { width, height }, found, scene, drawing, ms }) => {
        faces += found.length;
        if (terminal.json) {
          const list = found.map((face) => analyzedJson(face, tasks, faceprintToJson));
          terminal.document({ image, width, height, faces: list, ...scene });
          return;
        }
        terminal.line(pictureLine(terminal, { image, width, height, faces: found.length, ms }));
        const head = (text: string) => terminal.style('dim', text);
        for (const line of faceLines(found, tasks, terminal.width, head)) terminal.line(line);
        for (const line of sceneLines(scene)) terminal.line(line);
        if (drawing !== undefined) terminal.note(`drawn to ${drawing}`);
      },
    });
  });
  return exit === exitCodes.ok && faces === 0 ? exitCodes.none : exit;
}

function names(text: string): string[] {
  return text.split(',').map((name) => name.trim());
}

function knownTasks(
  asked: readonly string[] | undefined,
  known: readonly TaskName[],
): { readonly tasks: readonly TaskName[]; readonly scenes: readonly SceneName[] } {
  if (asked === undefined) return { tasks: known, scenes: [] };
  if (asked.includes('all')) return { tasks: known, scenes: sceneNames };
  const all = ['all', ...known, ...sceneNames];
  const unknown = asked.find((name) => !all.includes(name));
  if (unknown !== undefined) throw new UsageError(`--tasks: expected some of ${all.join(', ')}, got "${unknown}"`);
  return {
    tasks: known.filter((name) => asked.includes(name)),
    scenes: sceneNames.filter((name) => asked.includes(name)),
  };
}

function shownLayers(asked: readonly string[] | undefined, read: readonly string[]) {
  return asked === undefined ? defaultLayers(read) : namedLayers(asked, read);
}

async function readScene(
  engine: Engine,
  picture: Picture,
  scenes: readonly SceneName[],
  signal: AbortSignal,
): Promise<Scene> {
  const [objects, bodies, orientation] = await Promise.all([
    scenes.includes('objects') ? engine.objects(picture, { signal }) : undefined,
    scenes.includes('bodies') ? engine.bodies(picture, { signal }) : undefined,
    scenes.includes('orientation') ? engine.orientation(picture, { signal }) : undefined,
  ]);
  return {
    ...(objects && { objects }),
    ...(bodies && { bodies }),
    ...(orientation === undefined ? {} : { orientation }),
  };
}

function sceneLines({ objects, bodies, orientation }: Scene): string[] {
  const counts = new Map<string, number>();
  for (const { label } of objects ?? []) counts.set(label, (counts.get(label) ?? 0) + 1);
  const things = [...counts].map(([label, count]) => (count === 1 ? label : `${count} × ${label}`));
  return [
    ...(objects ? [`objects: ${things.join(', ') || 'none'}`] : []),
    ...(bodies ? [`bodies: ${bodies.length}`] : []),
    ...(orientation === undefined ? [] : [`orientation: ${orientationText(orientation)}`]),
  ];
}

function orientationText(orientation: Orientation | null): string {
  if (orientation === null) return 'unknown';
  return orientation.rotate === 0 ? 'upright' : `upright when turned by ${orientation.rotate}° clockwise`;
}
