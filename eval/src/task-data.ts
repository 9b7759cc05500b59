/** Readers of the labelled pictures that tasks are measured on. */

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inflateSync } from 'node:zlib';
import type { Point } from 'vultus';

/** A face with labelled points. */
export interface PointTruth {
  readonly file: string;
  readonly scheme: '68' | '98';
  readonly points: readonly Point[];
}

/** WFLW's 98 points: a table of image, tags, x0, y0, …; images relative to `images`. */
export function readWflw(path: string, images: string): PointTruth[] {
  return lines(path)
    .slice(1)
    .map((line) => {
      const [file = '', , ...numbers] = line.split('\t');
      return { file: join(images, file), scheme: '98', points: pairs(numbers.map(Number)) };
    });
}

/** FaceSynthetics: `name.png` with `name_ldmks.txt`, 70 lines of x y, the first 68 in dlib's order. */
export function readFaceSynthetics(folder: string): PointTruth[] {
  return files(folder, '.png').map((name) => {
    const numbers = lines(join(folder, name.replace('.png', '_ldmks.txt'))).flatMap((line) =>
      line.split(' ').map(Number),
    );
    return { file: join(folder, name), scheme: '68', points: pairs(numbers).slice(0, 68) };
  });
}

/** dlib's XML with 68 parts per box. */
export function readDlib(folder: string, name: string): PointTruth[] {
  const text = readFileSync(join(folder, name), 'utf8');
  return text
    .split('<image ')
    .slice(1)
    .flatMap((image) => {
      const file = join(folder, /file='([^']+)'/.exec(image)?.[1] ?? '');
      return image
        .split('<box ')
        .slice(1)
        .flatMap((box): PointTruth[] => {
          const parts = [...box.matchAll(/part name='\d+' x='(-?\d+)' y='(-?\d+)'/g)];
          const points = parts.map(([, x, y]) => ({ x: Number(x), y: Number(y) }));
          return points.length === 68 && existsSync(file) ? [{ file, scheme: '68', points }] : [];
        });
    });
}

/** A picture with true angles in degrees, with the SDK's signs. */
export interface PoseTruth {
  readonly file: string;
  readonly yaw: number;
  readonly pitch: number;
  readonly roll: number;
}

/** AFLW2000: `name.jpg` with `name.mat`, whose `Pose_Para` holds pitch, yaw and roll in radians, yaw > 0 to the left. */
export function readAflw(folder: string): PoseTruth[] {
  return files(folder, '.mat').map((name) => {
    const [pitch = 0, yaw = 0, roll = 0] = readMatrix(readFileSync(join(folder, name)), 'Pose_Para').map(
      (value) => (value * 180) / Math.PI,
    );
    return { file: join(folder, name.replace('.mat', '.jpg')), yaw: -yaw, pitch, roll };
  });
}

/** A row of a comma-separated table by its header. */
export function readTable(path: string): Record<string, string>[] {
  const [head = '', ...rows] = lines(path);
  const names = head.split(',');
  return rows.map((row) => {
    const cells = row.split(',');
    return Object.fromEntries(names.map((name, i) => [name, cells[i] ?? '']));
  });
}

/** Files of a folder with an ending, sorted. */
export function files(folder: string, ...endings: readonly string[]): string[] {
  return readdirSync(folder)
    .filter((name) => endings.length === 0 || endings.some((ending) => name.toLowerCase().endsWith(ending)))
    .sort();
}

/** Every `step`-th so that at most `most` are left, spread over the list. */
export function spread<T>(list: readonly T[], most: number): T[] {
  const step = Math.max(1, Math.ceil(list.length / most));
  return list.filter((_, i) => i % step === 0);
}

/** The real numbers of a variable in a MATLAB 5 file; empty where it is not there. */
export function readMatrix(bytes: Uint8Array, name: string): number[] {
  for (const { type, data } of elements(bytes.subarray(128))) {
    const inner = type === 15 ? [...elements(inflateSync(data))][0]?.data : data;
    const parts = inner && [...elements(inner)];
    if (parts && Buffer.from(parts[2]?.data ?? []).toString('latin1') === name && parts[3])
      return realNumbers(parts[3]);
  }
  return [];
}

interface MatElement {
  readonly type: number;
  readonly data: Uint8Array;
}

/** MATLAB 5 elements: type and length of four bytes each, padded to eight; short ones packed into eight bytes. */
function* elements(bytes: Uint8Array): Generator<MatElement> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  while (at + 8 <= bytes.length) {
    const word = view.getUint32(at, true);
    if (word >> 16 !== 0) {
      yield { type: word & 0xffff, data: bytes.subarray(at + 4, at + 4 + (word >> 16)) };
      at += 8;
      continue;
    }
    const length = view.getUint32(at + 4, true);
    yield { type: word, data: bytes.subarray(at + 8, at + 8 + length) };
    at += 8 + (word === 15 ? length : Math.ceil(length / 8) * 8);
  }
}

function realNumbers({ type, data }: MatElement): number[] {
  const copy = Uint8Array.from(data).buffer;
  if (type === 9) return Array.from(new Float64Array(copy));
  if (type === 7) return Array.from(new Float32Array(copy));
  return [];
}

function pairs(numbers: readonly number[]): Point[] {
  return Array.from({ length: Math.floor(numbers.length / 2) }, (_, i) => ({
    x: numbers[2 * i] as number,
    y: numbers[2 * i + 1] as number,
  }));
}

function lines(path: string): string[] {
  return readFileSync(path, 'utf8').trim().split(/\r?\n/);
}
