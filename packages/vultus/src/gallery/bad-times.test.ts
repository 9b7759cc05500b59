/** What the gallery does when things go wrong: killed processes, two writers, endless change. */

import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, statfs, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { VultusError } from '../errors.ts';
import { freshSchema, postgresUrl } from '../testing/postgres.ts';
import { ownServer } from '../testing/postgres-server.ts';
import { Gallery } from './gallery.ts';
import { randomUnits } from './index/vector-index.contract.ts';
import { findSqlite } from './store/sqlite-driver-node.ts';

const contract = { id: 'test', version: '1', sha256: '45'.repeat(32), dimension: 128 };
const print = (seed: number) => ({ contract, precision: 'float32' as const, vector: randomUnits(1, 128, seed) });

/** Enrols batches of five under one identity each, for ever, and says which ids were acknowledged. Needs the build. */
const enroller = fileURLToPath(new URL('../../dist/testing/endless-enroller.js', import.meta.url));
const kills = Number(process.env.VULTUS_KILLS ?? 8);
/** A start of the child takes seconds on a busy machine. */
const patience = 60_000 + 15_000 * kills;
const server = await postgresUrl();

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vultus-bad-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe.skipIf(!existsSync(enroller))('killed in the middle of enrolling (VULTUS_KILLS times)', () => {
  it(
    'SQLite: loses nothing that was acknowledged, and keeps no half of a transaction',
    async () => {
      const path = join(folder, 'killed.db');
      await expectNothingLost(path);
      const db = (await findSqlite()).open(path);
      expect(db.prepare('PRAGMA integrity_check').get()).toEqual({ integrity_check: 'ok' });
      db.close();
    },
    patience,
  );

  it.skipIf(server === undefined)(
    'PostgreSQL: the same',
    async () => {
      const schema = await freshSchema(server as string);
      await expectNothingLost(schema.url);
      await schema.remove();
    },
    patience,
  );
});

async function expectNothingLost(url: string): Promise<void> {
  const acknowledged = new Set<string>();
  for (let i = 0; i < kills; i++) {
    const child = spawn(process.execPath, [enroller, url], { stdio: ['ignore', 'pipe', 'inherit'] });
    const heard = listen(child, acknowledged);
    const before = acknowledged.size;
    while (acknowledged.size === before) await pause(2);
    await pause(Math.random() * 120);
    child.kill('SIGKILL');
    await heard;
  }
  const gallery = await Gallery.open(url);
  const collection = await gallery.open('people');
  const stored = new Set([...collection.iterate()].map((row) => row.id));
  expect([...acknowledged].filter((id) => !stored.has(id))).toEqual([]);
  for (const identity of collection.identities) expect(collection.count(identity) % 5).toBe(0);
  expect(acknowledged.size).toBeGreaterThan(kills);
  await gallery.close();
}

describe.skipIf(!existsSync(enroller))('two processes that write at once', () => {
  it('SQLite: both get through, and others see all of it', async () => {
    await expectBothThrough(join(folder, 'two.db'));
  }, 120_000);

  it.skipIf(server === undefined)(
    'PostgreSQL: the same',
    async () => {
      const schema = await freshSchema(server as string);
      await expectBothThrough(schema.url);
      await schema.remove();
    },
    120_000,
  );
});

async function expectBothThrough(url: string): Promise<void> {
  const gallery = await Gallery.open(url);
  const watching = await gallery.ensure('people', { contract });
  const writers = [new Set<string>(), new Set<string>()].map((ids) => {
    const child = spawn(process.execPath, [enroller, url], { stdio: ['ignore', 'pipe', 'inherit'] });
    return { child, ids, heard: listen(child, ids) };
  });
  while (writers.some(({ ids }) => ids.size < 250)) await pause(10);
  for (const { child } of writers) child.kill('SIGKILL');
  await Promise.all(writers.map(({ heard }) => heard));
  await watching.refresh();
  const acknowledged = writers.flatMap(({ ids }) => [...ids]);
  expect(acknowledged.filter((id) => watching.get(id) === undefined)).toEqual([]);
  for (const identity of watching.identities) expect(watching.count(identity) % 5).toBe(0);
  await gallery.close();
}

/** Collects the ids that the child acknowledges, until it is gone. */
function listen(child: ChildProcess, ids: Set<string>): Promise<void> {
  const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream });
  lines.on('line', (line) => {
    // The last line may be cut off by the kill.
    for (const id of line.split(' ')) if (id.length === 36) ids.add(id);
  });
  return new Promise((resolve) => lines.once('close', resolve));
}

describe('a disk of 12 MB', () => {
  it('refuses what does not fit, keeps what it has, and goes on when there is room', async ({ skip }) => {
    const disk = join(folder, 'disk');
    await mkdir(disk);
    try {
      await promisify(execFile)('mount', ['-t', 'tmpfs', '-o', 'size=12m', 'tmpfs', disk]);
    } catch {
      skip('mounting a small disk needs root');
    }
    try {
      await expectFullDiskSurvived(disk);
    } finally {
      await promisify(execFile)('umount', ['-l', disk]);
    }
  });
});

