/** What ffmpeg and ffprobe are told: arrays of arguments, from checked sources. Nothing here runs anything. */

import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { VultusError } from '../errors.ts';

/** A camera of this machine: its number, or its name (Linux: the device file). */
export interface Webcam {
  readonly webcam: number | string;
  readonly width?: number;
  readonly height?: number;
  readonly fps?: number;
}

/** A source as ffmpeg sees it. */
export interface FfmpegInput {
  /** Options before `-i`, and the input itself. */
  readonly args: readonly string[];
  /** Frames come when they come and are lost if not taken. */
  readonly live: boolean;
  /** For messages; without user name and password. */
  readonly name: string;
}

/** Each scheme that may be opened, with the protocols that ffmpeg may use for it and nothing else. */
const schemes: Readonly<Record<string, { readonly protocols: string; readonly options: readonly string[] }>> = {
  rtsp: {
    protocols: 'rtsp,rtp,udp,tcp',
    options: ['-rtsp_transport', 'tcp', '-timeout', '10000000', '-fflags', 'nobuffer'],
  },
  rtsps: {
    protocols: 'rtsp,rtsps,rtp,udp,tcp,tls',
    options: ['-rtsp_transport', 'tcp', '-timeout', '10000000', '-fflags', 'nobuffer'],
  },
  http: { protocols: 'http,tcp', options: ['-rw_timeout', '10000000'] },
  https: { protocols: 'https,tls,tcp,crypto', options: ['-rw_timeout', '10000000'] },
  rtmp: { protocols: 'rtmp,tcp', options: [] },
  rtmps: { protocols: 'rtmps,tls,tcp', options: [] },
  tcp: { protocols: 'tcp', options: [] },
  udp: { protocols: 'udp', options: [] },
  srt: { protocols: 'srt', options: [] },
};

/**
 * The input part of a command line.
 * @throws VultusError `INVALID_ARGUMENT` for a scheme that is not on the list; `FILE_READ` for an absent file
 */
export function ffmpegInput(source: string | URL | Webcam, platform: NodeJS.Platform = process.platform): FfmpegInput {
  if (typeof source === 'object' && 'webcam' in source) return webcamInput(source, platform);
  const text = String(source);
  const camera = /^webcam:(.+)$/.exec(text)?.[1];
  if (camera !== undefined) {
    return webcamInput({ webcam: /^\d+$/.test(camera) ? Number(camera) : camera }, platform);
  }
  const scheme = /^([a-z][a-z0-9+.-]+):/i.exec(text)?.[1]?.toLowerCase();
  if (scheme === undefined || scheme === 'file' || existsSync(text))
    return fileInput(scheme === 'file' ? new URL(text) : text);
  const known = Object.hasOwn(schemes, scheme) ? schemes[scheme] : undefined;
  if (known === undefined) {
    const list = ['file', 'webcam', ...Object.keys(schemes)].join(', ');
    throw new VultusError(
      'INVALID_ARGUMENT',
      `openVideo: expected a path or a URL of ${list}; got the scheme ${scheme}`,
    );
  }
  return {
    args: ['-protocol_whitelist', known.protocols, ...known.options, '-i', text],
    live: true,
    name: withoutSecrets(text),
  };
}

/** The whole command line that turns an input into raw RGB on standard output and frame times on standard error. */
export function decodeArguments(
  input: FfmpegInput,
  options: {
    readonly startMs?: number | undefined;
    readonly endMs?: number | undefined;
    readonly filters: readonly string[];
  },
): string[] {
  const { startMs, endMs, filters } = options;
  return [
    '-hide_banner',
    '-nostdin',
    '-nostats',
    '-loglevel',
    'info',
    ...(startMs === undefined ? [] : ['-ss', String(startMs / 1000)]),
    ...(endMs === undefined ? [] : ['-t', String((endMs - (startMs ?? 0)) / 1000)]),
    ...input.args,
    '-map',
    '0:v:0',
    '-an',
    '-sn',
    '-dn',
    '-vf',
    [...filters, 'showinfo=checksum=0'].join(','),
    '-fps_mode',
    'passthrough',
    '-f',
    'rawvideo',
    '-pix_fmt',
    'rgb24',
    'pipe:1',
  ];
}

/** The command line that asks for the first video stream's properties as JSON. */
export function probeArguments(input: FfmpegInput): string[] {
  return [
    '-v',
    'error',
    '-select_streams',
    'v:0',
    '-show_streams',
    '-show_format',
    '-print_format',
    'json',
    // ffprobe takes the same input options except the read-ahead limits of ffmpeg itself.
    ...input.args,
  ];
}

function fileInput(file: string | URL): FfmpegInput {
  const path = resolve(typeof file === 'string' ? file : fileURLToPath(file));
  if (!existsSync(path)) {
    throw new VultusError('FILE_READ', `openVideo: expected a video file, got nothing at ${path}. Check the path`);
  }
  // The prefix keeps a name such as "-y" or "concat:a|b" from meaning anything.
  return { args: ['-protocol_whitelist', 'file', '-i', `file:${path}`], live: false, name: path };
}

function webcamInput({ webcam, width, height, fps }: Webcam, platform: NodeJS.Platform): FfmpegInput {
  const size = width !== undefined && height !== undefined ? ['-video_size', `${width}x${height}`] : [];
  const rate = fps === undefined ? [] : ['-framerate', String(fps)];
  const name = `webcam ${webcam}`;
  if (platform === 'darwin') {
    return { args: ['-f', 'avfoundation', ...rate, ...size, '-i', `${webcam}:none`], live: true, name };
  }
  if (platform === 'win32') {
    return { args: ['-f', 'dshow', ...rate, ...size, '-i', `video=${webcam}`], live: true, name };
  }
  const device = typeof webcam === 'number' ? `/dev/video${webcam}` : webcam;
  if (!/^\/dev\/[\w/-]+$/.test(device)) {
    throw new VultusError('INVALID_ARGUMENT', `openVideo: expected a camera such as 0 or /dev/video0, got ${device}`);
  }
  return { args: ['-f', 'v4l2', ...rate, ...size, '-i', device], live: true, name };
}

function withoutSecrets(url: string): string {
  return url.replace(/\/\/[^/@]*@/, '//').replace(/\?.*$/, '');
}
