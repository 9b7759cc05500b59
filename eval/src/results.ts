/** Where figures of our own runs lie, and on which machine they were made. */

import { writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';

/** Cores, processor and Node. */
export const machineName = `${cpus().length} × ${cpus()[0]?.model.trim() ?? 'unknown processor'}, Node ${process.versions.node}`;

/** Writes `eval/results/<name>.json` with machine and date. */
export async function writeResult(name: string, document: object): Promise<void> {
  const file = fileURLToPath(new URL(`../results/${name}.json`, import.meta.url));
  const measured = new Date().toISOString().slice(0, 10);
  await writeFile(file, `${JSON.stringify({ machine: machineName, measured, ...document })}\n`);
}