describe('a PostgreSQL server whose disk is full', () => {
  it('refuses what does not fit, keeps what it has, and goes on when there is room', async ({ skip }) => {
    // Not within the test's own folder, which only its owner may enter.
    const disk = await mkdtemp(join(tmpdir(), 'vultus-pg-disk-'));
    try {
      await promisify(execFile)('mount', ['-t', 'tmpfs', '-o', 'size=96m', 'tmpfs', disk]);
    } catch {
      await rm(disk, { recursive: true });
      skip('mounting a small disk needs root');
    }
    try {
      const own = await ownServer(disk);
      if (own === undefined) return skip("PostgreSQL's programs are not installed here");
      // Small log files, so that the ballast decides when the disk is full.
      await own.start('-c wal_level=minimal -c max_wal_senders=0 -c min_wal_size=32MB -c max_wal_size=32MB');
      try {
        await expectFullServerSurvived(own.url, join(disk, 'ballast'));
      } finally {
        await own.stop();
      }
    } finally {
      await promisify(execFile)('umount', ['-l', disk]);
      await rm(disk, { recursive: true });
    }
  }, 120_000);
});

async function expectFullServerSurvived(url: string, ballast: string): Promise<void> {
  const gallery = await Gallery.open(url);
  const collection = await gallery.ensure('people', { contract });
  const enrol = (): Promise<string[]> =>
    collection.enrollMany(Array.from({ length: 200 }, (_, i) => ({ faceprint: print(i + 1), identity: `P${i}` })));
  await enrol();
  await fillDisk(ballast);
  let acknowledged = 200;
  let refusal: unknown;
  for (let round = 0; round < 400 && refusal === undefined; round++) {
    await enrol().then(
      (ids) => {
        acknowledged += ids.length;
      },
      (cause: unknown) => {
        refusal = cause;
      },
    );
  }
  expect(refusal).toMatchObject({ code: 'STORE_UNAVAILABLE' });
  await rm(ballast);
  await collection.refresh();
  expect([collection.size, (await gallery.info('people')).faceprints]).toEqual([acknowledged, acknowledged]);
  await enrol();
  await gallery.close();
  const again = await Gallery.open(url);
  expect((await again.open('people')).size).toBe(acknowledged + 200);
  await again.close();
}

/** Leaves about four megabytes. */
async function fillDisk(ballast: string): Promise<void> {
  const { bavail, bsize } = await statfs(dirname(ballast));
  await writeFile(ballast, new Uint8Array(Math.max(0, bavail * bsize - 4_000_000)));
}

async function expectFullDiskSurvived(disk: string): Promise<void> {
  const ballast = join(disk, 'ballast');
  await writeFile(ballast, new Uint8Array(3_000_000));
  const gallery = await Gallery.open(join(disk, 'faces.db'));
  const collection = await gallery.ensure('people', { contract });
  const enrol = (): Promise<string[]> =>
    collection.enrollMany(Array.from({ length: 200 }, (_, i) => ({ faceprint: print(i + 1), identity: `P${i}` })));
  let acknowledged = 0;
  let refusal: unknown;
  while (refusal === undefined) {
    await enrol().then(
      (ids) => {
        acknowledged += ids.length;
      },
      (cause: unknown) => {
        refusal = cause;
      },
    );
  }
  expect(refusal).toMatchObject({ code: 'STORE_UNAVAILABLE' });
  expect(String(refusal)).toContain('full');
  expect([collection.size, (await gallery.info('people')).faceprints]).toEqual([acknowledged, acknowledged]);
  await rm(ballast);
  await enrol();
  await gallery.close();
  const again = await Gallery.open(join(disk, 'faces.db'));
  expect((await again.open('people')).size).toBe(acknowledged + 200);
  await again.close();
}

describe('a damaged database file', () => {
  it('opens, or says STORE_CORRUPT; it never gives back what was not written', async () => {
    const path = join(folder, 'sound.db');
    const gallery = await Gallery.open(path);
    const people = await gallery.ensure('people', { contract });
    const items = Array.from({ length: 300 }, (_, i) => ({ faceprint: print(i + 1), identity: `person ${i}` }));
    const known = new Set(await people.enrollMany(items));
    await gallery.close();
    const sound = await readFile(path);
    const ends = new Map<string, number>();
    for (let round = 0; round < 28; round++) {
      const end = await endOf(await damagedCopy(sound, round), known);
      ends.set(end, (ends.get(end) ?? 0) + 1);
    }
    expect([...ends.keys()].filter((end) => end !== 'opened' && end !== 'STORE_CORRUPT')).toEqual([]);
    expect(ends.get('STORE_CORRUPT')).toBeGreaterThan(5);
  }, 120_000);
});

