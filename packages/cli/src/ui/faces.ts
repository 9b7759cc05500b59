/** What was read off the faces of a picture, for people. */

import type { Box, TaskName } from 'vultus';
import { cellWidth, tableLines } from './table.ts';
import { valueText } from './value.ts';
import { hanging } from './wrap.ts';

/** A face and the values of its tasks. */
export type ReadFace = { readonly box: Box; readonly score: number } & Readonly<Partial<Record<TaskName, unknown>>>;

/** One line a face where all of them fit into `width` cells, else a block a face with a line a task. */
export function faceLines(
  faces: readonly ReadFace[],
  tasks: readonly TaskName[],
  width: number,
  head: (text: string) => string = (text) => text,
): string[] {
  if (faces.length === 0) return [];
  const table = tableLines(
    columns(tasks),
    faces.map((face, index) => row(face, index, tasks)),
    head,
  );
  if (table.every((line) => cellWidth(line) <= width)) return table;
  return faces.flatMap((face, index) => block(face, index, tasks, width, head));
}

function columns(tasks: readonly TaskName[]) {
  return [
    ...['face', 'x', 'y', 'width', 'height', 'score'].map((title) => ({ title, align: 'right' as const })),
    ...tasks.map((title) => ({ title })),
  ];
}

function row(face: ReadFace, index: number, tasks: readonly TaskName[]): string[] {
  const { x, y, width, height } = face.box;
  return [
    String(index + 1),
    ...[x, y, width, height].map((value) => value.toFixed(0)),
    face.score.toFixed(3),
    ...tasks.map((task) => valueText(face[task])),
  ];
}

function block(
  face: ReadFace,
  index: number,
  tasks: readonly TaskName[],
  width: number,
  head: (text: string) => string,
): string[] {
  const { box, score } = face;
  const place = `at ${box.x.toFixed(0)}, ${box.y.toFixed(0)}, size ${box.width.toFixed(0)} × ${box.height.toFixed(0)}`;
  const indent = Math.max(...tasks.map((task) => task.length)) + 4;
  return [
    head(`face ${index + 1}  ${place}, score ${score.toFixed(3)}`),
    ...tasks.flatMap((task) => hanging(`  ${task}`.padEnd(indent), valueText(face[task]), width)),
  ];
}
