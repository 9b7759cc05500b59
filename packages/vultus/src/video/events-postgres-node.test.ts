/** Events in PostgreSQL keep the contract. */

import { afterAll, describe } from 'vitest';
import { type FreshSchema, freshSchema, postgresUrl } from '../testing/postgres.ts';
import { testEventContract } from './events.contract.ts';
import { openPostgresEvents } from './events-postgres-node.ts';

const url = await postgresUrl();
const schemas = new Map<string, Promise<FreshSchema>>();
afterAll(async () => {
  for (const schema of schemas.values()) await (await schema).remove();
});

describe.skipIf(url === undefined)(`PostgreSQL${url ? '' : ' (skipped: no server and no programs)'}`, () => {
  testEventContract('postgres', {
    open: async (name) => {
      const schema = schemas.get(name) ?? freshSchema(url ?? '');
      schemas.set(name, schema);
      return openPostgresEvents((await schema).url);
    },
  });
});
