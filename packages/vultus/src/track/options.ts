/** The defaults of a tracker, and the check of what a caller asked for. */

import { VultusError } from '../errors.ts';
import type { FaceFinder, TrackerOptions } from './track.ts';

/** Options with every default filled in. */
export type TrackerRules = Required<Omit<TrackerOptions, 'finder'>> & { readonly finder: FaceFinder | undefined };

const defaults: Omit<TrackerRules, 'finder'> = {
  mode: 'by-detection',
  maxFaces: 20,
  detectInterval: 20,
  recover: true,
  trackThreshold: 0.5,
  newTrackThreshold: 0.6,
  lowThreshold: 0.1,
  matchThreshold: 0.8,
  lostMs: 1000,
  reidentifyMs: 30_000,
  reidentifySimilarity: 0.45,
  smoothing: { kind: 'mean' },
  cutThreshold: 0.7,
};

const ranges: Readonly<Record<string, readonly [number, number]>> = {
  maxFaces: [1, 1000],
  detectInterval: [0, 1e6],
  trackThreshold: [0, 1],
  newTrackThreshold: [0, 1],
  lowThreshold: [0, 1],
  matchThreshold: [0, 1],
  lostMs: [0, 1e9],
  reidentifyMs: [0, 1e9],
  reidentifySimilarity: [-1, 1],
  cutThreshold: [0, 2],
};

/** @throws VultusError `INVALID_ARGUMENT` naming the option */
export function trackerRules(options: TrackerOptions): TrackerRules {
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  for (const [key, value] of Object.entries(given)) {
    if (key !== 'finder' && !Object.hasOwn(defaults, key)) {
      throw refused(`expected one of the options ${Object.keys(defaults).join(', ')}, finder, got ${key}`);
    }
    const range = ranges[key];
    if (range !== undefined && !(typeof value === 'number' && value >= range[0] && value <= range[1])) {
      throw refused(`expected ${key} from ${range[0]} to ${range[1]}, got ${String(value)}`);
    }
  }
  const rules: TrackerRules = { ...defaults, finder: undefined, ...given };
  if (!['detect', 'light', 'by-detection'].includes(rules.mode)) {
    throw refused(`expected the mode detect, light or by-detection, got ${String(rules.mode)}`);
  }
  if (rules.mode === 'light' && rules.finder === undefined) {
    throw refused('mode light needs a finder, for it looks at frames: use vultus.tracker(), or give one');
  }
  return rules;
}

function refused(message: string): VultusError {
  return new VultusError('INVALID_ARGUMENT', `Tracker: ${message}`);
}
