/** `vultus camera` and `vultus worker` over a broker, as a user would run them. */

import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Connection } from 'rabbitmq-client';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { brokerUrl } from './broker.test.helper.ts';
import { sample, vultus } from './spawn.test.helper.ts';

const url = (await brokerUrl()) ?? '';
const options = ['--url', url, '--prefix', `cli-test-${process.pid}`, '--shares', '2'];
const canRun = url !== '' && spawnSync('ffmpeg', ['-version']).status === 0;
const folder = mkdtempSync(join(tmpdir(), 'vultus-cli-pipeline-'));
const clip = join(folder, 'clip.mp4');
const events = join(folder, 'events.db');
const bin = fileURLToPath(new URL('../bin/vultus.js', import.meta.url));

beforeAll(async () => {
  if (!canRun) return;
  const face = join(folder, 'face.jpg');
  await sharp(sample(1)).extract({ left: 1300, top: 100, width: 560, height: 600 }).jpeg().toFile(face);
  const input = ['-loop', '1', '-framerate', '10', '-t', '1.2', '-i', face];
  execFileSync('ffmpeg', ['-v', 'error', '-y', ...input, '-vf', 'scale=280:300', '-pix_fmt', 'yuv420p', clip]);
});

afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  if (url === '') return;
  const connection = new Connection(url);
  for (const name of ['frames.0', 'frames.1', 'lock.0', 'lock.1', 'parked', 'workers']) {
    await connection.queueDelete({ queue: `cli-test-${process.pid}.${name}` });
  }
  await connection.close();
});

/** Starts a worker, and stops it with Ctrl-C once it has printed that many events. */
async function work(count: number): Promise<Record<string, unknown>[]> {
  const worker = spawn(process.execPath, [bin, 'worker', ...options, '--events', events, '--anonymous']);
  let text = '';
  worker.stdout.setEncoding('utf8').on('data', (more: string) => {
    text += more;
    if (text.split('\n').length > count) worker.kill('SIGINT');
  });
  await once(worker, 'close');
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

describe.skipIf(!canRun)(
  `cameras and workers${canRun ? '' : ' (skipped: no broker and no rabbitmq-server, or no ffmpeg)'}`,
  () => {
    it('send a clip as frames and as faces, and store what happens', { timeout: 120_000 }, async () => {
      const frames = await vultus(['camera', 'publish', clip, '--stream', 'door', ...options, '--json']);
      expect(frames.documents).toMatchObject([{ stream: 'door', sent: 12, dropped: 0 }]);
      const faces = await vultus([
        'camera',
        'publish',
        clip,
        '--stream',
        'desk',
        '--send',
        'faces',
        ...options,
        '--json',
      ]);
      expect(faces.documents).toMatchObject([{ stream: 'desk', sent: 12 }]);
      expect(Number(faces.documents[0]?.bytes)).toBeLessThan(Number(frames.documents[0]?.bytes) / 2);
      const printed = await work(4);
      const shots = join(folder, 'shots');
      const stored = await vultus(['events', events, '--shots', shots]);
      expect(stored.documents.map(({ number: _, file: __, ...event }) => event)).toEqual(printed);
      for (const stream of ['door', 'desk']) {
        const own = stored.documents.filter((event) => event.stream === stream);
        expect(own.map(({ type, id }) => [type, id])).toEqual([
          ['appeared', 1],
          ['lost', 1],
        ]);
      }
      expect(readdirSync(shots)).toHaveLength(2);
      expect((await vultus(['events', events, '--stream', 'elsewhere'])).code).toBe(1);
      expect((await vultus(['camera', 'parked', ...options])).code).toBe(1);
      expect((await vultus(['camera', 'release', ...options, '--json'])).documents).toEqual([{ released: 0 }]);
    });
  },
);

describe('cameras and workers', () => {
  it('say what is missing', async () => {
    const env = { VULTUS_AMQP_URL: '' };
    expect((await vultus(['worker', '--events', events, '--anonymous'], { env })).code).toBe(2);
    expect((await vultus(['camera', 'publish', clip, ...options])).code).toBe(2);
    expect((await vultus(['camera', 'parked', '--url', 'http://x'])).code).toBe(2);
    expect((await vultus(['events', join(folder, 'absent.db')])).code).toBe(3);
  });
});
