/** `vultus gallery` and `vultus verify` on real pictures, as a user would run them. */

import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sample, vultus } from './spawn.test.helper.ts';

const folder = mkdtempSync(join(tmpdir(), 'vultus-cli-gallery-'));
const people = join(folder, 'people');
const tall = join(people, 'Tall', 'one.jpg');
const where = ['--gallery', join(folder, 'people.db'), '--collection', 'staff'];

beforeAll(async () => {
  mkdirSync(join(people, 'Tall'), { recursive: true });
  mkdirSync(join(people, 'Nobody'));
  // The woman on the right of sample 1.
  await sharp(sample(1)).extract({ left: 1300, top: 100, width: 560, height: 600 }).jpeg().toFile(tall);
  writeFileSync(join(people, 'Nobody', 'words.jpg'), 'these are words, not pixels');
  writeFileSync(join(people, 'stray.jpg'), 'beside the folders');
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('vultus gallery', () => {
  it('makes a collection once', async () => {
    const made = await vultus(['gallery', 'create', 'staff', '--precision', 'float16', ...where.slice(0, 2), '--json']);
    expect(made.documents).toMatchObject([{ name: 'staff', precision: 'float16', faceprints: 0, encrypted: false }]);
    expect((await vultus(['gallery', 'create', 'staff', ...where.slice(0, 2)])).code).toBe(3);
  });

  it('enrols a folder of folders, says what it left out, and passes over what is there', async () => {
    const first = await vultus(['gallery', 'enroll', people, '--keep-chips', ...where, '--json']);
    expect(first.documents).toMatchObject([{ enrolled: 1, already: 0, collection: 'staff' }]);
    const rejected = (first.documents[0]?.rejected ?? []) as { image: string }[];
    expect(rejected.map(({ image }) => image)).toEqual([
      join(people, 'stray.jpg'),
      join(people, 'Nobody', 'words.jpg'),
    ]);
    const second = await vultus(['gallery', 'enroll', people, ...where, '--json']);
    expect(second.documents).toMatchObject([{ enrolled: 0, already: 1 }]);
  });

  it('verifies a person, and tells them from others', async () => {
    const is = await vultus(['verify', 'Tall', tall, ...where, '--json']);
    expect(is.documents).toMatchObject([{ identity: 'Tall', match: true }]);
    expect(is.code).toBe(0);
    const isNot = await vultus(['verify', 'Tall', sample(5), ...where]);
    expect(isNot.stdout).toContain('is not Tall');
    expect(isNot.code).toBe(1);
    expect((await vultus(['verify', 'Zoe', tall, ...where])).code).toBe(3);
  });

  it('migrates to another preset from the chips it kept', async () => {
    const done = await vultus(['gallery', 'migrate', 'staff', '--preset', 'fast', ...where, '--json']);
    expect(done.documents).toMatchObject([{ moved: 1, failed: [], replaced: true }]);
    const is = await vultus(['verify', 'Tall', tall, '--preset', 'fast', ...where, '--json']);
    expect(is.documents).toMatchObject([{ match: true }]);
  });

  it('carries a collection over, seals it, and opens it with the right key only', async () => {
    const file = join(folder, 'staff.ndjson');
    await vultus(['gallery', 'export', 'staff', '--out', file, ...where]);
    expect(readFileSync(file, 'utf8').trim().split('\n')).toHaveLength(2);
    expect(existsSync(`${file}.part`)).toBe(false);
    const copied = await vultus(['gallery', 'import', file, '--as', 'copy', ...where, '--json']);
    expect(copied.documents).toEqual([{ collection: 'copy', imported: 1, skipped: 0 }]);
    const there = [...where.slice(0, 2), '--collection', 'copy'];
    expect((await vultus(['gallery', 'import', file, ...there])).stdout).toContain('into copy, 1 there already');
    const key = join(folder, 'gallery.key');
    writeFileSync(key, 'c3'.repeat(32));
    expect((await vultus(['gallery', 'rotate-key', 'copy', '--new-key-file', key, ...where])).code).toBe(0);
    expect((await vultus(['gallery', 'export', 'copy', ...where])).stderr).toContain('sealed with key');
    const opened = await vultus(['gallery', 'export', 'copy', ...where], { env: { VULTUS_GALLERY_KEY_FILE: key } });
    expect(opened.documents).toHaveLength(2);
  });

  it('embeds again from the source pictures where no chip was kept', async () => {
    await vultus(['gallery', 'enroll', people, ...where.slice(0, 2), '--collection', 'plain']);
    const without = await vultus(['gallery', 'migrate', 'plain', '--preset', 'fast', ...where, '--json']);
    expect(without.documents).toMatchObject([{ moved: 0, failed: [{ identity: 'Tall' }], replaced: false }]);
    expect(without.code).toBe(3);
    const withThem = await vultus(['gallery', 'migrate', 'plain', '--preset', 'fast', '--pictures', people, ...where]);
    expect(withThem.stdout).toContain('plain is new now');
  });

  it('says how exact a search is', async () => {
    const audit = await vultus(['gallery', 'audit', 'staff', '--probes', '5', ...where, '--json']);
    expect(audit.documents).toMatchObject([{ collection: 'staff', store: 'sqlite' }]);
    expect(audit.documents[0]?.lines).toHaveLength(4);
    expect((await vultus(['gallery', 'audit', 'staff', '--fast', ...where])).stdout).toContain('100.0 %');
  });

  it('says what is wrong with a file to import, and makes no gallery for it', async () => {
    const none = await vultus(['gallery', 'import', join(folder, 'none.ndjson'), '--gallery', join(folder, 'new.db')]);
    expect(none.code).toBe(3);
    expect(none.stderr).toContain('none.ndjson: cannot be read');
    expect(existsSync(join(folder, 'new.db'))).toBe(false);
  });

  it('renames, removes and deletes', async () => {
    expect((await vultus(['gallery', 'rename', 'Tall', 'Small', ...where, '--json'])).documents).toMatchObject([
      { moved: 1 },
    ]);
    expect((await vultus(['gallery', 'remove', 'Small', ...where])).stdout).toContain('1 faceprint removed');
    expect((await vultus(['gallery', 'remove', 'Small', ...where])).code).toBe(1);
    expect((await vultus(['gallery', 'delete', 'copy', ...where])).code).toBe(2);
    expect((await vultus(['gallery', 'delete', 'copy', '--yes', ...where])).code).toBe(0);
    const list = await vultus(['gallery', 'list', ...where, '--json']);
    expect(list.documents).toMatchObject([{ name: 'plain' }, { name: 'staff', faceprints: 0 }]);
  });
});
