/** Drawings: well-formed, labels inside and apart, colours by identity, every format. */

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { type Box, intersectionArea } from 'vultus';
import { placeLabels } from './draw/labels.ts';
import { escapeXml, fitText, textWidth } from './draw/text.ts';
import { type DrawnFace, drawFaces, drawFormat, identityColours, mutedColour, overlaySvg } from './draw.ts';

const box = (x: number, y: number, width: number, height = width): Box => ({ x, y, width, height });

function labelRects(svg: string): Box[] {
  const pattern = /class="label"><rect x="([\d.-]+)" y="([\d.-]+)" width="([\d.]+)" height="([\d.]+)"/g;
  return [...svg.matchAll(pattern)].map(([, x, y, width, height]) => ({
    x: Number(x),
    y: Number(y),
    width: Number(width),
    height: Number(height),
  }));
}

describe('overlaySvg', () => {
  it('can be rasterised at any size, whatever the names and boxes', async () => {
    const faces: DrawnFace[] = [
      { box: box(-20, -20, 60), identity: '<b> & "quotes" \u0000\u001f \ud800', note: "it's" },
      { box: box(90, 90, 500), identity: null },
      { box: box(10, 10, 0), identity: '田中さん 😀', landmarks: [{ x: 1, y: 2 }] },
    ];
    for (const [width, height] of [
      [40, 30],
      [640, 480],
      [6000, 4000],
    ] as const) {
      const { info } = await sharp(Buffer.from(overlaySvg({ width, height }, faces)))
        .raw()
        .toBuffer({ resolveWithObject: true });
      expect(info).toMatchObject({ width, height });
    }
  });

  it('keeps every label inside the picture', () => {
    const face = fc.record({
      box: fc.record({
        x: fc.double({ min: -50, max: 1900, noNaN: true }),
        y: fc.double({ min: -50, max: 1000, noNaN: true }),
        width: fc.double({ min: 1, max: 700, noNaN: true }),
        height: fc.double({ min: 1, max: 700, noNaN: true }),
      }),
      identity: fc.option(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 60 })),
      note: fc.constantFrom('0.71', '100.0 %'),
    });
    const side = fc.integer({ min: 60, max: 4000 });
    fc.assert(
      fc.property(side, side, fc.array(face, { maxLength: 12 }), (width, height, faces) => {
        for (const rect of labelRects(overlaySvg({ width, height }, faces))) {
          expect(rect.x).toBeGreaterThanOrEqual(-0.01);
          expect(rect.y).toBeGreaterThanOrEqual(-0.01);
          expect(rect.x + rect.width).toBeLessThanOrEqual(width + 0.02);
          expect(rect.y + rect.height).toBeLessThanOrEqual(height + 0.02);
        }
      }),
      { numRuns: 40 },
    );
  });

  it('colours by identity, strangers muted', () => {
    const faces = [
      { box: box(10, 10, 50), identity: null },
      { box: box(100, 10, 50), identity: 'Ann' },
    ];
    const svg = overlaySvg({ width: 200, height: 100 }, faces);
    expect(svg).toContain(mutedColour);
    expect(svg).toContain(identityColours(['Ann']).get('Ann'));
    const colours = identityColours(['Ann', 'Bob', 'Cy', 'Di', 'Ed', 'Flo', 'Gus', 'Hal', 'Ida', 'Joe']);
    expect(new Set(colours.values()).size).toBe(10);
  });
});

describe('placeLabels', () => {
  it('keeps labels apart where there is room, close rows of faces included', () => {
    const boxes = Array.from({ length: 10 }, (_, i) =>
      box(100 + (i % 5) * 130, 200 + Math.floor(i / 5) * 190, 100, 120),
    );
    const labels = placeLabels(
      boxes.map((each) => ({ box: each, width: 170, height: 26 })),
      { width: 900, height: 640, gap: 4 },
    );
    for (const [i, a] of labels.entries()) {
      for (const b of labels.slice(i + 1)) expect(intersectionArea(a, b)).toBe(0);
    }
  });
});

describe('text', () => {
  it('cuts what does not fit and escapes what XML cannot hold', () => {
    expect(fitText('Ann', 10)).toBe('Ann');
    const cut = fitText('A very long name that goes on', 6);
    expect(cut.endsWith('…')).toBe(true);
    expect(textWidth(cut)).toBeLessThanOrEqual(6);
    expect(escapeXml('<a & "b">\u0001\ud800')).toBe('&#60;a &#38; &#34;b&#34;&#62;  ');
  });
});

describe('drawFaces', () => {
  it('writes each format at the size of the picture, and refuses others', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'vultus-draw-'));
    try {
      const image = { width: 120, height: 80, data: new Uint8Array(120 * 80 * 3).fill(200) };
      for (const name of ['a.png', 'a.jpg', 'a.webp', 'deep/er/a.svg']) {
        const path = join(folder, name);
        await drawFaces(image, [{ box: box(30, 20, 40), identity: 'Ann' }], path);
        expect(await sharp(readFileSync(path)).metadata()).toMatchObject({ width: 120, height: 80 });
      }
      expect(() => drawFormat('a.gif')).toThrow('.png');
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
