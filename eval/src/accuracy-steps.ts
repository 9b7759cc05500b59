/** What is measured of the shipped presets, step by step: each writes a file of `eval/results`. */

import { readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Calibration } from 'vultus';
import { calibrateCommand } from './calibrate-command.ts';
import { everyPair } from './comparisons.ts';
import { embedOrSkip } from './embeddings.ts';
import { evaluateFactors } from './factors.ts';
import { factorEngine, firstPairs, presetThresholds, readPairs } from './factors-command.ts';
import { type GridItem, gridStudy } from './grid.ts';
import { groupErrors, parseLabels } from './groups.ts';
import { identificationCommand } from './identification-command.ts';
import { lightGrid, lightItems } from './light-study.ts';
import { readPairsFile } from './pairs.ts';
import { clipItems, type PersonPicture, poseGrid, poseItems } from './pose-study.ts';
import type { PresetEngine, PresetEngines, PresetView } from './preset-embedder.ts';
import { writeResult } from './results.ts';
import { verificationCommand } from './verification-command.ts';

/** What a step works with. */
export interface AccuracyRun {
  /** Folder of the data sets. */
  readonly data: string;
  readonly open: PresetEngines;
  /** What the step `calibration` fitted in this run, by preset; used in place of what ships. */
  readonly calibrations: Map<string, Calibration>;
  /** People whose pictures are changed in the step `factors`. */
  readonly people: number;
  readonly onProgress: (done: number, total: number) => void;
}

/** One step. */
export type AccuracyStep = (run: AccuracyRun) => Promise<void>;

/** CFP crops are tighter than a head: they are widened by this share. */
const cfpPad = 0.5;

const gallerySizes = [1000, 10_000, 100_000, 1_000_000];

/** Clips that show one person. */
const clips = [
  'head_rotation.mp4',
  'headpose_sample.mp4',
  'obama_3ddfa.mp4',
  'clm_franck.mp4',
  'clm_cap13.mp4',
  'live_apfol_real2.webm',
];

const lfw = { folder: 'verification/lfw', pairs: 'pairs.tsv' } as const;
const cfp = { folder: 'verification/cfp', frontal: 'pairs_FF.tsv', profile: 'pairs_FP.tsv' } as const;

/** The steps in the order in which they are made. */
export const accuracySteps = {
  calibration: calibrateAll,
  lfw: async (run) => {
    const title = 'LFW folds 0 and 1 (deep-funnelled)';
    const labels = join(run.data, lfw.folder, 'lfw_gender.tsv');
    await verify(run, { name: 'lfw', title, view: run.open, ...lfw, labels });
  },
  'cfp-ff': async (run) => {
    const [title, view] = ['CFP frontal–frontal, splits 1 and 2', run.open.padded(cfpPad)];
    await verify(run, { name: 'cfp-ff', title, view, folder: cfp.folder, pairs: cfp.frontal });
  },
  'cfp-fp': async (run) => {
    const [title, view] = ['CFP frontal–profile, splits 1 and 2', run.open.padded(cfpPad)];
    await verify(run, { name: 'cfp-fp', title, view, folder: cfp.folder, pairs: cfp.profile });
  },
  identification: identify,
  fairness: measureFairness,
  factors: async (run) => {
    const images = join(run.data, lfw.folder);
    const pairs = await readPairsFile(join(images, lfw.pairs));
    const chosen = await readPairs(firstPairs(pairs, images, run.people));
    await writeResult('factors-lfw', await evaluateFactors(factorEngine(calibrated(run, run.open)), chosen, run));
  },
  poses: async (run) => {
    const [plain, padded] = [calibrated(run, run.open), calibrated(run, run.open.padded(cfpPad))];
    const pictures = await Promise.all([
      peopleOf(run, lfw.folder, [lfw.pairs]),
      peopleOf(run, cfp.folder, [cfp.frontal, cfp.profile]),
    ]);
    const items = [
      ...(await poseItems(plain, pictures[0], run)),
      ...(await poseItems(padded, pictures[1], run)),
      ...(await clipItems(
        plain,
        clips.map((clip) => join(run.data, 'video', clip)),
        run,
      )),
    ];
    await writeGrid('poses', items, plain, poseGrid);
  },
  light: async (run) => {
    const view = calibrated(run, run.open);
    await writeGrid('light', await lightItems(view, join(run.data, 'lighting', 'yaleb')), view, lightGrid);
  },
} satisfies Record<string, AccuracyStep>;

