/** Round trips at every precision, and hostile bytes and JSON. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { VultusError } from '../errors.ts';
import { type Faceprint, type Precision, similarity } from './faceprint.ts';
import { decodeFaceprint, encodeFaceprint, faceprintFromJson, faceprintToJson } from './faceprint-codec.ts';
import { fromFloat16, toFloat16 } from './float16.ts';

function faceprint(values: readonly number[], id = 'vultus-test'): Faceprint {
  const length = Math.hypot(...values);
  const vector = Float32Array.from(values, (value) => value / length);
  const contract = { id, version: '1', sha256: 'ab'.repeat(32), dimension: values.length };
  return { contract, precision: 'float32', vector };
}

const component = fc.double({ min: -1, max: 1, noNaN: true });
const vectors = fc.array(component, { minLength: 1, maxLength: 300 }).filter((values) => Math.hypot(...values) > 0.01);

describe('encodeFaceprint', () => {
  const cases: readonly [Precision, number][] = [
    ['float32', 1e-6],
    ['float16', 1e-3],
    ['int8', 1e-2],
  ];

  it.each(cases)('brings the vector back at %s within %f of cosine', (precision, tolerance) => {
    fc.assert(
      fc.property(vectors, fc.string({ minLength: 1, maxLength: 40 }), (values, id) => {
        const print = faceprint(values, id);
        const back = decodeFaceprint(encodeFaceprint(print, precision));
        expect(back.contract).toEqual(print.contract);
        expect(back.precision).toBe(precision);
        expect(1 - similarity(print, back)).toBeLessThan(tolerance);
        expect(Math.hypot(...back.vector)).toBeCloseTo(1, 5);
      }),
    );
  });

  it('keeps float32 bits and is small', () => {
    const print = faceprint(Array.from({ length: 512 }, (_, i) => Math.sin(i * 7)));
    expect(decodeFaceprint(encodeFaceprint(print)).vector).toEqual(print.vector);
    expect(encodeFaceprint(print, 'int8').length).toBeLessThan(580);
  });

  it('refuses vectors without length and contracts that do not fit', () => {
    const print = faceprint([1, 0, 0]);
    expect(() => encodeFaceprint({ ...print, vector: new Float32Array(3) })).toThrow(/positive length/);
    expect(() => encodeFaceprint({ ...print, vector: new Float32Array([1]) })).toThrow(/3/);
    expect(() => encodeFaceprint({ ...print, contract: { ...print.contract, sha256: 'x' } })).toThrow(/hex/);
  });
});

describe('decodeFaceprint', () => {
  const good = encodeFaceprint(faceprint([0.3, -0.2, 0.9, 0.1]), 'int8');

  it('answers any bytes with a faceprint of unit length or INVALID_ARGUMENT', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 400 }), survives), { numRuns: 2000 });
  });

  it('answers any damage to a good one likewise', () => {
    const damage = fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(damage, fc.nat(good.length + 20), (changes, length) => {
        const bytes = new Uint8Array(length);
        bytes.set(good.subarray(0, length));
        for (const [at, value] of changes) if (at < length) bytes[at] = value;
        survives(bytes);
      }),
      { numRuns: 3000 },
    );
  });

  it('reads from a view into a larger buffer', () => {
    const wide = new Uint8Array(good.length + 7);
    wide.set(good, 5);
    expect(decodeFaceprint(wide.subarray(5, 5 + good.length))).toEqual(decodeFaceprint(good));
  });
});

function survives(bytes: Uint8Array): void {
  try {
    expect(Math.hypot(...decodeFaceprint(bytes).vector)).toBeCloseTo(1, 4);
  } catch (error) {
    expect(error).toBeInstanceOf(VultusError);
    expect((error as VultusError).code).toBe('INVALID_ARGUMENT');
  }
}

describe('faceprintFromJson', () => {
  it('brings back what was written, through text', () => {
    fc.assert(
      fc.property(vectors, (values) => {
        const print = faceprint(values);
        const back = faceprintFromJson(JSON.parse(JSON.stringify(faceprintToJson(print))));
        expect(1 - similarity(print, back)).toBeLessThan(1e-6);
      }),
    );
  });

  it('refuses anything else with INVALID_ARGUMENT', () => {
    const good = faceprintToJson(faceprint([1, 2, 2]));
    const bad: unknown[] = [
      null,
      [],
      'x',
      {},
      { ...good, formatVersion: 2 },
      { ...good, precision: 'float8' },
      { ...good, vector: [1, 2] },
      { ...good, vector: [0, 0, 0] },
      { ...good, vector: ['1', 2, 3] },
      { ...good, vector: [Number.NaN, 1, 1] },
      { ...good, contract: null },
      { ...good, contract: { ...good.contract, dimension: 1e9 } },
      { ...good, contract: { ...good.contract, sha256: 'AB' } },
    ];
    for (const value of bad) expect(() => faceprintFromJson(value), JSON.stringify(value)).toThrow(VultusError);
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(() => faceprintFromJson(value)).toThrow(VultusError);
      }),
    );
  });
});

describe('float16', () => {
  it('brings every finite bit pattern back, and rounds to the nearest', () => {
    for (let bits = 0; bits < 0x10000; bits++) {
      if ((bits & 0x7c00) !== 0x7c00) expect(toFloat16(fromFloat16(bits))).toBe(bits);
    }
    expect(fromFloat16(toFloat16(1 / 3))).toBeCloseTo(1 / 3, 3);
    expect(toFloat16(1e6)).toBe(0x7c00);
    expect(toFloat16(1e-9)).toBe(0);
    expect(toFloat16(Number.NaN)).toBe(0x7e00);
  });
});
