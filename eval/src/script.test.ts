/** What scripts say and how they end, by what they were given. */

import { afterEach, expect, test, vi } from 'vitest';
import { runScript } from './script.ts';

const script = { usage: 'x --data DIR', options: { data: { type: 'string' } }, required: 'data' } as const;

/** What was written, and the exit code. */
async function run(args: readonly string[], work: (data: string) => void = () => {}) {
  vi.stubEnv('VULTUS_DATA', undefined);
  const argv = process.argv;
  const [out, err] = [process.stdout, process.stderr].map((stream) => vi.spyOn(stream, 'write').mockReturnValue(true));
  process.argv = ['node', 'x', ...args];
  try {
    await runScript(script, async (_, data) => work(data));
    return { out: out?.mock.calls.join(''), err: err?.mock.calls.join(''), code: process.exitCode ?? 0 };
  } finally {
    process.argv = argv;
    process.exitCode = undefined;
    vi.restoreAllMocks();
  }
}

afterEach(() => {
  vi.unstubAllEnvs();
});

test('the work gets what is required', async () => {
  const seen: string[] = [];
  expect(await run(['--data', 'here'], (data) => seen.push(data))).toMatchObject({ err: '', code: 0 });
  expect(seen).toEqual(['here']);
});

test('an unknown or missing option is answered by the usage, with 2', async () => {
  const wrong = await run(['--nope']);
  expect(wrong).toMatchObject({ code: 2, err: expect.stringMatching(/--nope.*\nUsage: x --data DIR/) });
  expect(await run([])).toMatchObject({ code: 2, err: expect.stringContaining('--data is missing') });
  expect(await run(['--help'])).toMatchObject({ code: 0, out: 'Usage: x --data DIR\n', err: '' });
});

test('a failure is one line, with 1', async () => {
  const failing = () => {
    throw new Error('no pictures');
  };
  expect(await run(['--data', 'here'], failing)).toMatchObject({ code: 1, err: 'error no pictures\n' });
});
