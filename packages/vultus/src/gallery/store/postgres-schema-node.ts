/** The tables of a gallery in PostgreSQL. */

import { VultusError } from '../../errors.ts';
import type { Sql } from './postgres-connections-node.ts';

/** Any number, the same for all who make these tables, so that they take turns. */
const lockKey = 0x564c5453;
const formatVersion = 1;

/** Within a transaction: makes the tables unless they are there. @throws VultusError `STORE_CORRUPT` when they are of a later format */
export async function createTables(sql: Sql): Promise<void> {
  await sql`SELECT pg_advisory_xact_lock(${lockKey})`;
  await sql`
      CREATE TABLE IF NOT EXISTS vultus_format (version integer NOT NULL);
      INSERT INTO vultus_format SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM vultus_format);
      CREATE TABLE IF NOT EXISTS vultus_collection (
        number bigserial PRIMARY KEY, id uuid NOT NULL UNIQUE, name text NOT NULL UNIQUE, header text NOT NULL,
        seq bigint NOT NULL DEFAULT 0, floor bigint NOT NULL DEFAULT 0);
      CREATE TABLE IF NOT EXISTS vultus_faceprint (
        collection bigint NOT NULL REFERENCES vultus_collection (number) ON DELETE CASCADE, seq bigint NOT NULL,
        id uuid NOT NULL, identity text NOT NULL, role smallint NOT NULL, quality float8 NOT NULL,
        created bigint NOT NULL, metadata text, vector bytea NOT NULL,
        PRIMARY KEY (collection, seq), UNIQUE (collection, id));
      CREATE TABLE IF NOT EXISTS vultus_removed (
        collection bigint NOT NULL REFERENCES vultus_collection (number) ON DELETE CASCADE, seq bigint NOT NULL,
        id uuid NOT NULL, PRIMARY KEY (collection, seq));
      CREATE TABLE IF NOT EXISTS vultus_chip (
        collection bigint NOT NULL REFERENCES vultus_collection (number) ON DELETE CASCADE,
        id uuid NOT NULL, bytes bytea NOT NULL, PRIMARY KEY (collection, id));`;
  const [row] = (await sql`SELECT max(version) AS version FROM vultus_format`).rows;
  const version = Number(row?.version ?? formatVersion);
  if (version > formatVersion) {
    throw new VultusError(
      'STORE_CORRUPT',
      `The gallery has format ${version}, this version reads up to ${formatVersion}. Update vultus`,
    );
  }
}
