/** Drawings: layers in their places, well-formed, labels inside and apart, colours by identity, every format. */

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { type Box, intersectionArea, jointNames } from 'vultus';
import { leader, placeLabels } from './draw/labels.ts';
import { drawingScale } from './draw/scale.ts';
import { escapeXml, fitText, textWidth } from './draw/text.ts';
import {
  type DrawnFace,
  drawFaces,
  drawFormat,
  identityColours,
  mutedColour,
  overlaySvg,
  renderDrawing,
} from './draw.ts';

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
      const { info } = await sharp(Buffer.from(overlaySvg({ width, height }, { faces })))
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
        for (const rect of labelRects(overlaySvg({ width, height }, { faces }))) {
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
    const svg = overlaySvg({ width: 200, height: 100 }, { faces });
    expect(svg).toContain(mutedColour);
    expect(svg).toContain(identityColours(['Ann']).get('Ann'));
    const colours = identityColours(['Ann', 'Bob', 'Cy', 'Di', 'Ed', 'Flo', 'Gus', 'Hal', 'Ida', 'Joe']);
    expect(new Set(colours.values()).size).toBe(10);
  });
});

function expectApart(labels: readonly Box[]): void {
  for (const [i, a] of labels.entries()) {
    for (const b of labels.slice(i + 1)) expect(intersectionArea(a, b)).toBe(0);
  }
}

describe('placeLabels', () => {
  it('keeps labels apart where there is room, close rows of faces included', () => {
    const boxes = Array.from({ length: 10 }, (_, i) =>
      box(100 + (i % 5) * 130, 200 + Math.floor(i / 5) * 190, 100, 120),
    );
    const labels = placeLabels(
      boxes.map((each) => ({ box: each, width: 170, height: 26 })),
      { width: 900, height: 640, gap: 4 },
    );
    expect(labels).not.toContain(undefined);
    expectApart(labels as Box[]);
  });

  it('never puts a label on another, and leaves one out where no place is left', () => {
    const crowd = Array.from({ length: 300 }, (_, i) => box((i % 20) * 16, Math.floor(i / 20) * 16, 14));
    const requests = crowd.map((each) => ({ box: each, width: 40, height: 12 }));
    const labels = placeLabels(requests, { width: 320, height: 240, gap: 2 }).filter((label) => label !== undefined);
    expect(labels.length).toBeGreaterThan(60);
    expect(labels.length).toBeLessThan(300);
    expectApart(labels);
  });

  it('joins a label that had to go further away to its box by a line', () => {
    const far = leader(box(100, 0, 40, 10), box(100, 100, 40), 4);
    expect(far).toEqual([
      { x: 120, y: 10 },
      { x: 120, y: 100 },
    ]);
    expect(leader(box(100, 86, 40, 10), box(100, 100, 40), 4)).toBeUndefined();
  });
});