/** Fits every preset on all pairs of the LFW pictures and writes what ships. */
async function calibrateAll({ data, open, calibrations, onProgress }: AccuracyRun): Promise<void> {
  const images = join(data, lfw.folder);
  const source = { pairs: join(images, lfw.pairs), images };
  const presets: Record<string, unknown> = {};
  for (const engine of open.presets) {
    const report = await calibrateCommand(engine, { source, data: 'LFW folds 0 and 1', onProgress });
    const { calibration, heldOutError, gallery } = report;
    calibrations.set(engine.preset, calibration);
    const file = new URL(`../../packages/models/calibration/${engine.contract.id}.json`, import.meta.url);
    await writeFile(fileURLToPath(file), `${JSON.stringify(calibration, null, 2)}\n`);
    presets[engine.preset] = { heldOutError, gallery };
  }
  await writeResult('calibration', { presets });
}

interface VerificationSet {
  readonly name: string;
  readonly title: string;
  readonly view: PresetView;
  readonly folder: string;
  readonly pairs: string;
  readonly labels?: string;
}

async function verify(run: AccuracyRun, set: VerificationSet): Promise<void> {
  const { name, title: data, view, folder, pairs, labels } = set;
  const images = join(run.data, folder);
  for (const engine of calibrated(run, view).presets) {
    const result = await verificationCommand(engine, {
      source: { pairs: join(images, pairs), images },
      ...(labels !== undefined && { labels }),
      draws: 1000,
      onProgress: run.onProgress,
    });
    await writeResult(`verification-${name}-${engine.preset}`, { preset: engine.preset, data, ...result });
  }
}

async function identify(run: AccuracyRun): Promise<void> {
  const images = join(run.data, lfw.folder);
  const source = { pairs: join(images, lfw.pairs), images };
  for (const engine of calibrated(run, run.open).presets) {
    const result = await identificationCommand(engine, { source, sizes: gallerySizes, onProgress: run.onProgress });
    await writeResult(`identification-lfw-${engine.preset}`, { preset: engine.preset, ...result });
  }
}

/** False matches within groups of FairFace, whose labels name no people: all pictures are taken for different ones. */
async function measureFairness(run: AccuracyRun): Promise<void> {
  const folder = join(run.data, 'attributes', 'fairface');
  const labels = parseLabels(await readFile(join(folder, 'labels.csv'), 'utf8'), 'labels.csv');
  const files = [...(labels.get('race')?.keys() ?? [])].sort();
  const wanted = new Map([...labels].filter(([kind]) => ['race', 'gender', 'age'].includes(kind)));
  const presets: Record<string, unknown> = {};
  for (const engine of calibrated(run, run.open).presets) {
    const paths = files.map((file) => join(folder, file));
    const { prints } = await embedOrSkip(engine, paths, { onProgress: run.onProgress });
    const pictures = paths.map((path, index) => ({
      file: files[index] as string,
      person: String(index),
      print: prints.get(path) ?? null,
    }));
    const threshold = engine.calibration?.thresholds['1e-3']?.threshold ?? 0.4;
    presets[engine.preset] = {
      threshold,
      noFace: pictures.filter(({ print }) => print === null).length,
      groups: groupErrors(everyPair(pictures), wanted, threshold),
    };
  }
  await writeResult('fairness', { data: 'FairFace validation crops (CC BY 4.0)', pictures: files.length, presets });
}

/** The pictures of pairs files, with the folder that stands for the person: LFW's own, CFP's number. */
async function peopleOf({ data }: AccuracyRun, folder: string, lists: readonly string[]): Promise<PersonPicture[]> {
  const images = join(data, folder);
  const pairs = await Promise.all(lists.map(async (list) => await readPairsFile(join(images, list))));
  const files = [...new Set(pairs.flat().flatMap(({ fileA, fileB }) => [fileA, fileB]))].sort();
  const personOf = (file: string) => (folder === cfp.folder ? dirname(dirname(file)) : dirname(file));
  return files.map((file) => ({ person: `${folder}/${personOf(file)}`, path: join(images, file) }));
}

async function writeGrid(
  name: string,
  items: readonly GridItem[],
  view: PresetView,
  spec: Parameters<typeof gridStudy>[2],
): Promise<void> {
  const grid = gridStudy(items, presetThresholds(view.presets), spec);
  if (grid === undefined) throw new Error(`${name}: expected people with two pictures in the middle, got none`);
  await writeResult(name, grid);
}

/** With what this run fitted in place of what ships. */
function calibrated({ calibrations }: AccuracyRun, view: PresetView): PresetView {
  const presets = view.presets.map((engine): PresetEngine => {
    return { ...engine, calibration: calibrations.get(engine.preset) ?? engine.calibration };
  });
  return { ...view, presets };
}
