/** `vultus eval turns`: where a head points along a clip, and in frames turned by known angles. */

import type { CommandRun, LeafCommand } from '../command.ts';
import { withEngine } from '../engine.ts';
import { type ExitCode, exitCodes } from '../exit.ts';
import { whole } from '../options.ts';
import { makeRoomFor, writeJson } from '../out-file.ts';
import { progressOf } from './eval-source.ts';

/** The command. */
export const turns: LeafCommand = {
  name: 'turns',
  summary: 'yaw, pitch and roll along a clip, and roll of frames turned by known angles',
  description:
    'Reads the pose of the main face of each frame and prints its course: from where to where, the furthest that it goes back on the way (0: monotone), noise. Every third frame is also turned in its plane by up to 40° to each side: its roll must follow. Needs ffmpeg.',
  groups: ['models'],
  options: [
    { flags: '--video <file>', help: 'the clip', required: true },
    { flags: '--from <frame>', help: 'first frame (default: 0)', parse: whole(0) },
    { flags: '--to <frame>', help: 'last frame (default: the last)', parse: whole(0) },
    { flags: '--every <n>', help: 'look at every n-th frame (default: 1)', parse: whole(1) },
    { flags: '--turn-every <n>', help: 'turn every n-th of them, 0 for none (default: 3)', parse: whole(0) },
    { flags: '--out <file>', help: 'write the figures and all readings as JSON' },
  ],
  examples: [
    'vultus eval turns --video rollface_03.mp4',
    'vultus eval turns --video head_rotation.mp4 --from 150 --to 204 --turn-every 0',
  ],
  run: evalTurns,
};

async function evalTurns(run: CommandRun): Promise<ExitCode> {
  const { values, terminal } = run;
  const { video, from, to, every, turnEvery, out } = values as Readonly<Record<string, unknown>> & {
    video: string;
    from?: number;
    to?: number;
    every?: number;
    turnEvery?: number;
  };
  await makeRoomFor([out]);
  const { turnsCommand, turnsTable } = await import('@vultus/eval');
  const report = await withEngine(run, async (engine) => {
    const progress = progressOf(run, 'frames');
    return turnsCommand(engine, {
      video,
      ...(from === undefined ? {} : { from }),
      ...(to === undefined ? {} : { to }),
      ...(every === undefined ? {} : { every }),
      ...(turnEvery === undefined ? {} : { turnEvery }),
      onProgress: (done) => progress.update(done, done),
    }).finally(progress.end);
  });
  if (typeof out === 'string') await writeJson(out, report);
  const { readings: _, ...figures } = report;
  if (terminal.json) terminal.document(figures);
  else terminal.line(turnsTable(report));
  return report.found > 0 ? exitCodes.ok : exitCodes.none;
}
