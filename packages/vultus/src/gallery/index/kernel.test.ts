/** The kernels equal their plain twin, and the committed bytes are what the source compiles to. */

import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { openCoding } from './coding.ts';
import { openKernel } from './kernel.ts';
import { quantiseCoarsely, quantiseQuery, quantiseRow } from './quantise.ts';
import { clustered } from './vector-index.contract.ts';

const rowsAt = 65_536;
const scalesAt = 4096;
const queryAt = 1024 * 1024;
const heapAt = 2 * 1024 * 1024;

describe.each([
  ['plain', new WebAssembly.Memory({ initial: 64 })],
  ['shared', new WebAssembly.Memory({ initial: 64, maximum: 64, shared: true })],
])('kernels over a %s memory', (_name, memory) => {
  const kernel = openKernel(memory);

  it.each([16, 48, 128, 512])('scan equals its twin at %i components', (stride) => {
    const { count, units } = fill(memory, stride);
    for (const limit of [1, 7, 64]) {
      for (const floor of [-2, 0.2]) {
        const args = [
          rowsAt,
          scalesAt,
          count,
          stride,
          queryAt,
          units[0] as number,
          heapAt,
          0,
          limit,
          floor,
          100,
          0,
        ] as const;
        const size = kernel.scan(...args);
        expect(heapRows(memory, heapAt, size)).toEqual(
          twin(memory, stride, count, queryAt, units[0] as number, limit, floor),
        );
      }
    }
  });

  it.each([16, 512])('scan4 equals four scans at %i components', (stride) => {
    const { count, units } = fill(memory, stride);
    const [unitsAt, floorsAt, sizesAt, limit] = [512, 528, 544, 9];
    for (const rows of [count, count - 1]) {
      new Float32Array(memory.buffer, unitsAt, 4).set(units);
      new Float32Array(memory.buffer, floorsAt, 4).set([-2, 0, 0.1, 2]);
      new Uint32Array(memory.buffer, sizesAt, 4).fill(0);
      kernel.scan4(rowsAt, scalesAt, rows, stride, queryAt, unitsAt, heapAt, sizesAt, limit, floorsAt, 100, 0);
      for (const [i, floor] of [-2, 0, 0.1, 2].entries()) {
        const size = new Uint32Array(memory.buffer, sizesAt, 4)[i] as number;
        const wanted = twin(memory, stride, rows, queryAt + 2 * stride * i, units[i] as number, limit, floor);
        expect(heapRows(memory, heapAt + 8 * limit * i, size)).toEqual(wanted);
      }
    }
  });

  it.each([32, 512])('scanFloats equals its twin at %i bytes', (stride) => {
    const count = 501;
    const vectors = clustered(count + 9, stride / 4, 3);
    const rows = vectors.slice(0, (count * stride) / 4);
    new Float32Array(memory.buffer, rowsAt, rows.length).set(rows);
    const scales = new Float32Array(memory.buffer, scalesAt, count).fill(1);
    scales[77] = Number.NaN;
    const query = vectors.slice((11 * stride) / 4, (12 * stride) / 4);
    new Float32Array(memory.buffer, queryAt, query.length).set(query);
    const size = kernel.scanFloats(rowsAt, scalesAt, count, stride, queryAt, 1, heapAt, 0, 40, 0.1, 100, 0);
    const scored = Array.from({ length: count }, (_, row) => {
      const vector = rows.subarray((row * stride) / 4, ((row + 1) * stride) / 4);
      return { row, score: row === 77 ? Number.NaN : vector.reduce((sum, x, i) => sum + x * (query[i] as number), 0) };
    });
    const wanted = scored.filter(({ score }) => score >= 0.1).sort((a, b) => b.score - a.score);
    expect(heapRows(memory, heapAt, size)).toEqual(wanted.slice(0, 40).map(({ row }) => row + 100));
  });

  it('select keeps the best of a table of sums', () => {
    const [count, width, limit, stride] = [300, 16, 5, 64];
    const vectors = clustered(count, stride, 7);
    const scales = new Float32Array(memory.buffer, scalesAt, count);
    const [unitsAt, barsAt, floorsAt, sizesAt, sumsAt] = [512, 640, 768, 896, queryAt];
    const codes = Array.from({ length: count }, (_, row) => {
      const each = new Int8Array(stride);
      scales[row] = quantiseRow(vectors.slice(row * stride, (row + 1) * stride), each).scale;
      return each;
    });
    scales[5] = Number.NaN;
    const units = new Float32Array(memory.buffer, unitsAt, width);
    const queries = Array.from({ length: width }, (_, q) => {
      const each = new Int8Array(stride);
      units[q] = quantiseCoarsely(vectors.slice(q * stride, (q + 1) * stride), each).scale;
      return each;
    });
    const sum = (row: number, q: number): number =>
      (codes[row] as Int8Array).reduce((total, x, i) => total + x * (queries[q]?.[i] as number), 0);
    const sums = new Int32Array(memory.buffer, sumsAt, count * width);
    for (let i = 0; i < sums.length; i++) sums[i] = sum(Math.floor(i / width), i % width);
    const floors = Array.from({ length: width }, (_, q) => (q === 3 ? 0.99 : q === 4 ? Number.POSITIVE_INFINITY : -2));
    for (const at of [barsAt, floorsAt]) new Float32Array(memory.buffer, at, width).set(floors);
    new Uint32Array(memory.buffer, sizesAt, width).fill(0);
    kernel.select(sumsAt, scalesAt, count, width, unitsAt, barsAt, heapAt, sizesAt, limit, floorsAt, 100, 0);
    for (let q = 0; q < width; q++) {
      const size = new Uint32Array(memory.buffer, sizesAt, width)[q] as number;
      const scored = codes.map((_, row) => ({
        row,
        score: sum(row, q) * (scales[row] as number) * (units[q] as number),
      }));
      const wanted = scored.filter(({ score }) => score >= (floors[q] as number)).sort((a, b) => b.score - a.score);
      expect(heapRows(memory, heapAt + 8 * limit * q, size)).toEqual(
        wanted.slice(0, limit).map(({ row }) => row + 100),
      );
    }
  });

  it('lifts signed bytes by 128', () => {
    const bytes = Int8Array.from({ length: 64 }, (_, i) => i * 9 - 128);
    new Int8Array(memory.buffer, rowsAt, 64).set(bytes);
    kernel.lift(rowsAt, 64);
    expect([...new Uint8Array(memory.buffer, rowsAt, 64)]).toEqual(Array.from(bytes, (x) => x + 128));
  });

  it.each([4, 37, 512])('encode equals its twin at %i components', (dimension) => {
    const count = 60;
    const stride = 16 * Math.ceil(dimension / 16);
    const vectors = clustered(count, dimension, 13);
    vectors.fill(0, 3 * dimension, 4 * dimension);
    new Float32Array(memory.buffer, heapAt, vectors.length).set(vectors);
    new Int8Array(memory.buffer, rowsAt, count * stride).fill(0);
    const worst = kernel.encode(heapAt, count, dimension, rowsAt, scalesAt, stride);
    let largest = 0;
    for (let row = 0; row < count; row++) {
      const codes = new Int8Array(stride);
      const vector = vectors.slice(row * dimension, (row + 1) * dimension);
      const { scale, residual } = quantiseRow(vector, codes);
      expect(new Int8Array(memory.buffer, rowsAt + row * stride, stride)).toEqual(codes);
      expect(new Float32Array(memory.buffer, scalesAt, count)[row]).toBe(scale);
      const off = Math.hypot(...Array.from(vector, (x, i) => x - (codes[i] as number) * scale));
      expect(residual).toBeGreaterThanOrEqual(off);
      largest = Math.max(largest, off);
    }
    expect(worst).toBeGreaterThanOrEqual(largest);
    expect(worst).toBeLessThan(1.001 * largest);
  });

  it.each([128, 300, 512])('encodeSigns and scanBits equal their twin at %i components', (dimension) => {
    const [count, limit] = [203, 40];
    const coding = openCoding('signs', dimension);
    const vectors = clustered(count, dimension, 5);
    vectors[7] = 0;
    const run = { memory, kernel, scratch: heapAt, rows: rowsAt, scales: scalesAt };
    coding.encode(vectors, run);
    const vectorOf = (row: number): Float32Array => vectors.slice(row * dimension, (row + 1) * dimension);
    const codesOf = (row: number): Uint8Array => coding.query(vectorOf(row), 0).codes as Uint8Array;
    for (let row = 0; row < count; row++) {
      expect(new Uint8Array(memory.buffer, rowsAt + row * coding.stride, coding.stride)).toEqual(codesOf(row));
    }
    new Float32Array(memory.buffer, scalesAt, count)[77] = Number.NaN;
    new Uint8Array(memory.buffer, queryAt, coding.stride).set(codesOf(11));
    const bits = (x: number): number => x.toString(2).replaceAll('0', '').length;
    const score = (row: number): number =>
      codesOf(row).reduce((sum, byte, i) => sum - 2 * bits(byte ^ (codesOf(11)[i] as number)), 8 * coding.stride);
    const scored = Array.from({ length: count }, (_, row) => ({ row, score: score(row) })).filter(
      ({ row }) => row !== 77,
    );
    const size = kernel.scanBits(rowsAt, scalesAt, count, coding.stride, queryAt, 1, heapAt, 0, limit, -1e9, 0, 0);
    const found = new Set(heapRows(memory, heapAt, size));
    const wanted = scored
      .map((each) => each.score)
      .sort((a, b) => b - a)
      .slice(0, limit);
    // Many rows agree in as many signs: any of them may be the last ones.
    expect(
      scored
        .filter(({ row }) => found.has(row))
        .map((each) => each.score)
        .sort((a, b) => b - a),
    ).toEqual(wanted);
    expect(
      kernel.scanBits(rowsAt, scalesAt, count, coding.stride, queryAt, 1, heapAt, 0, limit, wanted[0] as number, 0, 0),
    ).toBe(scored.filter((each) => each.score >= (wanted[0] as number)).length);
  });
});

