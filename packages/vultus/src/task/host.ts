/** What the engine lends to the tasks: admitted models, their sessions, how much may run at once. */

import { VultusError } from '../errors.ts';
import type { ModelEntry } from '../model/manifest.ts';
import type { Session } from '../runtime/backend.ts';

/** A model with the way to its session; opened when first run. */
export interface OpenModel {
  readonly entry: ModelEntry;
  readonly session: () => Promise<Session>;
}

/** The engine as tasks see it. */
export interface TaskHost {
  /** Admitted models in the order of the manifest. */
  entries(): readonly ModelEntry[];
  /** The session of a model, opened on first use. */
  session(modelId: string): Promise<Session>;
  /** How many runs can proceed at the same time. */
  readonly concurrency: number;
}

/** A model of the host, ready to be opened. */
export function openModel(host: TaskHost, entry: ModelEntry): OpenModel {
  return { entry, session: () => host.session(entry.id) };
}

/** The first admitted model that finds 68 points. @throws VultusError `MODEL_NOT_FOUND` when there is none. */
export function landmarkModel(host: TaskHost): OpenModel {
  const fits = ({ kind, family }: ModelEntry) => kind === 'landmarks' && family === 'points68';
  return modelOf(host, fits, 'a landmark model of the family points68');
}

/** The first admitted model that fits; `what` names it in the message. @throws VultusError `MODEL_NOT_FOUND` when there is none. */
export function modelOf(host: TaskHost, fits: (entry: ModelEntry) => boolean, what: string): OpenModel {
  const entry = host.entries().find(fits);
  if (entry === undefined) {
    throw new VultusError(
      'MODEL_NOT_FOUND',
      `Expected ${what} among the models, got none. Build the models with "npm run models", or name yours in a manifest`,
    );
  }
  return openModel(host, entry);
}
