/** Cold start of the command line and of the library, piece by piece, each in a process of its own; memory of an idle engine. */

import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { median, printTable, repositoryFolder, round1, samplePhoto, writeResult } from './report.ts';

const bars = { startMs: 1500, memoryMB: 250 } as const;

const child = fileURLToPath(new URL('./start-child.js', import.meta.url));

/** Runs and prints it. */
export async function benchStart({ rounds }: { rounds: number }): Promise<void> {
  const photo = samplePhoto(1);
  const cli = join(repositoryFolder, 'packages/cli/bin/vultus.js');
  const wall = { 'node alone': [] as number[], 'vultus detect': [] as number[] };
  const parts: Record<string, number[]> = {};
  const memory: number[] = [];
  for (let round = 0; round < rounds; round++) {
    wall['node alone'].push((await run(['-e', '0'])).ms);
    wall['vultus detect'].push((await run([cli, 'detect', photo, '--json'])).ms);
    for (const [name, ms] of Object.entries(JSON.parse((await run([child, 'first', photo])).text) as object)) {
      parts[name] = [...(parts[name] ?? []), ms as number];
    }
    memory.push((JSON.parse((await run([child, 'idle'])).text) as { rssMB: number }).rssMB);
  }
  const startMs = Math.round(median(wall['vultus detect']));
  const rssMB = Math.round(median(memory));
  const medians = Object.fromEntries(Object.entries(parts).map(([name, list]) => [name, round1(median(list))]));
  printTable(`Cold start (medians of ${rounds}; bar: vultus detect ≤ ${bars.startMs} ms)`, [
    ['', 'ms'],
    ['vultus detect sample1.jpg', `${startMs}`],
    ['node alone', `${Math.round(median(wall['node alone']))}`],
    ...Object.entries(medians).map(([name, ms]) => [`  in the library: ${name}`, `${ms}`]),
  ]);
  printTable(`Idle engine with detection and embedding open (bar: ≤ ${bars.memoryMB} MB)`, [
    ['', 'MB'],
    ['resident memory', `${rssMB}`],
  ]);
  writeResult('start', {
    rounds,
    bars,
    vultusDetectMs: startMs,
    fastestMs: Math.round(Math.min(...wall['vultus detect'])),
    parts: medians,
    idleRssMB: rssMB,
  });
}

/** Runs Node on arguments; its wall clock time and standard output. */
function run(args: readonly string[]): Promise<{ ms: number; text: string }> {
  const start = performance.now();
  return new Promise((resolve, reject) => {
    const node = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    let text = '';
    node.stdout.on('data', (chunk: Buffer) => {
      text += chunk.toString();
    });
    node.on('error', reject);
    node.on('close', (code) => {
      if (code === 0) resolve({ ms: performance.now() - start, text });
      else reject(new Error(`node ${args.join(' ')} ended with code ${code}`));
    });
  });
}
