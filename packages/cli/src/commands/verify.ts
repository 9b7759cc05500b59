/** `vultus verify`: is this the person it should be? */

import { withCollection } from '../collection.ts';
import type { CommandRun, LeafCommand } from '../command.ts';
import { withEngine } from '../engine.ts';
import { type ExitCode, exitCodes } from '../exit.ts';
import { detectOptions } from '../options.ts';
import { eachPicture } from '../pictures.ts';
import { chosenThreshold, thresholdOptions } from '../threshold-option.ts';

/** The command. */
export const command: LeafCommand = {
  name: 'verify',
  summary: 'check whether pictures show one enrolled person',
  description:
    'Compares the main face of each picture with what is enrolled under a name. Exit code 1 means that a picture shows nobody or somebody else.',
  args: [
    ['<name>', 'who it should be'],
    ['<pictures...>', 'picture files'],
  ],
  groups: ['models', 'detection', 'gallery'],
  options: thresholdOptions,
  examples: ['vultus verify Ann door.jpg', 'vultus verify Ann door.jpg --fmr 1e-6 --json'],
  run: verify,
};

async function verify(run: CommandRun): Promise<ExitCode> {
  const { args, values, terminal, signal } = run;
  const [name = '', ...files] = args;
  let others = 0;
  const exit = await withEngine(run, (engine, sdk) =>
    withCollection(run, engine, sdk, { create: false }, (collection) => {
      const threshold = chosenThreshold(values, engine);
      return eachPicture(run, files, {
        label: 'verify',
        work: async (file) => {
          const probe = await engine.embed(file, detectOptions(values, signal));
          return probe === null ? null : collection.verify(probe, name, { threshold });
        },
        report: (image, answer) => {
          if (answer?.match !== true) others += 1;
          const { match = false, similarity = null, probability, id } = answer ?? {};
          if (terminal.json)
            terminal.document({ image, identity: name, match, similarity, probability, threshold, id });
          else if (answer === null) terminal.line(`${image}  no face found`);
          else {
            const verdict = match ? terminal.style('green', `is ${name}`) : terminal.style('yellow', `is not ${name}`);
            terminal.line(
              `${image}  ${verdict}, similarity ${answer.similarity.toFixed(3)} (from ${threshold.toFixed(3)} on)`,
            );
          }
        },
      });
    }),
  );
  return exit === exitCodes.ok && others > 0 ? exitCodes.none : exit;
}
