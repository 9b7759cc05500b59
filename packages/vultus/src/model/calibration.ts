/** Reads a calibration that a user fitted, and checks that it belongs to the embedder. */

import { VultusError } from '../errors.ts';
import type { Calibration } from './manifest.ts';
import { parseCalibration } from './parse.ts';

/**
 * A calibration from a file or an object.
 * @param readText how this platform reads a file
 * @throws VultusError `FILE_READ`; `MODEL_INVALID` naming the field; `EMBEDDING_MISMATCH` for one of another contract
 */
export async function readCalibration(
  given: string | Calibration,
  contract: { readonly id: string; readonly sha256: string },
  readText: (where: string) => Promise<string>,
): Promise<Calibration> {
  const where = typeof given === 'string' ? given : 'the option';
  const value: unknown = typeof given === 'string' ? parseJson(await textOf(given, readText), given) : given;
  const calibration = parseCalibration(value, 'calibration', where);
  if (calibration.contract !== undefined && calibration.contract !== contract.sha256) {
    throw new VultusError(
      'EMBEDDING_MISMATCH',
      `Expected a calibration of ${contract.id} (${contract.sha256.slice(0, 12)}) in ${where}, got one of ${calibration.contract.slice(0, 12)}. Open the engine with the preset it was fitted for, or run "vultus calibrate" again`,
    );
  }
  return calibration;
}

function textOf(where: string, readText: (where: string) => Promise<string>): Promise<string> {
  return readText(where).catch((cause: unknown) => {
    throw new VultusError('FILE_READ', `Expected a calibration file at ${where}, it could not be read`, { cause });
  });
}

function parseJson(text: string, where: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new VultusError('MODEL_INVALID', `Expected JSON in ${where}, got something else`, { cause });
  }
}
