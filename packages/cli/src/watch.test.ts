/** `vultus watch` on a clip made of a photograph, as a user would run it. */

import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sample, vultus } from './spawn.test.helper.ts';

const hasFfmpeg = spawnSync('ffmpeg', ['-version']).status === 0;
const folder = mkdtempSync(join(tmpdir(), 'vultus-cli-watch-'));
const clip = join(folder, 'clip.mp4');
const face = join(folder, 'face.jpg');
const gallery = ['--gallery', join(folder, 'people.db')];

beforeAll(async () => {
  if (!hasFfmpeg) return;
  await sharp(sample(1)).extract({ left: 1300, top: 100, width: 560, height: 600 }).jpeg().toFile(face);
  const input = ['-loop', '1', '-framerate', '10', '-t', '1.2', '-i', face];
  execFileSync('ffmpeg', ['-v', 'error', '-y', ...input, '-vf', 'scale=280:300', '-pix_fmt', 'yuv420p', clip]);
  await vultus(['enroll', 'Tall', face, ...gallery]);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe.skipIf(!hasFfmpeg)('vultus watch', () => {
  it('tells who comes and goes, keeps the best shot, draws the names in', async () => {
    const [shots, drawn] = [join(folder, 'shots'), join(folder, 'drawn.mp4')];
    const run = await vultus(['watch', clip, ...gallery, '--shots', shots, '--annotate', drawn]);
    expect(run.documents.map(({ type, id, identity }) => [type, id, identity])).toEqual([
      ['appeared', 1, undefined],
      ['identified', 1, 'Tall'],
      ['lost', 1, 'Tall'],
    ]);
    expect(run.code).toBe(0);
    expect(readdirSync(shots)).toHaveLength(1);
    expect(statSync(drawn).size).toBeGreaterThan(1000);
  });

  it('follows without names, and says when nobody is known', async () => {
    const anonymous = await vultus(['watch', clip, '--anonymous', '--mode', 'by-detection', '--fps', '5']);
    expect(anonymous.documents.map(({ type }) => type)).toEqual(['appeared', 'lost']);
    expect(anonymous.code).toBe(0);
    expect((await vultus(['watch', clip, ...gallery, '--threshold', '1'])).code).toBe(1);
  });

  it('says what is wrong with a source or a target, and what to do without a gallery', async () => {
    const alone = await vultus(['watch', clip, '--gallery', join(folder, 'absent.db')]);
    expect(alone.code).toBe(3);
    expect(alone.stderr).toMatch(/vultus enroll .*, or follow faces without names: --anonymous/);
    expect((await vultus(['watch', join(folder, 'absent.mp4'), '--anonymous'])).code).toBe(3);
    expect((await vultus(['watch', 'gopher://x', '--anonymous'])).code).toBe(2);
    const ending = await vultus(['watch', clip, '--anonymous', '--annotate', join(folder, 'x.txt')]);
    expect(ending.code).toBe(2);
    expect(existsSync(join(folder, 'x.txt'))).toBe(false);
  });
});
