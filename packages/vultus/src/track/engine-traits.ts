/** An engine as the eye for traits of a track. */

import type { Detection } from '../face/face.ts';
import type { Image } from '../image/image.ts';
import type { Traits } from './traits.ts';

/** Reads traits off faces of a frame, in their order. */
export type TraitReader = (
  frame: Image,
  faces: readonly Detection[],
  signal?: AbortSignal,
) => Promise<readonly Traits[]>;

/** The one call of an engine that is needed; `Vultus.open()` gives one. */
export interface TraitEngine<Names extends readonly string[]> {
  read(
    frame: Image,
    faces: readonly Detection[],
    options: { readonly tasks: Names; readonly signal?: AbortSignal },
  ): Promise<readonly Readonly<Record<Names[number], unknown>>[]>;
}

/**
 * Reads every task whose value has a `distribution`; where a face does not allow an answer, the trait is left out.
 * @example
 * const traits = traitReader(vultus, ['age', 'gender', 'emotion']);
 * for await (const { events } of watch(vultus, frames, { identify, threshold, traits })) console.log(events);
 */
export function traitReader<const Names extends readonly string[]>(
  engine: TraitEngine<NoInfer<Names>>,
  tasks: Names,
): TraitReader {
  return async (frame, faces, signal) => {
    const read = await engine.read(frame, faces, { tasks, ...(signal === undefined ? {} : { signal }) });
    return read.map((values) =>
      Object.fromEntries(
        tasks.flatMap((name: Names[number]) => {
          const shares = distributionOf(values[name]);
          return shares === undefined ? [] : [[name, shares] as const];
        }),
      ),
    );
  };
}

function distributionOf(value: unknown): Readonly<Record<string, number>> | undefined {
  if (typeof value !== 'object' || value === null || !('distribution' in value)) return undefined;
  return value.distribution as Readonly<Record<string, number>>;
}
