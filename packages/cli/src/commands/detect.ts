/** `vultus detect`: where the faces are. */

import type { Face } from 'vultus';
import type { CommandRun, LeafCommand } from '../command.ts';
import { drawOption, drawTargets } from '../draw-option.ts';
import { withEngine } from '../engine.ts';
import { type ExitCode, exitCodes } from '../exit.ts';
import { faceJson } from '../face-json.ts';
import { detectOptions } from '../options.ts';
import { eachPicture } from '../pictures.ts';
import { tableLines } from '../ui/table.ts';
import { pictureLine } from '../ui/words.ts';

/** The command. */
export const command: LeafCommand = {
  name: 'detect',
  summary: 'find the faces in pictures',
  description: 'Finds the faces in pictures: boxes in pixels of the upright picture, best first.',
  args: [['<pictures...>', 'picture files']],
  groups: ['models', 'detection'],
  options: [drawOption],
  examples: [
    'vultus detect photo.jpg',
    'vultus detect photo.jpg --draw faces.png',
    'vultus detect *.jpg --json > faces.jsonl',
    'vultus detect crowd.jpg --smallest-face 24 --sort size',
  ],
  run: detect,
};

async function detect(run: CommandRun): Promise<ExitCode> {
  const { args, values, terminal, signal } = run;
  const targets = drawTargets(values.draw, args);
  const options = detectOptions(values, signal);
  let faces = 0;
  const exit = await withEngine(run, (engine) =>
    eachPicture(run, args, {
      label: 'detect',
      work: async (file) => {
        const start = performance.now();
        const picture = await engine.picture(file, signal);
        const found = await engine.detect(picture, options);
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
        if (terminal.json) return terminal.document({ image, width, height, faces: found.map(faceJson) });
        terminal.line(pictureLine(terminal, { image, width, height, faces: found.length, ms }));
        for (const line of faceTable(found, (text) => terminal.style('dim', text))) terminal.line(line);
        if (drawing !== undefined) terminal.note(`drawn to ${drawing}`);
      },
    }),
  );
  return exit === exitCodes.ok && faces === 0 ? exitCodes.none : exit;
}

/** In a crowd the number must do: the table has the scores. */
function drawn({ box, score }: Face, index: number, { length }: readonly Face[]) {
  const note = length > 12 ? {} : { note: score.toFixed(2) };
  return { box, label: String(index + 1), ...note };
}

function faceTable(faces: readonly Face[], head: (text: string) => string): string[] {
  if (faces.length === 0) return [];
  const columns = ['face', 'x', 'y', 'width', 'height', 'score'].map((title) => ({ title, align: 'right' as const }));
  const rows = faces.map(({ box, score }, index) => [
    String(index + 1),
    ...[box.x, box.y, box.width, box.height].map((value) => value.toFixed(0)),
    score.toFixed(3),
  ]);
  return tableLines(columns, rows, head);
}
