/** The evaluation of tasks: the table, readers of labels, what is missing. */

import { deflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { Engine } from 'vultus';
import { readMatrix, spread } from './task-data.ts';
import { median, share, tasksTable } from './task-report.ts';
import { taskMeasures, tasksCommand } from './tasks-command.ts';

/** One MATLAB 5 element, padded to eight bytes. */
function element(type: number, data: Uint8Array): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt32LE(type, 0);
  head.writeUInt32LE(data.length, 4);
  return Buffer.concat([head, data, Buffer.alloc((8 - (data.length % 8)) % 8)]);
}

function matFile(name: string, values: readonly number[], compressed: boolean): Buffer {
  const matrix = Buffer.concat([
    element(6, Buffer.alloc(8)),
    element(5, Buffer.from(new Int32Array([1, values.length]).buffer)),
    element(1, Buffer.from(name)),
    element(9, Buffer.from(new Float64Array(values).buffer)),
  ]);
  const variable = element(14, matrix);
  return Buffer.concat([Buffer.alloc(128), compressed ? element(15, deflateSync(variable)) : variable]);
}

describe('readMatrix', () => {
  it.each([true, false])('reads a named variable, compressed: %s', (compressed) => {
    const file = matFile('Pose_Para', [0.1, -0.5, 2], compressed);
    expect(readMatrix(file, 'Pose_Para')).toEqual([0.1, -0.5, 2]);
    expect(readMatrix(file, 'Other')).toEqual([]);
  });
});

describe('tasksTable', () => {
  it('prints shares in percent and names what was not there', () => {
    const figure = { task: 'pose', metric: 'error', value: 2.345, unit: '°', count: 16 } as const;
    const other = { ...figure, unit: '%', value: 0.5, peer: { value: 0.25, count: 8 } } as const;
    const table = tasksTable({ figures: [figure, other], missing: ['antispoof'] });
    expect(table).toContain('2.35°  16');
    expect(table).toContain('50.0 %  16  25.0 %  8');
    expect(table).toContain('not measured: antispoof is not there');
  });
});

describe('tasksCommand', () => {
  it('names missing data and unknown measures', async () => {
    const engine = {} as Engine;
    const report = await tasksCommand(engine, { data: '/nowhere' });
    expect(report.figures).toEqual([]);
    expect(report.missing).toContain('antispoof');
    await expect(tasksCommand(engine, { data: '/nowhere', only: ['poses'] })).rejects.toThrow(taskMeasures.join(', '));
  });
});

describe('small statistics', () => {
  it('spread, median, share', () => {
    expect(spread([1, 2, 3, 4, 5, 6, 7], 3)).toEqual([1, 4, 7]);
    expect(median([5, 1, 3])).toBe(3);
    expect(share([true, false, false, true])).toBe(0.5);
  });
});
