/** `vultus enroll`: puts a person into the gallery. */

import { basename } from 'node:path';
import type { Face, Faceprint } from 'vultus';
import { withCollection } from '../collection.ts';
import type { CommandRun, LeafCommand } from '../command.ts';
import { withEngine } from '../engine.ts';
import { type ExitCode, exitCodes } from '../exit.ts';
import { faceJson } from '../face-json.ts';
import { detectOptions } from '../options.ts';
import { eachPicture } from '../pictures.ts';
import { count } from '../ui/words.ts';

interface Shown {
  readonly image: string;
  readonly width: number;
  readonly height: number;
  /** How many faces the picture shows. */
  readonly faces: number;
  /** The main one. */
  readonly main: (Face & { readonly embed: Faceprint }) | null;
}

/** The command. */
export const command: LeafCommand = {
  name: 'enroll',
  summary: "put a person's pictures into the gallery",
  description:
    'Enrols the main face of each picture under a name; all of them, or, when interrupted, none. Enrolling more pictures under the same name adds to it.',
  args: [
    ['<name>', 'who it is'],
    ['<pictures...>', 'pictures of that person'],
  ],
  groups: ['models', 'detection', 'gallery'],
  examples: [
    'vultus enroll Ann ann/*.jpg',
    'vultus enroll "Bob Smith" bob.jpg --gallery ./people.db --collection staff',
  ],
  run: enroll,
};

async function enroll(run: CommandRun): Promise<ExitCode> {
  const { args, values, terminal, signal } = run;
  const [name = '', ...files] = args;
  const options = detectOptions(values, signal);
  return withEngine(run, (engine, sdk) =>
    withCollection(run, engine, sdk, { create: true }, async (collection) => {
      const shown: Shown[] = [];
      const exit = await eachPicture(run, files, {
        label: 'enroll',
        work: async (image): Promise<Shown> => {
          const picture = await engine.picture(image, signal);
          const { length: faces } = await engine.detect(picture, options);
          const main = faces === 0 ? null : await engine.analyzeMain(picture, { ...options, tasks: ['embed'] });
          return { image, width: picture.width, height: picture.height, faces, main };
        },
        report: (_, result) => {
          shown.push(result);
        },
      });
      signal.throwIfAborted();
      const usable = shown.flatMap(({ image, main }) => (main === null ? [] : [{ image, faceprint: main.embed }]));
      const ids = await collection.enrollMany(
        usable.map(({ image, faceprint }) => ({ identity: name, faceprint, metadata: { source: basename(image) } })),
      );
      const idOf = new Map(usable.map(({ image }, index) => [image, ids[index]]));
      for (const picture of shown) report(run, name, picture, idOf.get(picture.image));
      if (!terminal.json) {
        const total = `${count(await collection.count(name), 'faceprint')} in ${collection.name}`;
        terminal.line(`${terminal.style('bold', name)}  ${count(ids.length, 'picture')} enrolled, ${total}`);
      }
      if (exit !== exitCodes.ok) return exit;
      return ids.length === 0 ? exitCodes.none : exitCodes.ok;
    }),
  );
}

function report({ terminal }: CommandRun, identity: string, picture: Shown, id: string | undefined): void {
  const { image, width, height, faces, main } = picture;
  if (terminal.json) {
    const enrolled = id === undefined ? null : { identity, id };
    terminal.document({ image, width, height, faces: main === null ? [] : [faceJson(main)], enrolled });
  }
  if (main === null) terminal.note(`${image}: no face found, left out`);
  else if (faces > 1) terminal.note(`${image}: ${faces} faces, took the main one at ${place(main)}`);
}

function place({ box }: Face): string {
  return `${Math.round(box.x + box.width / 2)}, ${Math.round(box.y + box.height / 2)}`;
}
