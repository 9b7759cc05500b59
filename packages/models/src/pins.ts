/** The pinned bytes of every built model: what the recipes gave when they were last looked at. */

import { readFile, writeFile } from 'node:fs/promises';

/** Digest and size of a built file. */
export interface Pin {
  /** Hex SHA-256. */
  readonly sha256: string;
  readonly bytes: number;
}

/** Pins by model id. */
export type Pins = Readonly<Record<string, Pin>>;

const file = new URL('../pins.json', import.meta.url);

/** Reads the pins. */
export async function readPins(): Promise<Pins> {
  return JSON.parse(await readFile(file, 'utf8')) as Pins;
}

/** Writes the pins, ordered by id so that the file changes only where a model does. */
export async function writePins(pins: Pins): Promise<void> {
  const ordered = Object.fromEntries(Object.entries(pins).sort(([a], [b]) => (a < b ? -1 : 1)));
  await writeFile(file, `${JSON.stringify(ordered, null, 2)}\n`);
}
