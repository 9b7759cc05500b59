/** What a peer reached on the same pictures by the same measures; `tools/measure-task-peer.mjs` writes the file. */

import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { TaskFigure } from './task-report.ts';

const file = fileURLToPath(new URL('../results/tasks-peer.json', import.meta.url));

/** The figures, each with the peer's beside it where the peer has the task and was measured. */
export function withPeer(figures: readonly TaskFigure[]): TaskFigure[] {
  if (!existsSync(file)) return [...figures];
  const peer = JSON.parse(readFileSync(file, 'utf8')) as { readonly figures: readonly TaskFigure[] };
  return figures.map((figure) => {
    const same = peer.figures.find(({ task, metric }) => task === figure.task && metric === figure.metric);
    return same === undefined ? figure : { ...figure, peer: { value: same.value, count: same.count } };
  });
}
