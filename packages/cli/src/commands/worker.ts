/** `vultus worker`: recognises people in what cameras send. */

import type { Vultus } from 'vultus';
import { withCollection } from '../collection.ts';
import type { CommandRun, LeafCommand } from '../command.ts';
import { withEngine } from '../engine.ts';
import { type ExitCode, exitCodes } from '../exit.ts';
import { whole } from '../options.ts';
import { queueOptions, withQueue } from '../queue-options.ts';
import { rounded } from '../rounded.ts';
import { chosenThreshold, thresholdOptions } from '../threshold-option.ts';
import { finderOptions, trackerOptions } from '../video-options.ts';

/** The command. */
export const command: LeafCommand = {
  name: 'worker',
  summary: 'recognise people in what cameras send',
  description:
    'Takes frames or faces that "vultus camera publish" sends to a RabbitMQ broker, follows and names people, stores each event once, and prints those that it stored as JSON, one a line. Start as many as the cameras need: they share the streams out among themselves, and another one continues where one dies. Workers that share streams share the store too. Ctrl-C ends it after what is in hand is stored.',
  groups: ['models', 'detection', 'gallery'],
  options: [
    ...queueOptions,
    {
      flags: '--events <where>',
      help: 'where events are stored: a SQLite file for workers of one machine, or postgres://…',
      required: true,
    },
    ...thresholdOptions,
    { flags: '--anonymous', help: 'follow faces without naming anybody' },
    {
      flags: '--interval <frames>',
      help: 'whole frames: from one detection to the next (default: 20)',
      parse: whole(0),
    },
    { flags: '--prefetch <n>', help: 'messages in hand of each share (default: 32)', parse: whole(2) },
    {
      flags: '--max-deliveries <n>',
      help: 'put a message aside that failed so often (default: 3)',
      parse: whole(1),
    },
  ],
  examples: [
    'vultus worker --url amqp://broker:5672 --gallery people.db --events events.db',
    'vultus worker --events events.db --anonymous',
  ],
  run: work,
};

type Identify = Parameters<typeof import('vultus')['runWorker']>[0]['identify'];

async function work(run: CommandRun): Promise<ExitCode> {
  return withEngine(run, (engine, sdk) =>
    withQueue(run, sdk, async (queue) => {
      await using store = await sdk.openEventStore(run.values.events as string);
      const start = (identify: Identify) => sdk.runWorker({ ...rules(run, engine), queue, store, engine, identify });
      if (run.values.anonymous === true) {
        await start(async () => []);
      } else {
        await withCollection(
          run,
          engine,
          sdk,
          { create: false, otherwise: ', or follow faces without names: --anonymous' },
          (collection) => start((faceprint) => collection.identify(faceprint, { topK: 3, threshold: -1 })),
        );
      }
      return exitCodes.ok;
    }),
  );
}

function rules({ values, terminal, signal }: CommandRun, engine: Vultus) {
  const { prefetch, maxDeliveries } = values;
  terminal.note('waiting for frames');
  return {
    threshold: chosenThreshold(values, engine),
    signal,
    tracker: trackerOptions(values),
    finder: finderOptions(values),
    ...(typeof prefetch === 'number' ? { prefetch } : {}),
    ...(typeof maxDeliveries === 'number' ? { maxDeliveries } : {}),
    onEvent: ({
      stream,
      session,
      frame,
      event,
    }: {
      stream: string;
      session: number;
      frame: number;
      event: { timestampMs: number };
    }) =>
      terminal.document({ stream, at: new Date(session + event.timestampMs).toISOString(), frame, ...rounded(event) }),
    onNote: (note: string) => terminal.note(note),
  };
}
