/** Loads the optional package `sharp` on first use. */

import { VultusError } from '../errors.ts';

type SharpModule = typeof import('sharp')['default'];

let loading: Promise<SharpModule> | undefined;

/** The `sharp` function. Throws `DEPENDENCY_MISSING` where the package is not installed or does not load. */
export function loadSharp(): Promise<SharpModule> {
  loading ??= import('sharp').then(
    (module) => module.default,
    (error: unknown) => {
      loading = undefined;
      throw new VultusError(
        'DEPENDENCY_MISSING',
        'Reading and writing picture files in Node needs the package sharp; install it with: npm install sharp',
        { cause: error },
      );
    },
  );
  return loading;
}