describe('layers', () => {
  const straight = [1, 0, 0, 0, 1, 0, 0, 0, 1] as const;
  const draw = (face: Partial<DrawnFace>) => {
    const faces = [{ box: box(100, 100, 200), ...face }];
    return overlaySvg({ width: 400, height: 400 }, { faces });
  };
  const grid = (count: number) => Array.from({ length: count }, (_, i) => ({ x: 100 + (i % 20) * 10, y: 100 + i / 3 }));
  const ends = (svg: string) => [...svg.matchAll(/L([\d.-]+) ([\d.-]+)"/g)].map(([, x, y]) => [Number(x), Number(y)]);

  it('point the axes of a straight head right and down from the nose', () => {
    const nose = { x: 200, y: 210 };
    const landmarks = { leftEye: nose, rightEye: nose, nose, leftMouth: nose, rightMouth: nose };
    const found = ends(draw({ axes: { matrix: straight }, landmarks }));
    expect(found).toContainEqual([300, 210]);
    expect(found).toContainEqual([200, 310]);
    expect(found).toContainEqual([200, 210]);
  });

  it('draw a cube in place of the box, and its label clear of it', () => {
    const turned = [0.8, 0, 0.6, 0, 1, 0, -0.6, 0, 0.8] as const;
    const svg = draw({ cube: { matrix: turned }, label: '1' });
    expect(svg.match(/<rect/g)).toHaveLength(1);
    expect(intersectionArea(labelRects(svg)[0] as Box, box(60, 100, 280, 200))).toBe(0);
  });

  it('join the points of each scheme, and leave others as dots', () => {
    const closed = (count: number) => draw({ landmarks: grid(count) }).match(/Z/g)?.length ?? 0;
    expect([68, 98, 106, 7].map(closed)).toEqual([4, 6, 4, 0]);
  });

  it('draw the net of a mesh where there is room for it, with irises', () => {
    const net = (width: number) => draw({ mesh: grid(478), box: box(10, 10, width) });
    expect(net(200).match(/<circle/g)).toHaveLength(2);
    expect(net(200).length).toBeGreaterThan(net(60).length * 2);
    expect(net(30)).not.toContain('<circle');
  });

  it('look from the eyes along the gaze', () => {
    const eye = (x: number) => ({ x, y: 150 });
    const five = { leftEye: eye(150), rightEye: eye(250), nose: eye(200), leftMouth: eye(150), rightMouth: eye(250) };
    const found = ends(draw({ gaze: { vector: [0.5, 0, -0.87] }, landmarks: five }));
    expect(found).toContainEqual([240, 150]);
    expect(found).toContainEqual([340, 150]);
  });

  it('draw bodies without the heads whose faces are drawn, and things dashed', () => {
    const joints = jointNames.map((name, i) => ({ name, x: 150 + 5 * i, y: 120 + 15 * i, score: 1 }));
    const bodies = [{ score: 1, box: box(100, 100, 200), joints }];
    const circles = (faces: DrawnFace[]) =>
      overlaySvg({ width: 400, height: 400 }, { faces, bodies }).match(/<circle/g)?.length;
    expect(circles([])).toBe(17);
    expect(circles([{ box: box(140, 110, 60) }])).toBe(12);
    const objects = [{ label: 'cup', score: 0.5, box: box(10, 10, 50) }];
    expect(overlaySvg({ width: 400, height: 400 }, { objects })).toMatch(/dasharray.*cup.*0\.50/s);
  });

  it('say the lines of a label below its name', () => {
    const svg = draw({ identity: null, lines: ['Ann 0.31', 'Bob 0.20'] });
    expect(svg).toMatch(/unknown.*Ann 0\.31.*Bob 0\.20/s);
    expect(labelRects(svg)[0]?.height).toBeGreaterThan(40);
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
  it('enlarges small pictures, with everything in its place', async () => {
    const image = { width: 100, height: 60, data: new Uint8Array(100 * 60 * 3).fill(200) };
    const faces = [{ box: box(30, 20, 20), landmarks: [{ x: 40, y: 30 }] }];
    const svg = Buffer.from(await renderDrawing(image, { faces }, 'svg')).toString();
    expect(svg).toContain('<svg xmlns="http://www.w3.org/2000/svg" width="800" height="480"');
    expect(svg).toContain('<rect x="240" y="160" width="160" height="160"');
    expect(svg).toContain('<circle cx="320" cy="240"');
    const png = await sharp(await renderDrawing(image, { faces }, 'png')).metadata();
    expect(png).toMatchObject({ width: 800, height: 480 });
    expect(drawingScale({ width: 720, height: 20 })).toBe(1);
    expect(drawingScale({ width: 250, height: 250 })).toBe(3);
  });

  it('writes each format at the size of the picture, and refuses others', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'vultus-draw-'));
    try {
      const image = { width: 120, height: 80, data: new Uint8Array(120 * 80 * 3).fill(200) };
      for (const name of ['a.png', 'a.jpg', 'a.webp', 'deep/er/a.svg']) {
        const path = join(folder, name);
        await drawFaces(image, [{ box: box(30, 20, 40), identity: 'Ann' }], path, { scale: 1 });
        expect(await sharp(readFileSync(path)).metadata()).toMatchObject({ width: 120, height: 80 });
      }
      expect(() => drawFormat('a.gif')).toThrow('.png');
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
