/** `vultus identify`: names the people in pictures. */

import type { Candidate, Face } from 'vultus';
import { withCollection } from '../collection.ts';
import type { CommandRun, LeafCommand } from '../command.ts';
import { drawOption, drawTargets } from '../draw-option.ts';
import { withEngine } from '../engine.ts';
import { type ExitCode, exitCodes } from '../exit.ts';
import { faceJson } from '../face-json.ts';
import { detectOptions, whole } from '../options.ts';
import { eachPicture } from '../pictures.ts';
import { chosenThreshold, thresholdOptions } from '../threshold-option.ts';
import { tableLines } from '../ui/table.ts';
import type { Terminal } from '../ui/terminal.ts';
import { pictureLine } from '../ui/words.ts';

/** A face with the people it might be. */
interface Named {
  readonly face: Face;
  readonly identity: string | null;
  /** The nearest people, best first, those below the threshold too. */
  readonly candidates: readonly Candidate[];
}

/** The command. */
export const command: LeafCommand = {
  name: 'identify',
  summary: 'name the people in pictures',
  description:
    'Finds every face and looks it up in the gallery. A face whose best similarity is below the threshold is unknown. Exit code 1 means that nobody was recognised.',
  args: [['<pictures...>', 'picture files']],
  groups: ['models', 'detection', 'gallery'],
  options: [
    ...thresholdOptions,
    { flags: '--top <n>', help: 'how many candidates to list in JSON and to draw (default: 1)', parse: whole(1) },
    { flags: '--unique', help: 'give no name to two faces of one picture' },
    drawOption,
  ],
  examples: [
    'vultus identify group.jpg',
    'vultus identify group.jpg --draw named.png',
    'vultus identify *.jpg --fmr 1e-5 --top 3 --json',
  ],
  run: identify,
};

async function identify(run: CommandRun): Promise<ExitCode> {
  const { args, values, terminal, signal } = run;
  const targets = drawTargets(values.draw, args);
  const options = { ...detectOptions(values, signal), tasks: ['embed'] as const };
  const topK = typeof values.top === 'number' ? values.top : 1;
  const unique = values.unique === true;
  let recognised = 0;
  const exit = await withEngine(run, (engine, sdk) =>
    withCollection(run, engine, sdk, { create: false }, (collection) => {
      const threshold = chosenThreshold(values, engine);
      // Below the threshold too: how near a stranger came to somebody is worth knowing. A unique assignment needs it.
      const search = unique ? { unique, threshold, signal } : { topK, threshold: -1, signal };
      return eachPicture(run, args, {
        label: 'identify',
        work: async (file) => {
          const start = performance.now();
          const picture = await engine.picture(file, signal);
          const faces = await engine.analyze(picture, options);
          const probes = faces.map(({ embed }) => embed);
          const lists = await collection.identifyBatch(probes, search);
          const named = faces.map((face, index) => nameFace(face, lists[index] ?? [], threshold));
          const ms = performance.now() - start;
          const drawing = targets?.get(file);
          if (drawing !== undefined) {
            const { drawFaces } = await import('../draw.ts');
            await drawFaces(await picture.pixels(), named.map(drawn), drawing);
          }
          return { picture, named, drawing, ms };
        },
        report: (image, { picture: { width, height }, named, drawing, ms }) => {
          recognised += named.filter(({ identity }) => identity !== null).length;
          if (terminal.json) {
            terminal.document({ image, width, height, faces: named.map((each) => namedJson(each, threshold)) });
            return;
          }
          terminal.line(pictureLine(terminal, { image, width, height, faces: named.length, ms }));
          for (const line of nameTable(named, terminal)) terminal.line(line);
          if (drawing !== undefined) terminal.note(`drawn to ${drawing}`);
        },
      });
    }),
  );
  return exit === exitCodes.ok && recognised === 0 ? exitCodes.none : exit;
}

function nameFace(face: Face, candidates: readonly Candidate[], threshold: number): Named {
  const best = candidates[0];
  return { face, candidates, identity: best !== undefined && best.similarity >= threshold ? best.identity : null };
}

function namedJson({ face, identity, candidates }: Named, threshold: number) {
  const list = candidates.map(({ identity: who, id, similarity, probability, metadata }) => ({
    identity: who,
    id,
    similarity,
    ...(probability === undefined ? {} : { probability }),
    match: similarity >= threshold,
    ...(metadata === undefined ? {} : { metadata }),
  }));
  const { box, score, landmarks } = faceJson(face);
  return { box, score, ...(landmarks === undefined ? {} : { landmarks }), identity, candidates: list };
}

/** The name with its similarity; below it the other candidates that `--top` asked for. */
function drawn({ face, identity, candidates }: Named) {
  const similarity = candidates[0]?.similarity;
  const note = identity === null || similarity === undefined ? {} : { note: similarity.toFixed(2) };
  const others = candidates.length < 2 ? [] : candidates.slice(identity === null ? 0 : 1);
  const lines = others.map((candidate) => `${candidate.identity} ${candidate.similarity.toFixed(2)}`);
  return { box: face.box, identity, ...note, ...(lines.length === 0 ? {} : { lines }) };
}

/**
 * The column of probabilities is there where any is known. Strangers have none: the threshold asks for more certainty than
 * an even chance, and a probability beside "unknown" reads as a contradiction.
 */
function nameTable(named: readonly Named[], terminal: Terminal): string[] {
  if (named.length === 0) return [];
  const calibrated = named.some(({ candidates }) => candidates[0]?.probability !== undefined);
  const columns = [
    { title: 'face', align: 'right' as const },
    { title: 'name' },
    { title: 'similarity', align: 'right' as const },
    ...(calibrated ? [{ title: 'probability', align: 'right' as const }] : []),
    { title: 'at', align: 'right' as const },
  ];
  const rows = named.map(({ face: { box }, identity, candidates: [best] }, index) => [
    String(index + 1),
    identity === null ? terminal.style('dim', 'unknown') : terminal.style('green', identity),
    best === undefined ? '–' : best.similarity.toFixed(3),
    ...(calibrated ? [identity === null ? '' : chance(best)] : []),
    `${Math.round(box.x + box.width / 2)}, ${Math.round(box.y + box.height / 2)}`,
  ]);
  return tableLines(columns, rows, (text) => terminal.style('dim', text));
}

function chance(best: Candidate | undefined): string {
  return best?.probability === undefined ? '–' : `${(best.probability * 100).toFixed(1)} %`;
}
