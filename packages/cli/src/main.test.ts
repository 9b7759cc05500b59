/** The built command on real pictures: what it prints, where, and how it exits. */

import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { faceprintFromJson } from 'vultus';
import { sample, vultus } from './spawn.test.helper.ts';

const folder = mkdtempSync(join(tmpdir(), 'vultus-cli-'));
const noFace = join(folder, 'no-face.png');
const notPicture = join(folder, 'not-a-picture.jpg');
const tall = join(folder, 'tall.jpg');
const gallery = join(folder, 'nested', 'people.db');

beforeAll(async () => {
  await sharp({ create: { width: 320, height: 240, channels: 3, background: '#668' } })
    .png()
    .toFile(noFace);
  writeFileSync(notPicture, 'these are words, not pixels');
  // The woman on the right of sample 1, who is the tall one in the middle of sample 3.
  await sharp(sample(1)).extract({ left: 1300, top: 100, width: 560, height: 600 }).jpeg().toFile(tall);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('vultus detect', () => {
  it('prints one JSON document per picture and nothing else, those that fail included', async () => {
    const { code, documents, stderr } = await vultus(['detect', '--json', sample(1), notPicture, noFace]);
    expect(documents).toHaveLength(3);
    const [first, second, third] = documents;
    expect(first).toMatchObject({ image: sample(1), width: 1920, height: 1280 });
    expect(first?.faces).toHaveLength(3);
    for (const face of (first?.faces ?? []) as { box: Record<string, number>; score: number }[]) {
      expect(Object.keys(face.box)).toEqual(['x', 'y', 'width', 'height']);
      expect(face.score).toBeGreaterThan(0.5);
    }
    expect(second).toMatchObject({ image: notPicture, error: { code: expect.stringMatching(/^(IMAGE|UNSUPPORTED)/) } });
    expect(third).toEqual({ image: noFace, width: 320, height: 240, faces: [] });
    expect(stderr).toBe('');
    expect(code).toBe(3);
  });

  it('prints a table for people and draws where told, making the folder', async () => {
    const drawing = join(folder, 'new', 'drawn.png');
    const { code, stdout, stderr } = await vultus(['--max-faces', '2', 'detect', sample(1), '--draw', drawing]);
    expect(stdout).toMatch(/1920 × 1280, 2 faces/);
    expect(stdout.trim().split('\n')).toHaveLength(4);
    expect(stderr).toContain(drawing);
    expect(await sharp(drawing).metadata()).toMatchObject({ format: 'png', width: 1920, height: 1280 });
    expect(code).toBe(0);
  });

  it('takes options before and after the command, flags over variables', async () => {
    const env = { VULTUS_MAX_FACES: '1', VULTUS_SORT: 'size' };
    const { documents } = await vultus(['--json', 'detect', tall, sample(1), '--quiet'], { env });
    expect(documents.map(({ faces }) => (faces as unknown[]).length)).toEqual([1, 1]);
    const over = await vultus(['detect', sample(1), '--max-faces', '3', '--json'], { env });
    expect(over.documents[0]?.faces).toHaveLength(3);
  });
});

describe('vultus analyze', () => {
  it('puts each value under the name of its task, faceprints in their JSON form', async () => {
    const { code, documents } = await vultus(['analyze', tall, '--json', '--tasks', 'embed,points']);
    const [face] = (documents[0]?.faces ?? []) as Record<string, unknown>[];
    expect(faceprintFromJson(face?.embed).vector.length).toBeGreaterThan(100);
    expect(face?.points).toHaveLength(68);
    expect(face?.landmarks).toHaveProperty('leftEye.x');
    expect(code).toBe(0);
  });
});

describe('vultus compare', () => {
  it('answers match with 0, another person with 1', async () => {
    const own = await vultus(['compare', tall, tall, '--json']);
    expect(own.documents).toEqual([expect.objectContaining({ a: tall, b: tall, match: true })]);
    expect(own.documents[0]?.similarity).toBeCloseTo(1, 3);
    expect(own.code).toBe(0);
    const other = await vultus(['compare', tall, sample(5), '--json']);
    expect(other.documents[0]).toMatchObject({ match: false, threshold: expect.any(Number) });
    expect(other.code).toBe(1);
  });

  it('says on standard error that there is no face, with 1', async () => {
    const { code, stdout, stderr } = await vultus(['compare', tall, noFace, '--json']);
    expect(stdout).toBe('');
    expect(JSON.parse(stderr)).toEqual({ error: { code: 'NO_FACE', message: expect.stringContaining(noFace) } });
    expect(code).toBe(1);
  });
});

describe('vultus enroll and identify', () => {
  const where = ['--gallery', gallery];

  it('says what to do when nobody is enrolled', async () => {
    const { code, stderr } = await vultus(['identify', tall, ...where]);
    expect(stderr).toContain('vultus enroll');
    expect(code).toBe(3);
    expect(existsSync(gallery)).toBe(false);
  });

  it('enrols from several pictures, notes those without a face, and knows the person again', async () => {
    const enrolled = await vultus(['enroll', 'Tall', tall, noFace, ...where, '--json']);
    expect(enrolled.documents.map((each) => each.enrolled)).toEqual([
      { identity: 'Tall', id: expect.stringMatching(/^[0-9a-f-]{36}$/) },
      null,
    ]);
    expect(enrolled.stderr).toContain('no face');
    expect(enrolled.code).toBe(0);

    const drawing = join(folder, 'named.svg');
    const found = await vultus(['identify', sample(3), ...where, '--json', '--draw', drawing]);
    const faces = (found.documents[0]?.faces ?? []) as { identity: string | null; box: { x: number; width: number } }[];
    expect(faces).toHaveLength(3);
    const middle = [...faces].sort((a, b) => a.box.x - b.box.x)[1];
    for (const face of faces) expect(face.identity).toBe(face === middle ? 'Tall' : null);
    expect(existsSync(drawing)).toBe(true);
    expect(found.code).toBe(0);

    const table = await vultus(['identify', sample(3), ...where]);
    expect(table.stdout).toMatch(/Tall +0\.[67]\d/);
    expect(table.stdout.match(/unknown/g)).toHaveLength(2);
  });

  it('exits with 1 when nobody is recognised or nobody could be enrolled', async () => {
    expect((await vultus(['identify', sample(5), ...where, '--json'])).code).toBe(1);
    expect((await vultus(['enroll', 'Nobody', noFace, ...where])).code).toBe(1);
  });

  it('refuses faceprints of another preset, and says which is wanted', async () => {
    const { code, stderr } = await vultus(['identify', tall, ...where, '--preset', 'open', '--json']);
    expect(JSON.parse(stderr)).toMatchObject({ error: { code: 'EMBEDDING_MISMATCH' } });
    expect(stderr).toContain('Add --preset balanced');
    expect(code).toBe(3);
  });
});

describe('vultus models and doctor', () => {
  it('lists models and checks their files', async () => {
    const { code, documents } = await vultus(['models', '--verify', '--json']);
    const models = (documents[0]?.models ?? []) as { id: string; check: { ok: boolean } }[];
    expect(models.length).toBeGreaterThan(5);
    expect(models.every(({ check }) => check.ok)).toBe(true);
    expect(documents[0]?.presets).toHaveProperty('balanced.parts');
    expect(code).toBe(0);
  });

  it('examines the machine, also without models', async () => {
    const { code, documents } = await vultus(['doctor', '--device', 'cpu', '--runs', '1', '--json']);
    expect(documents[0]?.rows).toContainEqual(expect.objectContaining({ feature: 'detect', status: 'opens' }));
    expect(code).toBe(0);
    const bare = await vultus(['doctor', '--json'], { env: { VULTUS_MODELS: folder } });
    expect(bare.documents[0]?.models).toEqual({ error: expect.stringContaining(folder) });
    expect(bare.code).toBe(0);
  });
});

describe('exit codes', () => {
  const cases: readonly [string, number, readonly string[], Readonly<Record<string, string>>?][] = [
    ['no command', 2, []],
    ['an unknown command', 2, ['detekt']],
    ['an unknown option', 2, ['detect', 'x.jpg', '--jsn']],
    ['a missing argument', 2, ['detect']],
    ['a bad value', 2, ['detect', 'x.jpg', '--score', '7']],
    ['a bad variable', 2, ['detect', 'x.jpg'], { VULTUS_THREADS: 'many' }],
    ['an option of other commands', 2, ['models', '--tiles', '4']],
    ['a drawing over the picture itself', 2, ['detect', 'x.png', '--draw', 'x.png']],
    ['a missing file', 3, ['compare', 'nowhere.jpg', 'nowhere.jpg']],
    ['a missing picture of one', 3, ['detect', 'nowhere.jpg']],
    ['a gallery that is none', 3, ['identify', 'x.jpg', '--gallery', notPicture.replace('.jpg', '.db')]],
    ['an unknown device', 4, ['detect', 'x.jpg', '--device', 'abacus']],
    ['a device of another platform', 4, ['detect', 'x.jpg', '--device', 'webnn']],
    ['an unknown preset', 4, ['detect', 'x.jpg', '--preset', 'balancd']],
    ['missing models', 4, ['detect', 'x.jpg'], { VULTUS_MODELS: folder }],
    ['no face', 1, ['detect', noFace]],
    ['help', 0, ['detect', '--help']],
    ['the version', 0, ['--version']],
  ];

  it.each(cases)('%s: %i', async (_, code, args, env = {}) => {
    writeFileSync(notPicture.replace('.jpg', '.db'), 'not a database, but long enough to look at'.repeat(9));
    const ran = await vultus(args, { env });
    expect(ran).toMatchObject({ code });
    if (code > 1) {
      expect(ran.stderr).not.toMatch(/^ +at .*:\d+:\d+/m);
      if (args.length > 0) expect(ran.stdout).toBe('');
    }
  });

  it('Ctrl-C ends with 130', async () => {
    const many = Array.from({ length: 60 }, () => sample(1));
    const { code, stdout } = await vultus(['detect', '--json', ...many], { interruptOn: '\n' });
    expect(code).toBe(130);
    expect(stdout.trim().split('\n').length).toBeLessThan(60);
  });

  it('says which of two pictures is at fault', async () => {
    const { code, stderr } = await vultus(['compare', sample(1), notPicture]);
    expect(code).toBe(3);
    expect(stderr).toContain(`${notPicture}: Expected an encoded picture`);
  });

  it('points to the help of the command that was meant', async () => {
    const see = async (...args: string[]) => (await vultus(args)).stderr.match(/^See (.*)/m)?.[1];
    expect(await see('detekt')).toBe('vultus --help');
    expect(await see('gallery', 'delete', 'staff')).toBe('vultus gallery delete --help');
  });

  it('suggests what was meant', async () => {
    expect((await vultus(['detekt'])).stderr).toContain('detect');
    expect((await vultus(['detect', '--jsn'])).stderr).toContain('--json');
  });
});
