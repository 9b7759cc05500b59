/** What covers a face: a mask, glasses, a hand; one head, so that each output learns what the others are not. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { files } from '@vultus/eval';
import { coverView } from 'vultus';
import { type Drawing, drawn } from '../drawn.ts';
import { fairface } from '../fairface.ts';
import type { Head, Sample } from '../head.ts';
import { readMarks } from '../marks.ts';
import { partOf } from '../split.ts';

/** Share of persons and pictures that is held out. */
const heldOut = 0.25;

/** The head behind `mask`, `glasses` and `occlusion`. */
export const coverHead: Head = {
  id: 'cover',
  backbone: 'face-cover',
  view: coverView,
  taps: [{ value: 'Add_379', pool: 'all' }],
  outputs: [
    { kind: 'classes', name: 'mask', labels: ['none', 'nose-uncovered', 'worn'] },
    { kind: 'classes', name: 'glasses', labels: ['none', 'eyeglasses', 'sunglasses'] },
    { kind: 'classes', name: 'eyesCovered', labels: ['seen', 'covered'] },
    { kind: 'classes', name: 'noseCovered', labels: ['seen', 'covered'] },
    { kind: 'classes', name: 'mouthCovered', labels: ['seen', 'covered'] },
  ],
  learning: { hidden: [64], epochs: 12, rate: 5e-4, decay: 0.1, dropout: 0.5 },
  trainingData:
    'FairFace (Kimmo Kärkkäinen and Jungseock Joo, WACV 2021; CC BY 4.0), 3,000 crops of its training part with our own marks of glasses and covered mouths, some with masks, hands and objects drawn on; 622 pictures with and without masks (MIT as stated by their source); 214 pictures of the Face Mask Detection set (CC0), every second one',
  samples: (data) => [...people(data), ...drawnOn(data), ...masks(data), ...maskedCrowds(data)],
};

const bare = { mask: 'none', noseCovered: 'seen', mouthCovered: 'seen' } as const;

/** FairFace's crops that were looked at: all with glasses or a covered mouth, every third of the others. */
function people(data: string): Sample[] {
  const mouths = readMarks('fairface-mouth');
  return marked(data).flatMap(({ sample, glasses, name }): Sample[] => {
    const mouth = mouths.get(name);
    const eyes = { glasses, eyesCovered: glasses === 'sunglasses' ? 'covered' : 'seen' };
    if (mouth === 'unsure') return [{ ...sample, truth: eyes }];
    if (mouth === 'covered') return twice({ ...sample, truth: { ...eyes, mask: 'none', mouthCovered: 'covered' } });
    if (glasses === 'none' && lot(name) >= 1 / 3) return [];
    return [{ ...sample, truth: { ...bare, ...eyes } }];
  });
}

/** What is drawn on bare faces, and what is right then. */
const drawings: readonly (readonly [Drawing, Sample['truth']])[] = [
  [
    'low mask',
    { mask: 'nose-uncovered', glasses: 'none', eyesCovered: 'seen', noseCovered: 'seen', mouthCovered: 'covered' },
  ],
  ['mask', { mask: 'worn', glasses: 'none', eyesCovered: 'seen', noseCovered: 'covered', mouthCovered: 'covered' }],
  ['something before the mouth', { mask: 'none', glasses: 'none', eyesCovered: 'seen', mouthCovered: 'covered' }],
  ['something before the nose', { mask: 'none', eyesCovered: 'seen', noseCovered: 'covered' }],
  ['something before the eyes', { mask: 'none', eyesCovered: 'covered', mouthCovered: 'seen' }],
];

function drawnOn(data: string): Sample[] {
  const mouths = readMarks('fairface-mouth');
  return marked(data).flatMap(({ sample, glasses, name }): Sample[] => {
    // One in four of all bare faces, other ones than those that stay bare.
    const place = lot(name) - 1 / 3;
    if (glasses !== 'none' || mouths.has(name) || place < 0 || place >= 1 / 4) return [];
    const [kind, truth] = drawings[Math.floor(place * 4 * drawings.length)] as (typeof drawings)[number];
    return [{ ...sample, truth, groups: { set: `drawn: ${kind}` }, change: drawn(kind, name) }];
  });
}

/** Faces with and without masks; the same person's bare faces stay on one side. */
function masks(data: string): Sample[] {
  const list = (folder: string) => files(join(data, 'mask', folder)).map((name) => join(data, 'mask', folder, name));
  const worn = list('with_mask').flatMap((file) => {
    const truth = { mask: 'worn', noseCovered: 'covered', mouthCovered: 'covered' };
    return thrice({ file, part: partOf(nameOf(file), heldOut), truth, groups: { set: 'mask pictures' } });
  });
  const none = list('without_mask').flatMap((file) => {
    const person = /_([a-z]+)_\d+\./.exec(file)?.[1] ?? nameOf(file);
    return thrice({ file, part: partOf(person, heldOut), truth: bare, groups: { set: 'mask pictures' } });
  });
  return [...worn, ...none];
}

interface MaskedPicture {
  readonly file: string;
  readonly faces: readonly { readonly box: readonly [number, number, number, number]; readonly label: string }[];
}

const maskTruth: Readonly<Record<string, Sample['truth']>> = {
  with_mask: { mask: 'worn', noseCovered: 'covered', mouthCovered: 'covered' },
  without_mask: bare,
  mask_weared_incorrect: { mask: 'nose-uncovered', mouthCovered: 'covered' },
};

/** Labelled faces of at least 24 pixels; every second picture is held out. */
function maskedCrowds(data: string): Sample[] {
  const folder = join(data, 'detection', 'facemask');
  const pictures = readFileSync(join(folder, 'gt.jsonl'), 'utf8').trim().split('\n');
  return pictures.flatMap((line, i) => {
    const { file, faces } = JSON.parse(line) as MaskedPicture;
    return faces
      .filter(({ box: [, , width, height] }) => height >= 24 && width >= 18)
      .flatMap(({ box: [x, y, width, height], label }) => {
        const sample: Sample = {
          file: join(folder, file),
          part: i % 2 === 0 ? 'held-out' : 'train',
          truth: maskTruth[label] ?? {},
          groups: { set: 'faces in crowds' },
          box: { x, y, width, height },
        };
        return label === 'with_mask' ? [sample] : thrice(sample);
      });
  });
}

function marked(data: string) {
  const marks = readMarks('fairface-glasses');
  return fairface(data, () => ({})).flatMap((sample) => {
    const name = sample.file.replace(/^.*[\\/]|\.jpg$/g, '');
    const glasses = marks.get(name);
    if (glasses === undefined || glasses === 'unsure') return [];
    return [{ sample: { ...sample, groups: { ...sample.groups, set: 'FairFace' } }, glasses, name }];
  });
}

/** Seen twice in each round of learning; once where it is held out. */
function twice(sample: Sample): Sample[] {
  return sample.part === 'held-out' ? [sample] : [sample, sample];
}

/** Seen three times. */
function thrice(sample: Sample): Sample[] {
  return sample.part === 'held-out' ? [sample] : [sample, sample, sample];
}

/** 0…1, decided by the name. */
function lot(name: string): number {
  return (Number(name) * 0.6180339887) % 1;
}

/** A file's name without its folder. */
function nameOf(file: string): string {
  return file.replace(/^.*[\\/]/, '');
}