it('kernel.data.ts is what kernel/scan.as.ts compiles to', async () => {
  const build = fileURLToPath(new URL('../../../kernel/build.mjs', import.meta.url));
  await expect(promisify(execFile)(process.execPath, [build, '--check'])).resolves.toMatchObject({ stderr: '' });
});

/** Places 500 rows, some of them dead, and four queries. */
function fill(memory: WebAssembly.Memory, stride: number): { count: number; units: Float32Array } {
  const count = 500;
  const vectors = clustered(count, stride, stride);
  const scales = new Float32Array(memory.buffer, scalesAt, count);
  for (let row = 0; row < count; row++) {
    const codes = new Int8Array(memory.buffer, rowsAt + row * stride, stride);
    scales[row] = quantiseRow(vectors.slice(row * stride, (row + 1) * stride), codes).scale;
    if (row % 50 === 3) scales[row] = Number.NaN;
  }
  const units = Float32Array.from([3, 40, 111, 499], (row, i) => {
    const codes = new Int16Array(memory.buffer, queryAt + 2 * stride * i, stride);
    return quantiseQuery(vectors.slice(row * stride, (row + 1) * stride), codes).scale;
  });
  return { count, units };
}

/** The kernel's scan in plain JavaScript: every score, sorted. */
function twin(
  memory: WebAssembly.Memory,
  stride: number,
  count: number,
  query: number,
  unit: number,
  limit: number,
  floor: number,
): number[] {
  const codes = new Int8Array(memory.buffer, rowsAt, count * stride);
  const scales = new Float32Array(memory.buffer, scalesAt, count);
  const probe = new Int16Array(memory.buffer, query, stride);
  const scored: { row: number; score: number }[] = [];
  for (let row = 0; row < count; row++) {
    let sum = 0;
    for (let i = 0; i < stride; i++) sum += (codes[row * stride + i] as number) * (probe[i] as number);
    const score = sum * (scales[row] as number) * unit;
    if (score >= floor) scored.push({ row: row + 100, score });
  }
  scored.sort((a, b) => b.score - a.score);
  return scored.slice(0, limit).map(({ row }) => row);
}

function heapRows(memory: WebAssembly.Memory, heap: number, size: number): number[] {
  const scores = new Float32Array(memory.buffer, heap, 2 * size);
  const rows = new Uint32Array(memory.buffer, heap, 2 * size);
  const entries = Array.from({ length: size }, (_, i) => ({
    score: scores[2 * i] as number,
    row: rows[2 * i + 1] as number,
  }));
  return entries.sort((a, b) => b.score - a.score).map(({ row }) => row);
}
