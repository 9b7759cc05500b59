/** `vultus eval tracking`: ids of faces in marked clips. */

import { writeFile } from 'node:fs/promises';
import type { TrackingWay } from '@vultus/eval';
import type { CommandRun, LeafCommand } from '../command.ts';
import { withEngine } from '../engine.ts';
import { type ExitCode, exitCodes, UsageError } from '../exit.ts';
import { progressOf } from './eval-source.ts';

/** The command. */
export const tracking: LeafCommand = {
  name: 'tracking',
  summary: 'ids, switches, gaps, MOTA and IDF1 on clips marked by eye',
  description:
    'Follows the faces of each marked clip lightly and by detection, each with and without embeddings remembered (+looks); prints whether a single face keeps one id, and for several people id switches, fragments, how many of those who left and returned got their id back, misses, false alarms, MOTA and IDF1. Needs ffmpeg.',
  groups: ['models'],
  options: [
    { flags: '--videos <folder>', help: 'where the clips are', required: true },
    { flags: '--marking <file>', help: 'who is where in them', required: true },
    { flags: '--clips <names>', help: 'only these, separated by commas' },
    {
      flags: '--ways <names>',
      help: 'of light, by-detection, light+looks, by-detection+looks; separated by commas (default: all)',
    },
    { flags: '--out <file>', help: 'write the figures as JSON' },
    { flags: '--detections <file>', help: 'write what the detector saw in the way by-detection as JSON' },
  ],
  examples: [
    'vultus eval tracking --videos clips --marking eval/markings/tracking.json',
    'vultus eval tracking --videos clips --marking eval/markings/tracking.json --ways light --json',
  ],
  run: evalTracking,
};

async function evalTracking(run: CommandRun): Promise<ExitCode> {
  const { values, terminal } = run;
  const { videos, marking, clips, ways, out, detections } = values as Readonly<Record<string, unknown>> & {
    videos: string;
    marking: string;
  };
  const { trackingCommand, trackingTable, trackingWays } = await import('@vultus/eval');
  const listed = (text: unknown) => (typeof text === 'string' ? text.split(',').map((name) => name.trim()) : undefined);
  const names = listed(clips);
  const chosen = listed(ways);
  const unknown = chosen?.find((name) => !trackingWays.includes(name as TrackingWay));
  if (unknown !== undefined)
    throw new UsageError(`--ways: expected names among ${trackingWays.join(', ')}; got ${unknown}`);
  const wanted = trackingWays.filter((way: TrackingWay) => chosen?.includes(way) ?? true);
  const reports = await withEngine(run, async (engine) => {
    const progress = progressOf(run, 'tracking');
    return trackingCommand(engine, {
      videos,
      marking,
      ways: wanted,
      ...(names === undefined ? {} : { clips: names }),
      onProgress: progress.update,
    }).finally(progress.end);
  });
  const figures = reports.map(({ detections: _, ...figure }) => figure);
  if (typeof out === 'string') await writeFile(out, `${JSON.stringify(figures)}\n`);
  if (typeof detections === 'string') {
    const seen = reports.flatMap((report) => (report.detections ? [[report.clip, report.detections] as const] : []));
    await writeFile(detections, `${JSON.stringify(Object.fromEntries(seen))}\n`);
  }
  if (terminal.json) terminal.document({ reports: figures });
  else terminal.line(trackingTable(reports));
  return exitCodes.ok;
}