/** Cut short, or a stretch of it overwritten; the same for the same number. */
async function damagedCopy(sound: Uint8Array, round: number): Promise<string> {
  const path = join(folder, `damaged ${round}.db`);
  const at = Math.floor((sound.length * ((round * 7919) % 1000)) / 1000);
  const copy = Uint8Array.from(sound);
  for (let i = at; i < Math.min(copy.length, at + 700); i++) copy[i] = (i * 31 + round) & 255;
  await writeFile(path, round % 4 === 0 ? sound.subarray(0, at) : copy);
  return path;
}

/** What became of an attempt to open, search and write. */
async function endOf(path: string, known: ReadonlySet<string>): Promise<string> {
  let gallery: Gallery | undefined;
  try {
    gallery = await Gallery.open(path);
    const people = await gallery.ensure('people', { contract });
    for (const { id } of people.iterate()) expect(known).toContain(id);
    await people.identify(print(7));
    await people.enroll(print(9000), 'late');
    return 'opened';
  } catch (cause) {
    if (cause instanceof VultusError) return cause.code;
    throw cause;
  } finally {
    await gallery?.close();
  }
}

describe('a PostgreSQL server that crashes and comes back under load', () => {
  it('costs no acknowledged enrolment, and others see them all', async ({ skip }) => {
    const own = await ownServer();
    if (own === undefined) return skip("PostgreSQL's programs are not installed here");
    await own.start();
    const [writing, reading] = [await Gallery.open(own.url), await Gallery.open(own.url)];
    const [writer, reader] = [
      await writing.ensure('people', { contract }),
      await reading.ensure('people', { contract }),
    ];
    let isOver = false;
    const acknowledged: string[] = [];
    const load = async (lane: number): Promise<void> => {
      while (!isOver) acknowledged.push(await writer.enroll(print(acknowledged.length + 1), `lane ${lane}`));
    };
    const lanes = [load(1), load(2), load(3)];
    const further = async (count: number): Promise<void> => {
      for (const goal = acknowledged.length + count; acknowledged.length < goal; ) await pause(10);
    };
    for (let round = 0; round < 2; round++) {
      await further(10);
      await own.stop();
      await pause(200);
      await own.start();
    }
    await further(10);
    isOver = true;
    await Promise.all(lanes);
    await reader.refresh();
    const seen = new Set([...reader.iterate()].map((row) => row.id));
    expect(acknowledged.filter((id) => !seen.has(id))).toEqual([]);
    // It still hears of changes by itself.
    const late = await writer.enroll(print(999_999), 'late');
    for (const until = Date.now() + 5000; reader.get(late) === undefined && Date.now() < until; ) await pause(10);
    expect(reader.get(late)).toBeDefined();
    await writing.close();
    await reading.close();
    await own.stop();
    await own.remove();
  }, 120_000);
});

describe('endless change', () => {
  it('leaves memory flat over 10,000 rounds of enrolling and removing', async () => {
    const gallery = await Gallery.open(join(folder, 'cycles.db'));
    const collection = await gallery.ensure('people', { contract });
    await collection.enrollMany(
      Array.from({ length: 50 }, (_, i) => ({ faceprint: print(i + 1), identity: `kept ${i}` })),
    );
    const rounds = async (count: number): Promise<void> => {
      for (let done = 0; done < count; done += 100) {
        const items = Array.from({ length: 100 }, (_, i) => ({
          faceprint: print(1000 + i),
          identity: `guest ${done + i}`,
          metadata: { done },
        }));
        const ids = await collection.enrollMany(items);
        await collection.identify(print(1000));
        await Promise.all(ids.map((id) => collection.remove(id)));
      }
    };
    await rounds(3000);
    const before = settledMemory();
    await rounds(10_000);
    expect(settledMemory() - before).toBeLessThan(20e6);
    expect(collection.size).toBe(50);
    expect(collection.identities).toHaveLength(50);
    await gallery.close();
  }, 120_000);

  it('answers CLOSED when closed while searches run', async () => {
    const gallery = await Gallery.open('memory:');
    const collection = await gallery.ensure('people', { contract });
    await collection.enrollMany(
      Array.from({ length: 20_000 }, (_, i) => ({ faceprint: print((i % 500) + 1), identity: `P${i}` })),
    );
    const searches = Array.from({ length: 20 }, (_, i) =>
      collection.identify(print(i + 1)).then(
        () => 'answered',
        (cause: { code?: string }) => cause.code ?? 'odd',
      ),
    );
    await gallery.close();
    for (const end of await Promise.all(searches)) expect(['answered', 'CLOSED']).toContain(end);
  });
});

/** Bytes that the process's own data takes: heap and buffers. */
function settledMemory(): number {
  global.gc?.();
  const { heapUsed, external, arrayBuffers } = process.memoryUsage();
  return heapUsed + external + arrayBuffers;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
