/** `vultus doctor`: what works on this machine, on which device, how fast, and what to install for the rest. */

import { arch, availableParallelism, cpus, platform, totalmem } from 'node:os';
import type { Catalog, Device, DeviceReport, DoctorFeature, DoctorRow, ModelEntry } from 'vultus';
import type { CommandRun, LeafCommand } from '../command.ts';
import { type ExitCode, exitCodes, failureOf } from '../exit.ts';
import { whole } from '../options.ts';
import { installedVersion } from '../packages.ts';
import { printDoctor } from '../ui/doctor.ts';

type Sdk = typeof import('vultus');

/** Packages that something optional needs, and what for. */
const packages = [
  { name: 'onnxruntime-node', purpose: 'runs the models natively' },
  { name: 'onnxruntime-web', purpose: 'runs them where no native runtime is (--device wasm)' },
  { name: 'sharp', purpose: 'reads and writes pictures' },
  { name: '@photostructure/sqlite', purpose: 'galleries in a file, on Node before 22' },
  { name: 'pg', purpose: 'galleries in PostgreSQL' },
  { name: 'usearch', purpose: 'approximate search by a graph' },
  { name: 'rabbitmq-client', purpose: 'many cameras over RabbitMQ' },
  { name: '@vultus/models', purpose: 'the shipped models' },
] as const;

/** Everything that the command found out; what `--json` prints. */
export interface DoctorReport {
  readonly versions: Readonly<Record<string, string>>;
  readonly machine: { readonly cpu: string; readonly cores: number; readonly memoryMb: number };
  readonly packages: readonly { readonly name: string; readonly purpose: string; readonly version: string | null }[];
  /** Where models would run, or why nowhere. */
  readonly device: DeviceReport | { readonly error: string };
  /** How many models there are, or why none. */
  readonly models: { readonly count: number } | { readonly error: string };
  readonly rows: readonly DoctorRow[];
}

/** The command. */
export const command: LeafCommand = {
  name: 'doctor',
  summary: 'show what works on this machine, where, and how fast',
  description:
    'Tries each model on each device and prints whether it opens, falls back or is not available, with milliseconds per run. Works without models, too.',
  groups: ['models'],
  options: [{ flags: '--runs <n>', help: 'timed runs per cell (default: 5)', parse: whole(1) }],
  examples: ['vultus doctor', 'vultus doctor --device cuda', 'vultus doctor --json'],
  run: doctor,
};

async function doctor(run: CommandRun): Promise<ExitCode> {
  const { values, terminal, signal } = run;
  const sdk = await import('vultus');
  const catalog = await openModels(sdk, run);
  const features =
    'error' in catalog ? [] : await doctorFeatures(catalog, values.preset ?? defaultPreset(values.licences));
  const device = values.device;
  const open = (word: Device) =>
    sdk.openNodeBackend({ device: word, ...(values.threads === undefined ? {} : { threads: values.threads }) });
  const devices: readonly Device[] = device === undefined ? [] : [device];
  const progress = terminal.progress('doctor', features.length * (devices.length || 9));
  let done = 0;
  const rows = await sdk
    .probeDevices(features, {
      open,
      signal,
      ...(devices.length === 0 ? {} : { devices }),
      ...(typeof values.runs === 'number' ? { runs: values.runs } : {}),
      onRow: () => progress.update(++done),
    })
    .finally(() => progress.end());
  const report: DoctorReport = {
    versions: { vultus: installedVersion('vultus') ?? '', node: process.version, platform: `${platform()} ${arch()}` },
    machine: {
      cpu: cpus()[0]?.model.trim() ?? 'unknown',
      cores: availableParallelism(),
      memoryMb: Math.round(totalmem() / 2 ** 20),
    },
    packages: packages.map(({ name, purpose }) => ({ name, purpose, version: installedVersion(name) ?? null })),
    device: await deviceReport(open, device ?? 'auto'),
    models: 'error' in catalog ? catalog : { count: catalog.entries().length },
    rows,
  };
  if (terminal.json) terminal.document(report);
  else printDoctor(terminal, report);
  return 'error' in report.device ? exitCodes.device : exitCodes.ok;
}

async function openModels(sdk: Sdk, { values }: CommandRun): Promise<Catalog | { readonly error: string }> {
  try {
    const sources = await sdk.nodeSources({ manifests: values.models ?? [] });
    return await sdk.openCatalog(sources, { licences: values.licences ?? 'all' });
  } catch (error) {
    return { error: failureOf(error).message };
  }
}

/** Detectors, the landmark model, and the embedders of a preset, at the sizes that they run at. */
async function doctorFeatures(catalog: Catalog, preset: string): Promise<DoctorFeature[]> {
  const embedders = catalog.preset(preset).parts.map(({ model }) => catalog.entry(model));
  const chosen: readonly (readonly [string, ModelEntry | undefined])[] = [
    ['detect', catalog.entries('detector')[0]],
    [
      'landmarks',
      catalog.entries('landmarks').find(({ id }) => id === 'landmark-68') ?? catalog.entries('landmarks')[0],
    ],
    ...embedders.map((entry) => [`embed ${entry.id}`, entry] as const),
  ];
  const features = chosen.map(async ([feature, entry]): Promise<DoctorFeature[]> => {
    if (entry === undefined) return [];
    return [{ feature, model: await catalog.read(entry), dims: { [entry.input.name]: inputDims(entry) } }];
  });
  return (await Promise.all(features)).flat();
}

/** One picture at the nominal size; detectors at 640 × 480, as they are used. */
function inputDims({ kind, input }: ModelEntry): readonly number[] {
  const isFree = kind === 'detector' && input.multipleOf !== undefined;
  const [width, height] = isFree ? [640, 480] : [input.width, input.height];
  const channels = input.channels === 'gray' ? 1 : 3;
  return input.layout === 'NCHW' ? [1, channels, height, width] : [1, height, width, channels];
}

function defaultPreset(licences: string | undefined): string {
  return licences === 'verified' ? 'open' : 'balanced';
}

async function deviceReport(
  open: (word: Device) => ReturnType<Sdk['openNodeBackend']>,
  word: Device,
): Promise<DoctorReport['device']> {
  try {
    const backend = await open(word);
    await backend.close();
    return backend.device;
  } catch (error) {
    return { error: failureOf(error).message };
  }
}
