/** What is wrong with a marking file is said in words: which file, what was expected, what came. */

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Engine, WatchEngine } from 'vultus';
import { actionsCommand } from './actions-command.ts';
import { trackingCommand } from './tracking-command.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vultus-marking-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const markings = fileURLToPath(new URL('../markings/', import.meta.url));
// No mistake of these reaches an engine or a clip.
const commands = {
  tracking: (marking: string, clips?: readonly string[]) =>
    trackingCommand({} as WatchEngine, { videos: folder, marking, ...(clips && { clips }) }),
  actions: (marking: string, clips?: readonly string[]) =>
    actionsCommand({} as Engine, { videos: folder, marking, ...(clips && { clips }) }),
};

describe.each(['tracking', 'actions'] as const)('%s', (name) => {
  const command = commands[name];

  test('refuses a file that is not there', async () => {
    const message = expect.stringMatching(new RegExp(`like eval/markings/${name}\\.json at .*nope\\.json`));
    await expect(command(join(folder, 'nope.json'))).rejects.toMatchObject({ code: 'FILE_READ', message });
  });

  test.each([
    ['what is no JSON', 'clip,first,last', /15 characters that are no JSON object/],
    ['a marking without lists', '{"note": "empty"}', /no list "(singles|clips)"/],
    [
      'an entry without its fields',
      '{"singles": [], "clips": [{"clip": "a.mp4"}]}',
      /entry 1 of "clips" without "(maxSide|blink)"/,
    ],
  ])('refuses %s', async (_, text, message) => {
    const file = join(folder, 'marking.json');
    await writeFile(file, text);
    const refusal = { code: 'INVALID_ARGUMENT', message: expect.stringMatching(message) };
    await expect(command(file)).rejects.toMatchObject(refusal);
  });

  test('refuses a clip that is not marked, and says which are', async () => {
    const message = expect.stringMatching(/expected clips among .*clm_franck\.mp4.*; got other\.mp4/);
    const file = join(markings, `${name}.json`);
    await expect(command(file, ['other.mp4'])).rejects.toMatchObject({ code: 'INVALID_ARGUMENT', message });
  });
});
