/** Size, rotation and rate of a video, from ffprobe. */

import { VultusError } from '../errors.ts';
import { type FfmpegInput, probeArguments } from './arguments-node.ts';
import { output } from './process-node.ts';
import type { VideoInfo } from './source.ts';

/** What ffprobe says of a source. @throws VultusError `VIDEO_DECODE`, `DEPENDENCY_MISSING`, `ABORTED` */
export async function probe(input: FfmpegInput, signal?: AbortSignal): Promise<VideoInfo> {
  return readProbe(await output('ffprobe', probeArguments(input), input.name, signal), input.name);
}

/** Reads ffprobe's JSON. */
export function readProbe(json: string, name: string): VideoInfo {
  const { streams = [], format = {} } = JSON.parse(json) as {
    streams?: readonly Record<string, unknown>[];
    format?: Record<string, unknown>;
  };
  const stream = streams[0];
  const width = Number(stream?.width);
  const height = Number(stream?.height);
  if (stream === undefined || !(width > 0) || !(height > 0)) {
    throw new VultusError('VIDEO_DECODE', `Expected a video stream in ${name}, got none`);
  }
  const sideways = Math.abs(rotation(stream)) % 180 === 90;
  const fps = ratio(stream.avg_frame_rate) ?? ratio(stream.r_frame_rate);
  const seconds = Number(stream.duration ?? format.duration);
  return {
    width: sideways ? height : width,
    height: sideways ? width : height,
    ...(fps === undefined ? {} : { fps }),
    ...(seconds > 0 ? { durationMs: seconds * 1000 } : {}),
  };
}

/** Degrees of the display matrix (newer files) or of the rotate tag (older ones); ffmpeg turns the frames by itself. */
function rotation(stream: Record<string, unknown>): number {
  const sides = Array.isArray(stream.side_data_list) ? (stream.side_data_list as Record<string, unknown>[]) : [];
  const tags = (stream.tags ?? {}) as Record<string, unknown>;
  const degrees = Number(sides.find(({ rotation: turn }) => turn !== undefined)?.rotation ?? tags.rotate ?? 0);
  return Number.isFinite(degrees) ? Math.round(degrees) : 0;
}

function ratio(text: unknown): number | undefined {
  const [above, below] = String(text).split('/').map(Number);
  const value = (above ?? 0) / (below ?? 1);
  return Number.isFinite(value) && value > 0 ? value : undefined;
}
