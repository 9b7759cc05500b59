/** Runs the built command as a user would, for tests. */

import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** How a run ended. */
export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Standard output as JSON Lines. */
  readonly documents: readonly Readonly<Record<string, unknown>>[];
}

const bin = fileURLToPath(new URL('../bin/vultus.js', import.meta.url));
const require = createRequire(import.meta.url);

/** One of the sample photographs of @vladmandic/face-api, 1 to 6. */
export function sample(number: number): string {
  return join(dirname(require.resolve('@vladmandic/face-api/package.json')), 'demo', `sample${number}.jpg`);
}

/** Runs `vultus` with arguments; `interruptOn` sends Ctrl-C when standard output has that text. */
export async function vultus(
  args: readonly string[],
  options: { readonly env?: Readonly<Record<string, string>>; readonly interruptOn?: string } = {},
): Promise<Ran> {
  const inherited = Object.entries(process.env).filter(([name]) => !/^(VULTUS_|NO_COLOR|FORCE_COLOR)/.test(name));
  const env = { ...Object.fromEntries(inherited), ...options.env };
  const child = spawn(process.execPath, [bin, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  let interrupted = false;
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    if (interrupted || options.interruptOn === undefined || !stdout.includes(options.interruptOn)) return;
    // Once: a second Ctrl-C may meet a process that has given up its handlers already, and kills it.
    interrupted = true;
    child.kill('SIGINT');
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject).on('close', resolve);
  });
  const isJson = stdout.startsWith('{');
  const lines = stdout.split('\n').filter((line) => line !== '');
  const documents = isJson ? lines.map((line) => JSON.parse(line) as Record<string, unknown>) : [];
  return { code, stdout, stderr, documents };
}
