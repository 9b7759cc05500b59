/** Options that several commands share: how they are written, which environment variable stands in, what they become. */

import type { DetectOptions, Device, LicencePolicy, VultusOptions } from 'vultus';
import { UsageError } from './exit.ts';

/** Which commands an option belongs to; a command names the groups that it takes, `general` is everybody's. */
export type OptionGroup = 'general' | 'models' | 'detection' | 'gallery';

/** A shared option as commander and the reader see it. */
export interface SharedOption {
  readonly flags: string;
  readonly help: string;
  readonly group: OptionGroup;
  /** Key in the parsed options. */
  readonly key: string;
  /** Environment variable that is used where the flag is absent. */
  readonly env?: string;
  /** May be given several times. */
  readonly many?: boolean;
  readonly parse: (text: string, name: string) => unknown;
}

/** The values of {@link sharedOptions} that were given, by key. */
export interface SharedValues {
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly device?: Device;
  readonly threads?: number;
  readonly models?: readonly string[];
  readonly licences?: LicencePolicy;
  readonly preset?: string;
  readonly calibration?: string;
  readonly inputSize?: number;
  readonly score?: number;
  readonly nms?: number;
  readonly minFace?: number;
  readonly maxFaces?: number;
  readonly sort?: 'score' | 'size';
  readonly tiles?: 'auto' | 'off' | number;
  readonly smallestFace?: number;
  readonly rolled?: 'auto' | 'always' | 'off';
  readonly gallery?: string;
  readonly collection?: string;
}

const text = (value: string, name: string): string => {
  if (value === '') throw new UsageError(`${name}: expected a value, got an empty one`);
  return value;
};

const flag = (value: string, name: string): boolean => {
  if (['1', 'true', 'yes', 'on'].includes(value.toLowerCase())) return true;
  if (['', '0', 'false', 'no', 'off'].includes(value.toLowerCase())) return false;
  throw new UsageError(`${name}: expected 1 or 0, got ${JSON.stringify(value)}`);
};

/** A whole number of at least `least`. */
export const whole =
  (least: number) =>
  (value: string, name: string): number => {
    const number = Number(value);
    if (value.trim() !== '' && Number.isSafeInteger(number) && number >= least) return number;
    throw new UsageError(`${name}: expected a whole number of at least ${least}, got ${JSON.stringify(value)}`);
  };

/** A number from `least` to `most`. */
export const between =
  (least: number, most: number) =>
  (value: string, name: string): number => {
    const number = Number(value);
    if (value.trim() !== '' && number >= least && number <= most) return number;
    throw new UsageError(`${name}: expected a number from ${least} to ${most}, got ${JSON.stringify(value)}`);
  };

/** One of some words. */
export const oneOf =
  (...words: readonly string[]) =>
  (value: string, name: string): string => {
    if (words.includes(value)) return value;
    throw new UsageError(`${name}: expected ${words.join(' or ')}, got ${JSON.stringify(value)}`);
  };

const tiles = (value: string, name: string): string | number =>
  value === 'auto' || value === 'off' ? value : whole(1)(value, `${name} (auto, off or a number)`);

const inputSize = (value: string, name: string): number => {
  const size = whole(32)(value, name);
  if (size % 32 === 0) return size;
  throw new UsageError(`${name}: expected a multiple of 32, got ${size}`);
};

