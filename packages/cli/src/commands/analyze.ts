/** `vultus analyze`: everything that can be read off each face. */

import type { AnalyzedFace, TaskName } from 'vultus';
import type { CommandRun, LeafCommand } from '../command.ts';
import { drawOption, drawTargets } from '../draw-option.ts';
import { withEngine } from '../engine.ts';
import { type ExitCode, exitCodes, UsageError } from '../exit.ts';
import { analyzedJson } from '../face-json.ts';
import { detectOptions } from '../options.ts';
import { eachPicture } from '../pictures.ts';
import { tableLines } from '../ui/table.ts';
import { valueText } from '../ui/value.ts';
import { pictureLine } from '../ui/words.ts';

type Analyzed = AnalyzedFace<readonly TaskName[]>;

/** The command. */
export const command: LeafCommand = {
  name: 'analyze',
  summary: 'find faces and read everything off them: landmarks, faceprint, …',
  description:
    'Finds faces and reads values off them. With --json each value stands under the name of its task: `embed` is the faceprint, `points` the 68 landmarks.',
  args: [['<pictures...>', 'picture files']],
  groups: ['models', 'detection'],
  options: [
    { flags: '--tasks <names>', help: 'what to read, separated by commas (default: everything)', parse: names },
    drawOption,
  ],
  examples: [
    'vultus analyze photo.jpg',
    'vultus analyze photo.jpg --tasks points --draw points.png',
    'vultus analyze *.jpg --tasks embed --preset accurate --json > faceprints.jsonl',
  ],
  run: analyze,
};

async function analyze(run: CommandRun): Promise<ExitCode> {
  const { args, values, terminal, signal } = run;
  const targets = drawTargets(values.draw, args);
  let faces = 0;
  const exit = await withEngine(run, (engine, { taskNames, faceprintToJson }) => {
    const tasks = knownTasks(values.tasks as readonly string[] | undefined, taskNames);
    const options = { ...detectOptions(values, signal), tasks };
    return eachPicture(run, args, {
      label: 'analyze',
      work: async (file) => {
        const start = performance.now();
        const picture = await engine.picture(file, signal);
        const found: readonly Analyzed[] = await engine.analyze(picture, options);
        const ms = performance.now() - start;
        const drawing = targets?.get(file);
        if (drawing !== undefined) {
          const { drawFaces } = await import('../draw.ts');
          await drawFaces(await picture.pixels(), found.map(drawn), drawing);
        }
        return { picture, found, drawing, ms };
      },
      report: (image, { picture: { width, height }, found, drawing, ms }) => {
        faces += found.length;
        if (terminal.json) {
          const list = found.map((face) => analyzedJson(face, tasks, faceprintToJson));
          terminal.document({ image, width, height, faces: list });
          return;
        }
        terminal.line(pictureLine(terminal, { image, width, height, faces: found.length, ms }));
        for (const line of valueTable(found, tasks, (text) => terminal.style('dim', text))) terminal.line(line);
        if (drawing !== undefined) terminal.note(`drawn to ${drawing}`);
      },
    });
  });
  return exit === exitCodes.ok && faces === 0 ? exitCodes.none : exit;
}

function names(text: string): string[] {
  return text.split(',').map((name) => name.trim());
}

function knownTasks(asked: readonly string[] | undefined, known: readonly TaskName[]): readonly TaskName[] {
  if (asked === undefined) return known;
  return asked.map((name) => {
    const task = known.find((each) => each === name);
    if (task === undefined) throw new UsageError(`--tasks: expected some of ${known.join(', ')}, got "${name}"`);
    return task;
  });
}

function drawn({ box, points, landmarks }: Analyzed, index: number) {
  const marks = Array.isArray(points) ? points : landmarks;
  return { box, label: String(index + 1), ...(marks === undefined ? {} : { landmarks: marks }) };
}

function valueTable(faces: readonly Analyzed[], tasks: readonly TaskName[], head: (text: string) => string): string[] {
  if (faces.length === 0) return [];
  const columns = [
    ...['face', 'x', 'y', 'width', 'height', 'score'].map((title) => ({ title, align: 'right' as const })),
    ...tasks.map((title) => ({ title })),
  ];
  const rows = faces.map((face, index) => [
    String(index + 1),
    ...[face.box.x, face.box.y, face.box.width, face.box.height].map((value) => value.toFixed(0)),
    face.score.toFixed(3),
    ...tasks.map((task) => valueText(face[task])),
  ]);
  return tableLines(columns, rows, head);
}
