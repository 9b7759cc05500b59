/** The factor study on drawn faces: every change changes the picture, figures are those of their definition. */

import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import type { Faceprint, Point } from 'vultus';
import { type AlterableFace, factors } from './alter.ts';
import { evaluateFactors } from './factors.ts';
import { factorsReport, factorsTable } from './factors-command.ts';
import { reportHtml } from './report.ts';

const contract = { id: 'made-up', version: '1', sha256: '1'.repeat(64), dimension: 16 };

/** 68 points on a plain face: a jaw, and two eyes. */
const points: Point[] = Array.from({ length: 68 }, (_, i) => {
  if (i < 17) return { x: 20 + i * 4, y: 50 + 40 * Math.sin((i / 16) * Math.PI) };
  const turn = ((i % 6) / 6) * 2 * Math.PI;
  if (i >= 36 && i < 42) return { x: 38 + 5 * Math.cos(turn), y: 45 + 3 * Math.sin(turn) };
  if (i >= 42 && i < 48) return { x: 66 + 5 * Math.cos(turn), y: 45 + 3 * Math.sin(turn) };
  return { x: 52, y: 60 };
});
const face: AlterableFace = { height: 80, points };

const picture = (shade: number) =>
  sharp(
    Buffer.from(
      `<svg xmlns="http://www.w3.org/2000/svg" width="104" height="110"><rect width="104" height="110" fill="#456"/><ellipse cx="52" cy="55" rx="34" ry="42" fill="rgb(${shade},150,120)"/><circle cx="38" cy="45" r="4"/><circle cx="66" cy="45" r="4"/></svg>`,
    ),
  )
    .png()
    .toBuffer();

/** A stand-in for an embedder: the picture in sixteen fields of brightness. */
async function thumbnail(bytes: Uint8Array): Promise<Faceprint> {
  const grey = await sharp(bytes).resize(4, 4, { fit: 'fill' }).greyscale().raw().toBuffer();
  const values = Array.from(grey, (value) => value - 100);
  const length = Math.hypot(...values);
  return { contract, precision: 'float32', vector: Float32Array.from(values, (value) => value / length) };
}

describe('evaluateFactors', () => {
  const engine = {
    presets: [{ preset: 'thumbnail', threshold: 0.9 }],
    embedBytes: async (bytes: Uint8Array) => {
      const { width = 0 } = await sharp(bytes).metadata();
      return [width < 24 ? null : await thumbnail(bytes)];
    },
    findFace: async () => face,
  };

  it('reports every level of every factor', async () => {
    const pairs = [{ changed: await picture(200), untouched: await picture(190) }];
    const result = await evaluateFactors(engine, pairs);
    const [unchanged] = result.rows;
    expect(result.rows.length).toBe(1 + factors.flatMap(({ levels }) => levels).length);
    expect(unchanged?.presets.thumbnail?.reduction).toBeCloseTo(0, 9);
    const mask = result.rows.find(({ level }) => level === 'mask');
    const [before, after] = [unchanged, mask].map((row) => row?.presets.thumbnail?.similarity as number) as [
      number,
      number,
    ];
    expect(Math.abs((mask?.presets.thumbnail?.reduction as number) - (before - after))).toBeLessThan(1e-6);
    expect(after).toBeLessThan(before);
    const smallest = result.rows.find(({ factor, level }) => factor === 'Face height' && level === '16');
    expect(smallest).toMatchObject({ noFace: 1, presets: { thumbnail: { missed: 1 } } });
    expect(factorsTable(result)).toContain('sunglasses');
    expect(reportHtml(factorsReport(result))).not.toMatch(/NaN|undefined/);
  });

  it('changes a picture at every level, the same way each time', async () => {
    const original = await picture(200);
    for (const { name, levels } of factors) {
      for (const level of levels) {
        const [once, again] = [await level.alter(original, face), await level.alter(original, face)];
        expect(Buffer.compare(once, again), `${name} ${level.name}`).toBe(0);
        expect(Buffer.compare(once, original), `${name} ${level.name}`).not.toBe(0);
      }
    }
  });

  it('refuses pairs without faces', async () => {
    const blind = { ...engine, findFace: async () => null };
    const pairs = [{ changed: await picture(1), untouched: await picture(2) }];
    await expect(evaluateFactors(blind, pairs)).rejects.toThrow(/face on both/);
  });
});
