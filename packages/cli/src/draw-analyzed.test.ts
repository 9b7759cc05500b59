/** Layers: chosen by what was read, or by name; what each face and the scene bring to the drawing. */

import { describe, expect, it } from 'vitest';
import { type Analyzed, analyzedDrawing, defaultLayers, namedLayers } from './draw-analyzed.ts';

const face = {
  index: 0,
  box: { x: 10, y: 10, width: 50, height: 50 },
  score: 1,
  mesh: { points: [{ x: 1, y: 2, z: 3 }], presence: 1 },
  points: [{ x: 4, y: 5 }],
  pose: { yaw: 0, pitch: 0, roll: 0, matrix: [1, 0, 0, 0, 1, 0, 0, 0, 1], vector: [0, 0, 0] },
  gaze: { error: 'EYES_CLOSED' },
  age: { years: 33.6, bracket: '30-39', distribution: {} },
  gender: { label: 'female', distribution: {} },
  emotion: { label: 'happy', distribution: {} },
  mask: { label: 'none' },
} as unknown as Analyzed;

describe('defaultLayers', () => {
  it('takes the densest points that were read, and what else can be drawn', () => {
    expect(defaultLayers(['points', 'points68', 'mesh', 'pose', 'age'])).toEqual(['mesh', 'axes', 'labels']);
    expect(defaultLayers(['points', 'points106', 'bodies'])).toEqual(['points106', 'bodies', 'labels']);
    expect(defaultLayers(['age'])).toEqual(['labels']);
  });
});

describe('namedLayers', () => {
  it('refuses names that are none, and layers whose task is not read', () => {
    expect(namedLayers(['cube', 'labels'], ['pose'])).toEqual(['cube', 'labels']);
    expect(() => namedLayers(['cubes'], ['pose'])).toThrow(/--show.*cube.*"cubes"/);
    expect(() => namedLayers(['cube'], ['points'])).toThrow(/--show cube: expected the task pose/);
  });
});

describe('analyzedDrawing', () => {
  it('draws only the layers, and says what was read beside the number', () => {
    const layers = defaultLayers(['mesh', 'points', 'pose', 'gaze', 'objects']);
    const objects = [{ label: 'cup', score: 0.5, box: face.box }];
    const { faces, objects: things } = analyzedDrawing([face], { objects }, layers);
    expect(things).toEqual(objects);
    expect(faces?.[0]).toEqual({
      box: face.box,
      label: '1',
      note: 'female, 34 years',
      lines: ['happy'],
      mesh: face.mesh.points,
      axes: face.pose,
    });
    const { faces: bare, objects: none } = analyzedDrawing([face], { objects }, ['points']);
    expect(bare).toEqual([{ box: face.box, landmarks: face.points }]);
    expect(none).toBeUndefined();
  });

  it('says of a mask that it is one', () => {
    const masked = { ...face, mask: { label: 'worn' } } as unknown as Analyzed;
    expect(analyzedDrawing([masked], {}, ['labels']).faces?.[0]?.lines).toEqual(['happy', 'mask worn']);
  });

  it('says no more than the number in a crowd', () => {
    const crowd = Array.from({ length: 7 }, () => face);
    expect(analyzedDrawing(crowd, {}, ['labels']).faces?.[6]).toEqual({ box: face.box, label: '7' });
  });
});