/** Every shared option, in the order of `--help`. */
export const sharedOptions: readonly SharedOption[] = [
  {
    flags: '--json',
    key: 'json',
    group: 'general',
    env: 'VULTUS_JSON',
    parse: flag,
    help: 'results as JSON, one document per line on standard output',
  },
  {
    flags: '-q, --quiet',
    key: 'quiet',
    group: 'general',
    env: 'VULTUS_QUIET',
    parse: flag,
    help: 'no progress and no notes on standard error',
  },
  {
    flags: '--device <word>',
    key: 'device',
    group: 'models',
    env: 'VULTUS_DEVICE',
    parse: text,
    help: 'where models run: auto, cpu, gpu, cuda, tensorrt, coreml, dml, webgpu, wasm (default: auto)',
  },
  {
    flags: '--threads <n>',
    key: 'threads',
    group: 'models',
    env: 'VULTUS_THREADS',
    parse: whole(1),
    help: 'most threads for inference (default: the cores, 8 at most)',
  },
  {
    flags: '--models <path>',
    key: 'models',
    group: 'models',
    many: true,
    parse: text,
    help: 'manifest of your own models, or its folder; may be repeated',
  },
  {
    flags: '--licences <which>',
    key: 'licences',
    group: 'models',
    env: 'VULTUS_LICENCES',
    parse: oneOf('all', 'verified'),
    help: 'all models, or only those of verified licence (default: all)',
  },
  {
    flags: '--preset <name>',
    key: 'preset',
    group: 'models',
    env: 'VULTUS_PRESET',
    parse: text,
    help: 'embedding: fast, balanced, accurate, open, or your own (default: balanced)',
  },
  {
    flags: '--calibration <file>',
    key: 'calibration',
    group: 'models',
    env: 'VULTUS_CALIBRATION',
    parse: text,
    help: "thresholds fitted by vultus calibrate (default: the preset's)",
  },
  {
    flags: '--input-size <pixels>',
    key: 'inputSize',
    group: 'detection',
    env: 'VULTUS_INPUT_SIZE',
    parse: inputSize,
    help: 'long side of the detector input, a multiple of 32 (default: 640)',
  },
  {
    flags: '--score <0…1>',
    key: 'score',
    group: 'detection',
    env: 'VULTUS_SCORE',
    parse: between(0, 1),
    help: "lowest score to report (default: the detector's own)",
  },
  {
    flags: '--nms <0…1>',
    key: 'nms',
    group: 'detection',
    env: 'VULTUS_NMS',
    parse: between(0, 1),
    help: 'overlap above which the weaker box is dropped (default: 0.4)',
  },
  {
    flags: '--min-face <pixels>',
    key: 'minFace',
    group: 'detection',
    env: 'VULTUS_MIN_FACE',
    parse: between(0, 1e6),
    help: 'shortest face to report (default: 0)',
  },
  {
    flags: '--max-faces <n>',
    key: 'maxFaces',
    group: 'detection',
    env: 'VULTUS_MAX_FACES',
    parse: whole(1),
    help: 'most faces to report (default: all)',
  },
  {
    flags: '--sort <by>',
    key: 'sort',
    group: 'detection',
    env: 'VULTUS_SORT',
    parse: oneOf('score', 'size'),
    help: 'order of faces: score or size (default: score)',
  },
  {
    flags: '--tiles <n>',
    key: 'tiles',
    group: 'detection',
    env: 'VULTUS_TILES',
    parse: tiles,
    help: 'search large pictures in tiles: auto, off, or a number along the long side (default: auto)',
  },
  {
    flags: '--smallest-face <pixels>',
    key: 'smallestFace',
    group: 'detection',
    env: 'VULTUS_SMALLEST_FACE',
    parse: between(1, 1e6),
    help: 'smallest face that --tiles auto must not lose (default: long side / 32)',
  },
  {
    flags: '--rolled <when>',
    key: 'rolled',
    group: 'detection',
    env: 'VULTUS_ROLLED',
    parse: oneOf('auto', 'always', 'off'),
    help: 'search for heads on the side or upside down: auto, always, off (default: auto)',
  },
  {
    flags: '--gallery <url>',
    key: 'gallery',
    group: 'gallery',
    env: 'VULTUS_GALLERY',
    parse: text,
    help: 'a SQLite file, postgres://…, pgvector://… or qdrant://… (default: ~/.local/share/vultus/gallery.db)',
  },
  {
    flags: '--collection <name>',
    key: 'collection',
    group: 'gallery',
    env: 'VULTUS_COLLECTION',
    parse: text,
    help: 'collection within the gallery (default: default)',
  },
];

/** Values from the environment for options that no flag gave. @throws UsageError naming the variable */
export function withEnvironment(
  flags: Readonly<Record<string, unknown>>,
  groups: readonly OptionGroup[],
  env: Readonly<Record<string, string | undefined>>,
): SharedValues & Readonly<Record<string, unknown>> {
  const values: Record<string, unknown> = { ...flags };
  for (const option of sharedOptions) {
    if (values[option.key] !== undefined || option.env === undefined || !groups.includes(option.group)) continue;
    const given = env[option.env];
    if (given !== undefined && given !== '') values[option.key] = option.parse(given, option.env);
  }
  return values;
}

/** What `Vultus.open` gets. */
export function engineOptions(values: SharedValues): VultusOptions {
  const { device, threads, models, licences, preset, calibration } = values;
  return {
    ...(device === undefined ? {} : { device }),
    ...(threads === undefined ? {} : { threads }),
    ...(models === undefined ? {} : { models }),
    ...(licences === undefined ? {} : { licences }),
    ...(preset === undefined ? {} : { preset }),
    ...(calibration === undefined ? {} : { calibration }),
  };
}

/** What `detect` and `analyze` get. */
export function detectOptions(values: SharedValues, signal: AbortSignal): DetectOptions {
  const { inputSize: size, score, nms, minFace, maxFaces, sort, tiles: tiling, smallestFace, rolled } = values;
  return {
    signal,
    ...(size === undefined ? {} : { inputSize: size }),
    ...(score === undefined ? {} : { scoreThreshold: score }),
    ...(nms === undefined ? {} : { nmsThreshold: nms }),
    ...(minFace === undefined ? {} : { minFaceSize: minFace }),
    ...(maxFaces === undefined ? {} : { maxFaces }),
    ...(sort === undefined ? {} : { sortBy: sort }),
    ...(tiling === undefined ? {} : { tiles: tiling }),
    ...(smallestFace === undefined ? {} : { smallestFace }),
    ...(rolled === undefined ? {} : { rolled }),
  };
}
