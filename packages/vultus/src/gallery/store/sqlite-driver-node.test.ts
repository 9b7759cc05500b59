/** Rows as arrays, whichever binding makes them. */

import { expect, it } from 'vitest';
import { asTuples, findSqlite, type SqlStatement } from './sqlite-driver-node.ts';

it('reads rows as arrays in the order of the columns', async () => {
  const db = (await findSqlite()).open(':memory:');
  const statement = db.prepare('SELECT 2 AS b, NULL AS a, x.value AS c FROM json_each(?) AS x');
  const rows = [
    [2, null, 'one'],
    [2, null, 'two'],
  ];
  expect(asTuples(statement).all('["one", "two"]')).toEqual(rows);
  db.close();
});

it('does so for a binding that only makes objects, and for one that calls it raw', () => {
  const objects = { all: (x: number) => [{ b: x, a: null }] } as unknown as SqlStatement;
  expect(asTuples(objects).all(7)).toEqual([[7, null]]);
  let isRaw = false;
  const raw = {
    raw(on: boolean) {
      isRaw = on;
    },
    all: () => (isRaw ? [[1, 'x']] : [{ seq: 1, name: 'x' }]),
  } as unknown as SqlStatement;
  expect(asTuples(raw).all()).toEqual([[1, 'x']]);
});
