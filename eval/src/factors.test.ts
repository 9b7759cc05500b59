/** The factor study on drawn faces: every change changes the picture, figures are those of their definition. */

import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import type { Faceprint, Point } from 'vultus';
import { type AlterableFace, factors } from './alter.ts';
import { evaluateFactors } from './factors.ts';
import { factorsReport, factorsTable } from './factors-report.ts';
import { gridStudy } from './grid.ts';
import { gridMap, gridTable } from './grid-chart.ts';
import { heatMap } from './heat-map.ts';
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
const detection = { box: { x: 18, y: 13, width: 68, height: 84 }, score: 1 };
const face: AlterableFace = { detection, height: 84, points };

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

const evenLight = { faceBright: 0, faceDark: 0, pictureBright: 0, pictureDark: 0, brightness: 0.5 };

describe('evaluateFactors', () => {
  const engine = {
    presets: [{ preset: 'thumbnail', threshold: 0.9 }],
    embedBytes: async (bytes: Uint8Array) => {
      const { width = 0 } = await sharp(bytes).metadata();
      return width < 24 ? null : [await thumbnail(bytes)];
    },
    findFace: async () => face,
    // Blurry once the eyes are no longer black, dark and bright by the mean of the picture.
    quality: async (bytes: Uint8Array) => {
      const { dominant, channels } = await sharp(bytes).stats();
      const mean = channels.slice(0, 3).reduce((sum, channel) => sum + channel.mean, 0) / 3;
      const darkest = Math.min(...channels.slice(0, 3).map(({ min }) => min));
      const light = mean < 20 ? 'under' : mean > 235 ? 'over' : 'good';
      return {
        blur: { verdict: darkest > 20 ? ('blurry' as const) : ('good' as const), score: dominant.r / 255 },
        exposure: { ...evenLight, verdict: light as 'good' | 'under' | 'over' },
      };
    },
  };

  it('reports every level of every factor', async () => {
    const pairs = [{ changed: await picture(200), untouched: await picture(190) }];
    const result = await evaluateFactors(engine, pairs);
    const [unchanged] = result.rows;
    const checks = factors.flatMap(({ checked }) => checked?.checks ?? []);
    const levels = factors.flatMap((factor) => factor.levels);
    expect(checks.map(({ verdict }) => verdict)).toEqual(['blurry', 'blurry', 'under', 'over']);
    expect(result.rows.filter(({ check }) => check === undefined).length).toBe(1 + levels.length);
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

  it('changes each picture until the check trips, and not further', async () => {
    const pairs = [{ changed: await picture(200), untouched: await picture(190) }];
    const { rows } = await evaluateFactors(engine, pairs);
    const trip = rows.find(({ check }) => check === 'exposure check: too dark');
    const at = factors.find(({ name }) => name === 'Exposure')?.checked?.at;
    if (trip?.value === undefined || at === undefined) throw new Error('Expected a point at which the check trips');
    const verdict = async (value: number) => {
      const dark = await at(value)((pairs[0] as (typeof pairs)[0]).changed, face);
      return (await engine.quality(dark)).exposure.verdict;
    };
    expect(await verdict(trip.value)).toBe('under');
    expect(await verdict(trip.value + 8 / 64)).toBe('good');
    expect(rows.filter(({ check }) => check === 'blur check: blurry').length).toBeGreaterThan(0);
    // A picture that is dark before anything is done to it says nothing of the point.
    const dim = {
      ...engine,
      quality: async () => ({
        ...(await engine.quality(await picture(0))),
        exposure: { ...evenLight, verdict: 'under' as const },
      }),
    };
    const without = await evaluateFactors(dim, pairs);
    expect(without.rows.some(({ check }) => check === 'exposure check: too dark')).toBe(false);
  });
});

describe('gridStudy', () => {
  const unit = (...values: number[]): Faceprint => {
    const length = Math.hypot(...values);
    return {
      contract: { ...contract, dimension: values.length },
      precision: 'float32',
      vector: Float32Array.from(values, (v) => v / length),
    };
  };
  const spec = { x: { label: 'Yaw', edges: [-45, -15, 15, 45] }, y: { label: 'Pitch', edges: [-15, 15, 45] } };
  const items = [
    { person: 'a', x: 0, y: 0, prints: [unit(1, 0, 0)] },
    { person: 'a', x: 3, y: 2, prints: [unit(0.8, 0.6, 0)] },
    { person: 'a', x: 30, y: 0, prints: [unit(0.6, 0, 0.8)] },
    { person: 'a', x: 31, y: 1, prints: null },
    { person: 'a', x: 80, y: 0, prints: [unit(1, 0, 0)] },
    { person: 'alone', x: 0, y: 0, prints: [unit(1, 0, 0)] },
  ];

  it('compares with the middle of the same person, and leaves out those without', () => {
    const grid = gridStudy(items, [{ preset: 'plain', threshold: 0.5 }], spec);
    if (grid === undefined) throw new Error('Expected figures');
    expect(grid).toMatchObject({ people: 1, pictures: 4 });
    const turned = grid.cells.find(({ column, row }) => column === 2 && row === 0);
    // The middle's own similarity is 0.8; the turned one's 0.6 and 0.48.
    expect(turned).toMatchObject({ pictures: 2, noFace: 0.5 });
    expect(turned?.presets.plain?.similarity).toBeCloseTo(0.54, 6);
    expect(turned?.presets.plain?.reduction).toBeCloseTo(0.26, 6);
    expect(turned?.presets.plain?.missed).toBeCloseTo((0.5 + 1) / 2, 6);
    expect(gridTable(grid, 'plain')).toEqual([
      ['Pitch \\ Yaw', '−45…−15', '−15…15', '15…45'],
      ['15…45', '', '', ''],
      ['−15…15', '', '0.00 (2)', '0.26 (2)'],
    ]);
    for (const room of ['wide', 'narrow'] as const) {
      const svg = heatMap(gridMap(grid, 'plain', 'Turned heads'), room);
      expect(svg).toContain('>0.26<');
      expect(svg).not.toMatch(/NaN|undefined/);
    }
  });

  it('has nothing to say where nobody looks ahead twice', () => {
    expect(gridStudy(items.slice(5), [{ preset: 'plain', threshold: 0.5 }], spec)).toBeUndefined();
  });
});
